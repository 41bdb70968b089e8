// berth-worker extract on archives that want out, byte by byte, and on mutated ones.
import { execFileSync } from 'node:child_process';
import { mkdirSync, existsSync } from 'node:fs';
import zlib from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { awkwardLayers } from '../../fixtures/busybox-image.ts';
import { randomNumbers } from '../../fixtures/random-numbers.ts';
import { encodeEntry, header, padded, paxRecord, sealed, tar } from '../../fixtures/tar.ts';
import type { TarEntry } from '../../fixtures/tar.ts';
import { makeProgram } from './make-program.ts';
import { runWorker, yardForEach } from './worker-driver.ts';

const isRoot = process.getuid?.() === 0;
const end = Buffer.alloc(1024);

const yard = yardForEach();

/** A PAX header with these bytes, then an entry. */
const withPax = (records: Buffer, entry: TarEntry): Buffer =>
  Buffer.concat([
    header({ name: 'x', typeFlag: 'x', size: records.length }),
    padded(records),
    encodeEntry(entry),
  ]);
const gnuName = (typeFlag: 'L' | 'K', name: string): Buffer =>
  Buffer.concat([
    header({ name: '././@LongLink', typeFlag, size: name.length + 1 }),
    padded(Buffer.from(`${name}\0`)),
  ]);

/** A sparse file in GNU's old form with these parts, without a byte of them. */
function oldSparse(...parts: (readonly [offset: number, length: number])[]): Buffer {
  const block = header({ name: 'sparse', typeFlag: 'S', magic: 'ustar  \0' });
  const number = (value: number, at: number): void => {
    block.fill(0, at, at + 12);
    block[at] = 0x80; // GNU's base-256 form
    block.writeBigUInt64BE(BigInt(value), at + 4);
  };
  block.fill(0, 345, 512);
  for (const [index, [offset, length]] of parts.entries()) {
    number(offset, 386 + 24 * index);
    number(length, 398 + 24 * index);
  }
  block[482] = 1; // more blocks of the table follow
  number(2 ** 62, 483);
  return Buffer.concat([sealed(block), Buffer.alloc(1024), end]);
}

/** Archives that want out, or break the format. `ok` means: accepted, and everything stays inside. */
const hostile: readonly (readonly [name: string, archive: () => Buffer, result: string])[] = [
  ['a path that climbs', () => tar([{ path: '../outside/canary', body: 'dead' }]), 'EBADARCHIVE'],
  [
    'a path that climbs from within',
    () => tar([{ path: 'a/../../outside/canary', body: 'dead' }]),
    'EBADARCHIVE',
  ],
  ['an absolute path that climbs', () => tar([{ path: '/../outside/new', body: 'x' }]), 'EBADARCHIVE'],
  ['an absolute path', () => tar([{ path: '/outside/canary', body: 'inside' }]), 'ok'],
  [
    'a file through a symbolic link that climbs',
    () =>
      tar([
        { path: 'l', type: 'symlink', linkname: '../outside' },
        { path: 'l/canary', body: 'dead' },
      ]),
    'EBADARCHIVE',
  ],
  [
    'a file through an absolute symbolic link',
    () =>
      tar([
        { path: 'l', type: 'symlink', linkname: '/tmp' },
        { path: 'l/berth-escaped', body: 'x' },
      ]),
    'EBADARCHIVE',
  ],
  [
    'a file over a symbolic link',
    () =>
      tar([
        { path: 'l', type: 'symlink', linkname: '../outside/canary' },
        { path: 'l', body: 'own' },
      ]),
    'ok',
  ],
  [
    'a directory over a symbolic link',
    () =>
      tar([
        { path: 'l', type: 'symlink', linkname: '../outside' },
        { path: 'l/', type: 'directory', mode: 0o700 },
        { path: 'l/canary', body: 'own' },
      ]),
    'ok',
  ],
  [
    'links in a circle',
    () =>
      tar([
        { path: 'a', type: 'symlink', linkname: 'b' },
        { path: 'b', type: 'symlink', linkname: 'a' },
        { path: 'a/f' },
      ]),
    'EBADARCHIVE',
  ],
  ['a hard link out', () => tar([{ path: 'h', type: 'link', linkname: '../outside/canary' }]), 'EBADARCHIVE'],
  [
    'a hard link to an absolute path',
    () => tar([{ path: 'h', type: 'link', linkname: '/etc/passwd' }]),
    'EBADARCHIVE',
  ],
  [
    'a hard link through a symbolic link',
    () =>
      tar([
        { path: 'l', type: 'symlink', linkname: '../outside' },
        { path: 'h', type: 'link', linkname: 'l/canary' },
        { path: 'h', body: 'dead' },
      ]),
    'EBADARCHIVE',
  ],
  [
    'a hard link to a directory',
    () =>
      tar([
        { path: 'd/', type: 'directory' },
        { path: 'h', type: 'link', linkname: 'd' },
      ]),
    'EBADARCHIVE',
  ],
  ['a hard link to the root', () => tar([{ path: 'h', type: 'link', linkname: './' }]), 'EBADARCHIVE'],
  ['a hard link to itself', () => tar([{ path: 'h', type: 'link', linkname: 'h' }]), 'EBADARCHIVE'],
  ['a whiteout of ..', () => tar([{ path: 'd/.wh...' }]), 'EBADARCHIVE'],
  ['a whiteout of .', () => tar([{ path: 'd/.wh..' }]), 'EBADARCHIVE'],
  ['a whiteout of nothing', () => tar([{ path: 'd/.wh.' }]), 'EBADARCHIVE'],
  ['a whiteout with .. behind it', () => tar([{ path: '.wh./../../outside/canary' }]), 'EBADARCHIVE'],
  ['an opaque root', () => tar([{ path: '.wh..wh..opq' }]), 'EBADARCHIVE'],
  [
    'a whiteout through a symbolic link',
    () => tar([{ path: 'l', type: 'symlink', linkname: '../outside' }, { path: 'l/.wh.canary' }]),
    'EBADARCHIVE',
  ],
  [
    "overlayfs's own attribute in PAX",
    () =>
      tar([
        {
          path: 'd/',
          type: 'directory',
          xattrs: new Map([['trusted.overlay.redirect', Buffer.from('/etc')]]),
        },
      ]),
    'EBADARCHIVE',
  ],
  [
    "overlayfs's own attribute for users",
    () =>
      tar([{ path: 'd/', type: 'directory', xattrs: new Map([['user.overlay.opaque', Buffer.from('y')]]) }]),
    'EBADARCHIVE',
  ],
  ['a root that is a file', () => tar([{ path: './', type: 'symlink', linkname: 'x' }]), 'EBADARCHIVE'],
  ['a file in a file', () => tar([{ path: 'f' }, { path: 'f/g' }]), 'EBADARCHIVE'],
  ['a path of more than PATH_MAX bytes', () => tar([{ path: 'd/'.repeat(3000) + 'f' }]), 'EBADARCHIVE'],
  [
    'a GNU name of more than PATH_MAX bytes',
    () => Buffer.concat([gnuName('L', 'd/'.repeat(3000)), tar([{ path: 'f' }])]),
    'EBADARCHIVE',
  ],
  ['a name of more than 255 bytes', () => tar([{ path: 'n'.repeat(256) }]), 'EBADARCHIVE'],
  [
    'a NUL in a PAX path',
    () => Buffer.concat([withPax(paxRecord('path', 'a\0b'), { path: 'f' }), end]),
    'EBADARCHIVE',
  ],
  [
    'a NUL in a PAX key',
    () => Buffer.concat([withPax(paxRecord('pa\0th', 'a'), { path: 'f' }), end]),
    'EBADARCHIVE',
  ],
  [
    'a PAX record that is longer than its header',
    () => Buffer.concat([withPax(Buffer.from('99 path=a\n'), { path: 'f' }), end]),
    'EBADARCHIVE',
  ],
  [
    'a PAX record without an end',
    () => Buffer.concat([withPax(Buffer.from('9 path=ab'), { path: 'f' }), end]),
    'EBADARCHIVE',
  ],
  [
    'a PAX record of length 0',
    () => Buffer.concat([withPax(Buffer.from('0 path=a\n'), { path: 'f' }), end]),
    'EBADARCHIVE',
  ],
  [
    'a PAX size that overflows',
    () => Buffer.concat([withPax(paxRecord('size', '99999999999999999999'), { path: 'f' }), end]),
    'EBADARCHIVE',
  ],
  [
    'a PAX size that is negative',
    () => Buffer.concat([withPax(paxRecord('size', '-1'), { path: 'f' }), end]),
    'EBADARCHIVE',
  ],
  [
    'a PAX uid out of range',
    () => Buffer.concat([withPax(paxRecord('uid', '4294967295'), { path: 'f' }), end]),
    'EBADARCHIVE',
  ],
  [
    'a PAX header of 2 MiB',
    () => Buffer.concat([withPax(paxRecord('comment', 'x'.repeat(2 << 20)), { path: 'f' }), end]),
    'EBADARCHIVE',
  ],
  [
    'two PAX headers for one entry',
    () => Buffer.concat([withPax(paxRecord('path', 'a'), { path: 'f', pax: [['path', 'b']] }), end]),
    'EBADARCHIVE',
  ],
  [
    'more extended attributes than allowed',
    () =>
      tar([
        {
          path: 'f',
          xattrs: new Map(Array.from({ length: 65 }, (_, i) => [`user.a${i}`, Buffer.from('x')])),
        },
      ]),
    'EBADARCHIVE',
  ],
  ['an extended header at the end', () => Buffer.concat([gnuName('L', 'name'), end]), 'EBADARCHIVE'],
  ['a size of 20 MB without the bytes', () => tar([{ path: 'f', size: 20e6, body: 'x' }]), 'ETRUNCATED'],
  ['a size beyond the limit', () => tar([{ path: 'f', size: 10e9, body: 'x' }]), 'EBADARCHIVE'],
  [
    'a negative size',
    () => {
      const block = header({ name: 'f', typeFlag: '0' });
      block.fill(0xff, 124, 136);
      return Buffer.concat([sealed(block), end]);
    },
    'EBADARCHIVE',
  ],
  [
    'a size of 2^90',
    () => {
      const block = header({ name: 'f', typeFlag: '0' });
      block.fill(0, 124, 136);
      block[124] = 0x84;
      return Buffer.concat([sealed(block), end]);
    },
    'EBADARCHIVE',
  ],
  [
    'a wrong checksum',
    () => {
      const archive = tar([{ path: 'f' }]);
      archive[0] = 0x67;
      return archive;
    },
    'EBADARCHIVE',
  ],
  ['an unknown type', () => Buffer.concat([header({ name: 'f', typeFlag: 'M' }), end]), 'EBADARCHIVE'],
  [
    'a single block of zeros in between',
    () => Buffer.concat([Buffer.alloc(512), tar([{ path: 'f' }])]),
    'EBADARCHIVE',
  ],
  ['a symbolic link to nothing', () => tar([{ path: 'l', type: 'symlink' }]), 'EBADARCHIVE'],
  ['a sparse file of the old kind whose parts overlap', () => oldSparse([0, 10], [5, 10]), 'EBADARCHIVE'],
  [
    'a sparse file of the old kind that ends beyond all numbers',
    () => oldSparse([2 ** 62, 2 ** 62], [2 ** 62, 2 ** 62]),
    'EBADARCHIVE',
  ],
  [
    'a sparse file of the old kind whose table never ends',
    () => Buffer.concat([oldSparse([0, 1]).subarray(0, 512), Buffer.alloc(20 * 512, 1)]),
    'EBADARCHIVE',
  ],
  [
    'a PAX path that climbs behind an honest name',
    () => Buffer.concat([withPax(paxRecord('path', '../outside/canary'), { path: 'f', body: 'dead' }), end]),
    'EBADARCHIVE',
  ],
  [
    'a PAX link that climbs behind an honest one',
    () =>
      Buffer.concat([
        encodeEntry({ path: 'f' }),
        withPax(paxRecord('linkpath', '../outside/canary'), { path: 'h', type: 'link', linkname: 'f' }),
        end,
      ]),
    'EBADARCHIVE',
  ],
  [
    'a PAX path that becomes a whiteout of the parent',
    () => Buffer.concat([withPax(paxRecord('path', 'd/.wh...'), { path: 'f' }), end]),
    'EBADARCHIVE',
  ],
  [
    'an extended attribute of 100 kB',
    () => tar([{ path: 'f', xattrs: new Map([['user.a', Buffer.alloc(100_000)]]) }]),
    'EBADARCHIVE',
  ],
  ['devices of the host', () => tar([{ path: 'disk', type: 'block', device: [259, 0] }]), 'ok'],
  [
    'a file through a device',
    () => tar([{ path: 'd', type: 'char', device: [1, 3] }, { path: 'd/f' }]),
    'EBADARCHIVE',
  ],
  ['a header that is cut', () => tar([{ path: 'f' }]).subarray(0, 300), 'ETRUNCATED'],
  [
    'a PAX header that is cut',
    () => withPax(paxRecord('comment', 'x'.repeat(2000)), { path: 'f' }).subarray(0, 1500),
    'ETRUNCATED',
  ],
  ['a gzip stream of ever more nothing', () => repeated(zlib.gzipSync('')), 'ok'],
  ['a zstd stream of ever more nothing', () => repeated(zstd(Buffer.alloc(0))), 'ok'],
  ['a gzip bomb', () => zlib.gzipSync(zeros()), 'EBADARCHIVE'],
  ['a zstd bomb', () => zstd(zeros()), 'EBADARCHIVE'],
  [
    'a zstd window of 2 GiB',
    // Magic, no content size, window descriptor for 2^31 (RFC 8878, section 3.1.1), one raw block of a byte.
    () => Buffer.from('28b52ffd00a80900000000', 'hex'),
    'EBADARCHIVE',
  ],
  ['no archive at all', () => Buffer.from('<!doctype html>'.padEnd(2048, ' ')), 'EBADARCHIVE'],
];

/** What is larger than the tests' limit. */
const limitBytes = 32 << 20;
const zstd = (input: Buffer): Buffer => execFileSync('zstd', ['-q', '-c'], { input });
const zeros = (): Buffer => tar([{ path: 'zeros', body: Buffer.alloc(limitBytes) }]);
const repeated = (part: Buffer): Buffer => Buffer.concat(Array.from({ length: 2000 }, () => part));

describe.skipIf(!isRoot).each(['plain', 'sanitized'] as const)('a hostile layer in the %s worker', (kind) => {
  let program = '';
  beforeAll(() => {
    program = makeProgram('worker', kind);
  });
  it.each(hostile)('%s', async (_, archive, result) => {
    const args = ['extract', '--dest', yard.dest, '--limit', String(limitBytes)];
    const outcome = await runWorker(program, args, archive());
    yard.checkOutside();
    expect(existsSync('/tmp/berth-escaped')).toBe(false);
    expect([outcome.result, outcome.message]).toEqual([
      result,
      result === 'ok' ? '' : expect.stringMatching(/./),
    ]);
  });
});

describe.skipIf(!isRoot)('mutated archives', () => {
  let sanitized = '';
  beforeAll(() => {
    sanitized = makeProgram('worker', 'sanitized');
  });

  const seeds: readonly Buffer[] = [
    ...awkwardLayers(),
    tar([
      { path: `${'p/'.repeat(80)}f`, body: 'long', mtime: '1.5' },
      {
        path: 'sparse',
        body: Buffer.concat([padded(Buffer.from('2\n0\n4\n4096\n4\n')), Buffer.from('headtail')]),
        pax: [
          ['GNU.sparse.major', '1'],
          ['GNU.sparse.minor', '0'],
          ['GNU.sparse.realsize', '8192'],
        ],
      },
    ]),
    tar([
      {
        path: '0.0',
        body: 'headtail',
        pax: [
          ['GNU.sparse.size', '8192'],
          ['GNU.sparse.numblocks', '2'],
          ['GNU.sparse.offset', '0'],
          ['GNU.sparse.numbytes', '4'],
          ['GNU.sparse.offset', '4096'],
          ['GNU.sparse.numbytes', '4'],
        ],
      },
      {
        path: '0.1',
        body: 'headtail',
        pax: [
          ['GNU.sparse.name', 'name'],
          ['GNU.sparse.size', '8192'],
          ['GNU.sparse.numblocks', '2'],
          ['GNU.sparse.map', '0,4,4096,4'],
        ],
      },
    ]),
    Buffer.concat([
      gnuName('L', 'n'.repeat(300).replace(/n{50}/g, '$&/')),
      gnuName('K', 'k'.repeat(200)),
      tar([{ path: 'x', type: 'symlink', linkname: 'y' }]),
    ]),
  ];

  function mutate(seed: Buffer, random: (below: number) => number): Buffer {
    let bytes = Buffer.from(seed);
    for (let change = random(6); change >= 0; change--) {
      // Mostly within headers and PAX records: the zeros behind them say little.
      const at = random(Math.max(1, bytes.length - 1024));
      switch (random(6)) {
        case 0:
          bytes[at] = random(256);
          break;
        case 1:
          bytes.fill([0, 0xff, 0x37, 0x2f, 0x2e, 0x80][random(6)] ?? 0, at, at + 1 + random(16));
          break;
        case 2:
          bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random(512))]);
          break;
        case 3:
          bytes = Buffer.concat([
            bytes.subarray(0, at & ~511),
            bytes.subarray(random(bytes.length) & ~511),
          ]).subarray(0, 1 << 20);
          break;
        case 4:
          // Another type, or another number, in a header.
          bytes[(at & ~511) + 156] = '01234567SLKxgXVM\0'.charCodeAt(random(17));
          break;
        default:
          bytes.write(String(random(1e9)), at, 'latin1');
      }
    }
    // Right checksums, so that what lies behind them is reached.
    for (let block = 0; block + 512 <= bytes.length; block += 512) {
      if (bytes.toString('latin1', block + 257, block + 262) === 'ustar')
        sealed(bytes.subarray(block, block + 512));
    }
    return bytes;
  }

  /** Options of `write` for a container that never ran and has its folders in `dest`. */
  function intoContainer(dest: string): string[] {
    const folders = { layers: dest, init: `${dest}/init`, upper: `${dest}/upper`, work: `${dest}/work` };
    for (const name of ['1', 'init', 'upper', 'work', 'point']) mkdirSync(`${dest}/${name}`);
    const view = {
      id: 'a',
      point: `${dest}/point`,
      lower: ['1'],
      readOnly: false,
      mounts: [],
      folders: ['/dev'],
      ...folders,
    };
    return ['--view', JSON.stringify(view), '--path', '/'];
  }

  it(
    'are taken or refused, and break neither the worker nor what is around it',
    { timeout: 360_000 },
    async () => {
      const random = randomNumbers(20240607);
      const results = new Set<string>();
      for (let round = 0; round < 120; round++) {
        const seed = seeds[round % seeds.length] ?? end;
        let input = mutate(seed, random);
        const packed = random(4);
        if (packed === 0) input = zlib.gzipSync(input);
        // Now and then the compressed bytes are what is broken.
        if (packed === 0 && random(2) === 0) input[random(input.length)] = random(256);
        const job = ['unpack', 'write', 'extract', 'extract'][random(4)] ?? 'extract';
        const target = job === 'write' ? intoContainer(yard.dest) : ['--dest', yard.dest];
        const outcome = await runWorker(sanitized, [job, ...target, '--limit', '100000000'], input);
        const described = `round ${round}: ${input.toString('base64').slice(0, 200)}: ${outcome.result} ${outcome.stderr}`;
        expect(outcome.result, described).toMatch(/^(ok|E[A-Z0-9]+)$/);
        expect(outcome.stderr, described).toBe('');
        yard.checkOutside();
        yard.clear();
        results.add(outcome.result);
      }
      // A build's way: kept, unpacked, looked into, hashed, and taken with what is an archive in it.
      for (let round = 0; round < 40; round++) {
        const input = mutate(seeds[round % seeds.length] ?? end, random);
        const kept = `${yard.dest}/kept`;
        const place = `${yard.dest}/context`;
        const into = `${yard.dest}/into`;
        for (const folder of [place, into]) mkdirSync(folder);
        const selection = { root: place, sources: [{ path: '/' }] };
        const taken = {
          root: yard.dest,
          sources: [{ path: '/kept' }],
          to: '/',
          toDirectory: true,
          unpack: true,
        };
        const steps: readonly (readonly [string[], Buffer])[] = [
          [['spool', '--out', kept], input],
          [['context', '--dest', place, '--limit', '100000000'], input],
          [['checksum'], Buffer.from(JSON.stringify(selection))],
          [['take', '--dest', into, '--limit', '100000000'], Buffer.from(JSON.stringify(taken))],
        ];
        for (const [args, bytes] of steps) {
          const outcome = await runWorker(sanitized, args, bytes);
          const described = `${String(args[0])} ${round}: ${input.toString('base64').slice(0, 200)}: ${outcome.stderr}`;
          expect(outcome.result, described).toMatch(/^(ok|E[A-Z0-9]+)$/);
          expect(outcome.stderr, described).toBe('');
          yard.checkOutside();
        }
        yard.clear();
      }
      // The loop is worth its time only when it gets behind the first check.
      expect([...results].sort()).toEqual(expect.arrayContaining(['EBADARCHIVE', 'ETRUNCATED', 'ok']));
    },
  );
});
