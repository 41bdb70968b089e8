// berth-worker layer: what was extracted is written again, byte for byte, whatever the archive was like.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { awkwardLayers } from '../../fixtures/busybox-image.ts';
import { tar } from '../../fixtures/tar.ts';
import { makeProgram } from './make-program.ts';
import { runWorker } from './worker-driver.ts';

const isRoot = process.getuid?.() === 0;
const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

let worker = '';
let layers: string;
beforeAll(() => {
  worker = makeProgram('worker', 'plain');
});
beforeEach(() => {
  layers = mkdtempSync(path.join(os.tmpdir(), 'bt-layer-'));
  mkdirSync(path.join(layers, '1/diff'), { recursive: true });
});
afterEach(() => rmSync(layers, { recursive: true, force: true }));

const inDiff = (name: string): string => path.join(layers, '1/diff', name);

async function extract(archive: Buffer, program = worker): Promise<void> {
  const options = ['--dest', path.join(layers, '1/diff'), '--split', path.join(layers, '1/split')];
  const outcome = await runWorker(program, ['extract', ...options], archive);
  expect(outcome.result, outcome.message).toBe('ok');
}

/** The layer written again, and the job's last line. */
function write(
  options: readonly string[] = [],
  program = worker,
): { bytes: Buffer; last: Record<string, unknown> } {
  const args = ['layer', '--root', layers, '--name', '1', ...options];
  const stdio = ['ignore', 'pipe', 'inherit', 'pipe'] as const;
  const { output } = spawnSync(program, args, { env: {}, stdio: [...stdio], maxBuffer: 64 << 20 });
  const lines = (output[1]?.toString() ?? '').trim().split('\n');
  const bytes = output[3];
  return {
    bytes: Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0),
    last: JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>,
  };
}

const file = { path: 'folder/file', body: Buffer.alloc(700_001, 'berth ') };
const whole = tar([{ path: 'folder/', type: 'directory' }, file, { path: 'empty', body: '' }]);

describe.skipIf(!isRoot)('a layer', () => {
  let tree = '';
  beforeAll(() => {
    tree = mkdtempSync(path.join(os.tmpdir(), 'bt-tree-'));
    const at = (name: string): string => path.join(tree, name);
    mkdirSync(at(`long/${'n'.repeat(90)}/${'m'.repeat(90)}`), { recursive: true });
    writeFileSync(at(`long/${'n'.repeat(90)}/${'m'.repeat(90)}/file`), 'far down');
    writeFileSync(at('large'), Buffer.alloc(3_000_001, 'berth '));
    linkSync(at('large'), at('linked'));
    symlinkSync('/large', at('soft'));
    writeFileSync(at('sparse'), 'start');
    truncateSync(at('sparse'), 5_000_000);
    writeFileSync(at('sparse'), 'end', { flag: 'a' });
    for (let index = 0; index < 300; index++) writeFileSync(at(`small-${String(index)}`), 'x'.repeat(index));
  });
  afterAll(() => rmSync(tree, { recursive: true, force: true }));

  it.each([
    ['gnu', ['--format=gnu']],
    ['gnu, sparse', ['--format=gnu', '--sparse']],
    ['oldgnu, sparse', ['--format=oldgnu', '--sparse']],
    ['posix', ['--format=posix']],
    ['posix, sparse 0.0', ['--format=posix', '--sparse', '--sparse-version=0.0']],
    ['posix, sparse 0.1', ['--format=posix', '--sparse', '--sparse-version=0.1']],
    ['posix, sparse 1.0', ['--format=posix', '--sparse', '--sparse-version=1.0']],
    ['ustar', ['--format=ustar']],
  ])('of GNU tar (%s) is the same again', async (_, options) => {
    const archive = execFileSync('tar', ['-C', tree, ...options, '-cf', '-', '.'], { maxBuffer: 64 << 20 });
    await extract(zlib.gzipSync(archive, { level: 1 }));
    const { bytes, last } = write(['--diff-id', sha256(archive)]);
    expect(bytes.equals(archive)).toBe(true);
    expect(last).toMatchObject({
      ok: true,
      diffId: sha256(archive),
      digest: sha256(archive),
      diffSize: archive.length,
    });
  });

  const end = Buffer.alloc(1024);
  const odd: readonly (readonly [string, Buffer])[] = [
    ['nothing at all', Buffer.alloc(0)],
    ['nothing but its end', end],
    ['no end', whole.subarray(0, whole.length - 1024)],
    ['more behind its end', Buffer.concat([whole, Buffer.alloc(9000), Buffer.from('and words')])],
    [
      'whiteouts that carry data',
      tar([file, { path: 'folder/.wh.gone', body: 'data' }, { path: '.wh..wh.plnk/1.2', body: 'aufs' }]),
    ],
    [
      'a path through a link',
      tar([file, { path: 'way', type: 'symlink', linkname: 'folder' }, { path: 'way/other', body: 'there' }]),
    ],
  ];
  it.each(odd)('with %s is the same again', async (_, archive) => {
    await extract(archive);
    const { bytes, last } = write();
    expect(last).toMatchObject({ ok: true });
    expect(bytes.equals(archive)).toBe(true);
  });

  it('of the image for awkward cases is the same again', async () => {
    for (const archive of awkwardLayers()) {
      rmSync(path.join(layers, '1'), { recursive: true });
      mkdirSync(path.join(layers, '1/diff'), { recursive: true });
      await extract(archive);
      expect(write().bytes.equals(archive)).toBe(true);
    }
  });

  it('becomes the same blob each time it is compressed', async () => {
    await extract(whole);
    const { bytes, last } = write(['--gzip', '--diff-id', sha256(whole)]);
    expect(zlib.gunzipSync(bytes).equals(whole)).toBe(true);
    expect(last).toMatchObject({
      ok: true,
      digest: sha256(bytes),
      size: bytes.length,
      diffId: sha256(whole),
    });
    expect(write(['--gzip']).bytes.equals(bytes)).toBe(true);
  });

  const damage: readonly (readonly [string, () => void, string])[] = [
    ['changed', () => writeFileSync(inDiff('folder/file'), Buffer.alloc(700_001, 'other ')), 'EBADDIGEST'],
    ['cut short', () => truncateSync(inDiff('folder/file'), 5), 'EBADDIGEST'],
    ['removed', () => unlinkSync(inDiff('folder/file')), 'EBADDIGEST'],
    [
      'a link to the host',
      () => {
        unlinkSync(inDiff('folder/file'));
        symlinkSync('/etc/passwd', inDiff('folder/file'));
      },
      'EBADDIGEST',
    ],
    [
      'a pipe',
      () => (unlinkSync(inDiff('folder/file')), void execFileSync('mkfifo', [inDiff('folder/file')])),
      'EBADDIGEST',
    ],
    ['without its headers', () => unlinkSync(path.join(layers, '1/split')), 'ENOENT'],
    ['with headers cut short', () => truncateSync(path.join(layers, '1/split'), 20), 'EBADARCHIVE'],
    [
      'with headers of nonsense',
      () => writeFileSync(path.join(layers, '1/split'), 'nonsense'),
      'EBADARCHIVE',
    ],
  ];
  it.each(damage)('that is %s is no longer given out as what it was', async (_, spoil, code) => {
    await extract(whole);
    spoil();
    expect(write(['--diff-id', sha256(whole)]).last).toMatchObject({ error: { code } });
  });

  it('breaks nothing in the sanitized worker', async () => {
    const sanitized = makeProgram('worker', 'sanitized');
    await extract(whole, sanitized);
    expect(write(['--gzip', '--diff-id', sha256(whole)], sanitized).last).toMatchObject({ ok: true });
    for (let length = 0; length < 200; length += 13) {
      const split = readFileSync(path.join(layers, '1/split'));
      writeFileSync(
        path.join(layers, '1/split'),
        split.map((byte, index) => (index === length ? byte ^ 0x55 : byte)),
      );
      const { last } = write(['--diff-id', sha256(whole)], sanitized);
      expect(Object.keys(last)).toHaveLength('ok' in last ? 5 : 1);
      writeFileSync(path.join(layers, '1/split'), split);
    }
  });
});
