// Sparse files in PAX, of GNU's formats 0.0, 0.1 and 1.0: read as GNU tar reads them, or refused when two readers might not agree.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { header, padded, tar, type TarEntry } from '../../fixtures/tar.ts';
import { makeProgram } from './make-program.ts';
import { runWorker, yardForEach } from './worker-driver.ts';

const isRoot = process.getuid?.() === 0;

const yard = yardForEach();

/** Records without the `GNU.sparse.` before their keys. */
type Records = readonly (readonly [key: string, value: string])[];
const sized: Records = [['size', '100']];
const zero = (count: string, ...records: Records): Records => [...sized, ['numblocks', count], ...records];
const pair = (offset: string, length: string): Records => [
  ['offset', offset],
  ['numbytes', length],
];
const version = (major: string, minor: string): Records => [
  ['major', major],
  ['minor', minor],
];
const one: Records = [...version('1', '0'), ['realsize', '100']];
const ten = Buffer.from('head4tail6');
const map = (text: string): Buffer => Buffer.concat([padded(Buffer.from(text)), ten]);

const archive = (records: Records, entry: Omit<TarEntry, 'path'>): Buffer =>
  tar([{ path: 'f', pax: records.map(([key, value]) => [`GNU.sparse.${key}`, value] as const), ...entry }]);

/** GNU tar begins each part in a block of its own, and closes a hole at the end with a part of no length. */
const blocks = Buffer.concat([Buffer.alloc(512, 'head'), ten]);
const long = (...records: Records): Records => [['size', '9000'], ['numblocks', '3'], ...records];
const right: readonly (readonly [name: string, records: Records, body: Buffer])[] = [
  ['0.0', long(...pair('0', '512'), ...pair('8000', '10'), ...pair('9000', '0')), blocks],
  ['0.1', long(['map', '0,512,8000,10,9000,0']), blocks],
  ['0.1 with its version', [...version('0', '1'), ...long(['map', '100,512,8000,10,9000,0'])], blocks],
  ['0.1 with another name', long(['name', 'other'], ['map', '0,0,7,522,9000,0']), blocks],
  ['0.1 that is one hole', zero('1', ['map', '100,0']), Buffer.alloc(0)],
  [
    '1.0',
    [...version('1', '0'), ['realsize', '9000']],
    Buffer.concat([padded(Buffer.from('3\n0\n512\n8000\n10\n9000\n0\n')), blocks]),
  ],
];

const overlap = 'overlap or lie outside it';
const number = 'is out of range';
const length = 'not as long as its data';
const huge = '9223372036854775807';
/** More than all PAX records of an entry may take. */
const many = 300_000;

const wrong: readonly (readonly [name: string, records: Records, body: Buffer, message: string])[] = [
  ['0.0 whose parts overlap', zero('2', ...pair('0', '6'), ...pair('5', '4')), ten, overlap],
  ['0.1 whose parts overlap', zero('2', ['map', '0,6,5,4']), ten, overlap],
  ['1.0 whose parts overlap', one, map('2\n0\n6\n5\n4\n'), overlap],
  ['0.0 whose parts go back', zero('2', ...pair('50', '5'), ...pair('0', '5')), ten, overlap],
  ['0.1 whose parts go back', zero('2', ['map', '50,5,0,5']), ten, overlap],
  ['0.0 with a part behind its end', zero('1', ...pair('91', '10')), ten, overlap],
  ['0.1 with a part behind its end', zero('1', ['map', '91,10']), ten, overlap],
  ['0.0 with a part beyond all numbers', zero('1', ...pair(huge, huge)), ten, overlap],
  ['0.1 with a part beyond all numbers', zero('1', ['map', `1,${huge}`]), ten, overlap],
  ['0.0 with a number that overflows', zero('1', ...pair('18446744073709551616', '10')), ten, number],
  ['0.0 with a number below nothing', zero('1', ...pair('-5', '10')), ten, number],
  ['0.0 with a list for an offset', zero('2', ...pair('0,4,90', '6')), ten, number],
  ['0.0 with an empty offset', zero('1', ...pair('', '10')), ten, number],
  ['0.1 with a size that overflows', [['size', '9223372036854775808']], ten, number],
  ['0.1 with a number that overflows', zero('1', ['map', '0,18446744073709551626']), ten, 'no number'],
  ['0.1 with a number below nothing', zero('1', ['map', '-5,10']), ten, 'no number'],
  ['0.1 with nothing between commas', zero('1', ['map', '0,,10']), ten, 'no number'],
  ['0.1 that ends on a comma', zero('1', ['map', '0,10,']), ten, 'no number'],
  ['0.1 with a NUL', zero('1', ['map', '0,10\0']), ten, 'no number'],
  ['0.1 without the last length', zero('2', ['map', '0,10,50']), ten, 'last part has no length'],
  [
    '0.0 without the last length',
    zero('1', ...pair('0', '10'), ['offset', '50']),
    ten,
    'last part has no length',
  ],
  ['0.0 with two offsets in a row', zero('1', ['offset', '0'], ...pair('0', '10')), ten, 'take turns'],
  ['0.0 with a length first', zero('1', ['numbytes', '10'], ['offset', '0']), ten, 'take turns'],
  [
    '0.0 with more parts than it says',
    zero('1', ...pair('0', '4'), ...pair('90', '6')),
    ten,
    'number of parts',
  ],
  ['0.1 with fewer parts than it says', zero('3', ['map', '0,4,90,6']), ten, 'number of parts'],
  ['0.1 that does not say how many parts', [...sized, ['map', '0,10']], ten, 'number of parts'],
  [
    '0.1 that does not say how long it is',
    [
      ['numblocks', '1'],
      ['map', '0,10'],
    ],
    ten,
    'how long it is',
  ],
  ['0.1 with two sizes', [...zero('1', ['map', '0,10']), ['realsize', '99']], ten, 'says twice'],
  ['0.1 with two maps', zero('1', ['map', '0,10'], ['map', '90,10']), ten, 'two maps'],
  ['0.0 and 0.1 at once', zero('1', ...pair('0', '10'), ['map', '90,10']), ten, 'two maps'],
  ['0.1 and 1.0 at once', [...one, ['map', '90,10']], map('1\n0\n10\n'), 'two maps'],
  ['0.0 and 1.0 at once', [...one, ...pair('90', '10')], map('1\n0\n10\n'), 'two maps'],
  ['0.1 with more data', zero('1', ['map', '0,10']), Buffer.alloc(11), length],
  ['0.1 with less data', zero('1', ['map', '0,10']), Buffer.alloc(9), length],
  ['no map', zero('0'), ten, 'format other than'],
  ['an empty map', zero('0', ['map', '']), ten, 'format other than'],
  ['a name and no map', [['name', 'other']], ten, 'format other than'],
  [
    'half a version',
    [
      ['major', '1'],
      ['realsize', '100'],
    ],
    map('1\n0\n10\n'),
    'format other than',
  ],
  ['a version to come', [...version('1', '1'), ['realsize', '100']], map('1\n0\n10\n'), 'format other than'],
  ['an unknown property', zero('1', ['map', '0,10'], ['depth', '1']), ten, 'unknown property'],
  [
    '0.0 with ever more parts',
    Array<Records>(30_000).fill(pair('0', '0')).flat(),
    ten,
    'extended header has',
  ],
  ['0.1 with ever more parts', [['map', '0,0,'.repeat(many)]], ten, 'extended header has'],
  [
    '1.0 with ever more parts',
    one,
    map(`${String(many)}\n${'0\n0\n'.repeat(many)}`),
    'more than 262144 parts',
  ],
  ['1.0 whose map never ends', one, Buffer.alloc(5000, '9'), 'too long a number'],
  ['1.0 whose map is longer than its data', one, Buffer.from('9\n0\n'), 'longer than its data'],
  ['0.1 whose name climbs', zero('1', ['map', '0,10'], ['name', '../outside/canary']), ten, '..'],
  ['1.0 whose name climbs', [...one, ['name', '../outside/canary']], map('1\n0\n10\n'), '..'],
];

describe.skipIf(!isRoot).each(['plain', 'sanitized'] as const)('a sparse file in the %s worker', (kind) => {
  let program = '';
  beforeAll(() => {
    program = makeProgram('worker', kind);
  });
  const extract = (input: Buffer) => runWorker(program, ['extract', '--dest', yard.dest], input);

  it.each(right)('of %s is what GNU tar makes of it', async (_, records, body) => {
    const input = archive(records, { body });
    const other = mkdtempSync(path.join(os.tmpdir(), 'bt-other-'));
    try {
      execFileSync('tar', ['-C', other, '-xf', '-'], { input });
      expect((await extract(input)).message).toBe('');
      const [name, ...more] = readdirSync(yard.dest);
      expect([name, ...more]).toEqual(readdirSync(other));
      const bytes = readFileSync(path.join(yard.dest, name ?? ''));
      expect(bytes.equals(readFileSync(path.join(other, name ?? '')))).toBe(true);
      expect(bytes.includes(body.subarray(-10))).toBe(true);
    } finally {
      rmSync(other, { recursive: true });
    }
  });

  it.each(wrong)('of %s is refused', async (_, records, body, message) => {
    const outcome = await extract(archive(records, { body }));
    yard.checkOutside();
    expect(outcome.result).toBe('EBADARCHIVE');
    expect(outcome.message).toContain(message);
  });

  it.each(['directory', 'link', 'symlink', 'fifo'] as const)('that is a %s is refused', async (type) => {
    const records = zero('1', ['map', '0,10'], ['name', 'other']);
    const outcome = await extract(archive(records, { type, linkname: 'f' }));
    expect(outcome.message).toContain("sparse file's properties for something else");
  });

  it('with a map in PAX and one of the old kind is refused', async () => {
    const old = header({ name: 'f', typeFlag: 'S', magic: 'ustar  \0' });
    const pax = archive(zero('1', ['map', '0,0']), {}).subarray(0, 1024);
    const outcome = await extract(Buffer.concat([pax, old, Buffer.alloc(1024)]));
    expect(outcome.message).toContain("sparse file's properties for something else");
  });
});
