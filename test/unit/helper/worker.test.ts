// berth-worker: the jobs unpack and remove, and the command line, through the binary.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import zlib from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { tar } from '../../fixtures/tar.ts';
import { makeProgram } from './make-program.ts';
import { runWorker, yardForEach } from './worker-driver.ts';

let worker = '';
beforeAll(() => {
  worker = makeProgram('worker', 'plain');
});

const yard = yardForEach();

const unpack = (input: Buffer, ...options: string[]): ReturnType<typeof runWorker> =>
  runWorker(worker, ['unpack', '--dest', yard.dest, ...options], input);

describe('unpack', () => {
  const archive = tar([
    { path: 'blobs/', type: 'directory', mode: 0o777 },
    { path: 'blobs/sha256/abc', body: 'blob', mode: 0o777, uid: 1, gid: 1 },
    { path: 'id/layer.tar', type: 'symlink', linkname: '../blobs/sha256/abc' },
    { path: 'hard', type: 'link', linkname: 'blobs/sha256/abc' },
    { path: 'manifest.json', body: '[]' },
    { path: 'manifest.json', body: '[1]' },
  ]);

  it.each([
    ['plain', (bytes: Buffer) => bytes],
    ['gzip', (bytes: Buffer) => zlib.gzipSync(bytes)],
    ['zstd', (bytes: Buffer) => execFileSync('zstd', ['-q', '-c'], { input: bytes })],
    ['xz', (bytes: Buffer) => execFileSync('xz', ['-c'], { input: bytes })],
    [
      'xz of two streams',
      (bytes: Buffer) =>
        Buffer.concat(
          [bytes.subarray(0, 999), bytes.subarray(999)].map((part) =>
            execFileSync('xz', ['-c'], { input: part }),
          ),
        ),
    ],
    ['bzip2', (bytes: Buffer) => execFileSync('bzip2', ['-c'], { input: bytes })],
    [
      'bzip2 of two streams',
      (bytes: Buffer) =>
        Buffer.concat(
          [bytes.subarray(0, 999), bytes.subarray(999)].map((part) =>
            execFileSync('bzip2', ['-c'], { input: part }),
          ),
        ),
    ],
  ])('takes %s', async (_, compress) => {
    const outcome = await unpack(compress(archive));
    expect(outcome.lines).toEqual([{ ok: true, files: 3, bytes: 9 }]);
    expect(readFileSync(path.join(yard.dest, 'id/layer.tar'), 'utf8')).toBe('blob');
    expect(readFileSync(path.join(yard.dest, 'manifest.json'), 'utf8')).toBe('[1]');
    expect(lstatSync(path.join(yard.dest, 'blobs')).mode & 0o777).toBe(0o700);
    const blob = lstatSync(path.join(yard.dest, 'blobs/sha256/abc'));
    expect([blob.mode & 0o777, blob.uid, blob.nlink]).toEqual([0o600, process.getuid?.(), 2]);
  });

  it.each([
    ['xz, cut', () => execFileSync('xz', ['-c'], { input: archive }).subarray(0, -8), 'ETRUNCATED'],
    ['bzip2, cut', () => execFileSync('bzip2', ['-c'], { input: archive }).subarray(0, -8), 'ETRUNCATED'],
    [
      'bzip2, damaged',
      () => execFileSync('bzip2', ['-c'], { input: archive }).fill(7, 40, 60),
      'EBADARCHIVE',
    ],
    ['a path that climbs', () => tar([{ path: '../outside/canary', body: 'dead' }]), 'EBADARCHIVE'],
    [
      'a link that climbs',
      () => tar([{ path: 'a/l', type: 'symlink', linkname: '../../outside' }]),
      'EBADARCHIVE',
    ],
    [
      'a link that goes down and climbs',
      () => tar([{ path: 'a/l', type: 'symlink', linkname: 'x/../../../outside' }]),
      'EBADARCHIVE',
    ],
    ['an absolute link', () => tar([{ path: 'l', type: 'symlink', linkname: '/etc/passwd' }]), 'EBADARCHIVE'],
    [
      'a file through a link',
      () => tar([{ path: 'd/f' }, { path: 'l', type: 'symlink', linkname: 'd' }, { path: 'l/g' }]),
      'EBADARCHIVE',
    ],
    ['a device', () => tar([{ path: 'd', type: 'char', device: [1, 3] }]), 'EBADARCHIVE'],
    ['a pipe', () => tar([{ path: 'p', type: 'fifo' }]), 'EBADARCHIVE'],
    [
      'a file in the place of a directory',
      () => tar([{ path: 'd/f' }, { path: 'd', body: 'x' }]),
      'EBADARCHIVE',
    ],
  ] satisfies [string, () => Buffer, string][])('refuses %s', async (_, make, code) => {
    const outcome = await unpack(make());
    yard.checkOutside();
    expect(outcome.result).toBe(code);
  });
});

describe('remove', () => {
  const remove = (...names: string[]): ReturnType<typeof runWorker> =>
    runWorker(
      worker,
      ['remove', '--root', yard.dest],
      Buffer.from(names.map((name) => `${name}\0`).join('')),
    );

  it('removes trees and answers each, without following a link', async () => {
    mkdirSync(path.join(yard.dest, 'tree/a/b'), { recursive: true });
    writeFileSync(path.join(yard.dest, 'tree/a/b/f'), 'x');
    symlinkSync('../../outside', path.join(yard.dest, 'tree/link'));
    symlinkSync('../outside', path.join(yard.dest, 'link'));
    writeFileSync(path.join(yard.dest, 'file "quoted"'), 'x');
    mkdirSync(path.join(yard.dest, 'kept'));
    const outcome = await remove('tree', 'link', 'file "quoted"', 'not there');
    expect(outcome.lines).toEqual([
      ...['tree', 'link', 'file "quoted"', 'not there'].map((removed) => ({ removed })),
      { ok: true },
    ]);
    expect(readdirSync(yard.dest)).toEqual(['kept']);
    yard.checkOutside();
  });

  it('removes a tree that is 2,000 directories deep', async () => {
    // Deeper than a path can be, so it is made from within.
    const script = 'for (1..2000) { mkdir "d" x 20; open F, ">", "f"; chdir "d" x 20 or die }';
    mkdirSync(path.join(yard.dest, 'deep'));
    execFileSync('perl', ['-e', script], { cwd: path.join(yard.dest, 'deep') });
    expect((await remove('deep')).lines).toEqual([{ removed: 'deep' }, { ok: true }]);
    expect(readdirSync(yard.dest)).toEqual([]);
  });

  it.each(['../outside', '..', '.', '', 'a/b', '/etc'])(
    'refuses %j, which is no direct child',
    async (name) => {
      mkdirSync(path.join(yard.dest, 'a/b'), { recursive: true });
      const outcome = await remove(name);
      expect(outcome.lines).toEqual([
        { failed: name, message: expect.stringContaining('no direct child') },
        { ok: true },
      ]);
      expect(existsSync(path.join(yard.dest, 'a/b'))).toBe(true);
      yard.checkOutside();
    },
  );
});

describe('the command line', () => {
  it.each([
    [[]],
    [['nothing']],
    [['extract']],
    [['extract', '--dest']],
    [['extract', '--dest', '/', '--size', '-1']],
    [['remove', 'x']],
  ])('refuses %j in words', async (args) => {
    const outcome = await runWorker(worker, args, Buffer.alloc(0));
    expect([outcome.result, outcome.message]).toEqual(['EINVAL', expect.stringMatching(/./)]);
  });
});
