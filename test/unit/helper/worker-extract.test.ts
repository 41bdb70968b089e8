// berth-worker extract: real layers, compared with what GNU tar makes of them, and damaged ones.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awkwardLayers, netRawCapability } from '../../fixtures/busybox-image.ts';
import { encodeEntry, header, padded, paxRecord, sealed, tar } from '../../fixtures/tar.ts';
import { makeProgram } from './make-program.ts';
import { pack, runWorker, yardForEach } from './worker-driver.ts';

const isRoot = process.getuid?.() === 0;
const end = Buffer.alloc(1024);
const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

let worker = '';
beforeAll(() => {
  worker = makeProgram('worker', 'plain');
});

const yard = yardForEach();

const extract = (input: Buffer, ...options: string[]): ReturnType<typeof runWorker> =>
  runWorker(worker, ['extract', '--dest', yard.dest, ...options], input);

describe.skipIf(!isRoot)('a tree that GNU tar packed', () => {
  let tree = '';
  beforeAll(() => {
    tree = mkdtempSync(path.join(os.tmpdir(), 'bt-tree-'));
    const at = (name: string): string => path.join(tree, name);
    mkdirSync(at('a/b/c'), { recursive: true });
    mkdirSync(at(`long/${'n'.repeat(90)}/${'m'.repeat(90)}`), { recursive: true });
    writeFileSync(at(`long/${'n'.repeat(90)}/${'m'.repeat(90)}/file`), 'far down');
    writeFileSync(at('a/empty'), '');
    writeFileSync(at('a/b/large'), Buffer.alloc(3_000_001, 'berth '));
    writeFileSync(at('a/b/setuid'), 'x');
    chownSync(at('a/b/setuid'), 1000, 2_000_000);
    chmodSync(at('a/b/setuid'), 0o6755);
    writeFileSync(at('a/b/c/late'), 'x');
    linkSync(at('a/b/large'), at('a/hard'));
    symlinkSync('../b/large', at('a/b/c/soft'));
    symlinkSync(`/${'target/'.repeat(30)}`, at('a/long-soft'));
    writeFileSync(at('sparse'), 'start');
    truncateSync(at('sparse'), 5_000_000);
    writeFileSync(at('sparse'), 'end', { flag: 'a' });
    chmodSync(at('a/b'), 0o2770);
    chownSync(at('a/b'), 33, 33);
    mkdirSync(at('sticky'), { mode: 0o777 });
    chmodSync(at('sticky'), 0o1777);
    execFileSync('mkfifo', [at('fifo')]);
    execFileSync('mknod', [at('device'), 'c', '1', '3']);
    utimesSync(at('a/b/c/late'), 1234567890.123, 1234567890.123);
    for (const name of ['a/b/c', 'a/b', 'a', '.']) utimesSync(at(name), 1600000000.5, 1600000000.5);
  });
  afterAll(() => {
    rmSync(tree, { recursive: true, force: true });
  });

  it.each([
    ['gnu', ['--format=gnu']],
    ['gnu, sparse', ['--format=gnu', '--sparse']],
    ['oldgnu, sparse', ['--format=oldgnu', '--sparse']],
    ['posix', ['--format=posix']],
    ['posix, sparse 0.0', ['--format=posix', '--sparse', '--sparse-version=0.0']],
    ['posix, sparse 0.1', ['--format=posix', '--sparse', '--sparse-version=0.1']],
    ['posix, sparse 1.0', ['--format=posix', '--sparse', '--sparse-version=1.0']],
    ['posix with attributes', ['--format=posix', '--xattrs', '--xattrs-include=*']],
  ])('is the same after extract as after tar -x (%s)', async (_, options) => {
    const archive = execFileSync('tar', ['-C', tree, '--numeric-owner', ...options, '-cf', '-', '.'], {
      maxBuffer: 64 << 20,
    });
    const other = mkdtempSync(path.join(os.tmpdir(), 'bt-other-'));
    try {
      execFileSync('tar', ['-C', other, '--numeric-owner', '--same-permissions', '-xf', '-'], {
        input: archive,
      });
      const outcome = await extract(zlib.gzipSync(archive), '--diff-id', sha256(archive));
      expect(outcome.message).toBe('');
      expect(pack(yard.dest).equals(pack(other))).toBe(true);
      if (options.includes('--sparse'))
        expect(statSync(path.join(yard.dest, 'sparse')).blocks).toBeLessThan(100);
    } finally {
      rmSync(other, { recursive: true, force: true });
    }
  });
});

describe.skipIf(!isRoot)('extract', () => {
  const plain = tar([
    { path: 'folder/', type: 'directory', mode: 0o700, uid: 5, gid: 6, mtime: '1500000000.987654321' },
    { path: 'folder/file', body: 'content', mode: 0o640, mtime: '-5.5' },
    { path: 'filler', body: Buffer.alloc(700_000, 'abc') },
  ]);

  it('answers digests, sizes and counts', async () => {
    const input = zlib.gzipSync(plain);
    const outcome = await extract(
      input,
      ...['--digest', sha256(input), '--diff-id', sha256(plain), '--size', String(input.length)],
    );
    expect(outcome.lines.at(-1)).toEqual({
      ok: true,
      digest: sha256(input),
      size: input.length,
      diffId: sha256(plain),
      diffSize: plain.length,
      fileBytes: 700_007,
      entries: 3,
    });
    const folder = lstatSync(path.join(yard.dest, 'folder'), { bigint: true });
    expect([folder.uid, folder.gid, folder.mode & 0o7777n, folder.mtimeNs]).toEqual([
      ...[5n, 6n, 0o700n, 1500000000987654321n],
    ]);
    expect(lstatSync(path.join(yard.dest, 'folder/file'), { bigint: true }).mtimeNs).toBe(-5_500_000_000n);
  });

  it.each([
    ['gzip', () => zlib.gzipSync(plain)],
    [
      'gzip of many members',
      () =>
        Buffer.concat(
          Array.from({ length: Math.ceil(plain.length / 10_000) }, (_, index) =>
            zlib.gzipSync(plain.subarray(index * 10_000, (index + 1) * 10_000)),
          ),
        ),
    ],
    ['zstd', () => execFileSync('zstd', ['-q', '-c'], { input: plain })],
    [
      'zstd of several frames, one to skip',
      () =>
        Buffer.concat([
          execFileSync('zstd', ['-q', '-c'], { input: plain.subarray(0, 5000) }),
          Buffer.from('5a2a4d1804000000deadbeef', 'hex'),
          execFileSync('zstd', ['-q', '-c'], { input: plain.subarray(5000) }),
        ]),
    ],
    ['no compression', () => plain],
  ])('takes %s', async (_, make) => {
    const outcome = await extract(make(), '--diff-id', sha256(plain));
    expect(outcome.message).toBe('');
    expect(readFileSync(path.join(yard.dest, 'filler')).length).toBe(700_000);
  });

  it('takes an empty layer, and one without blocks of zeros at its end', async () => {
    expect((await extract(zlib.gzipSync(end))).result).toBe('ok');
    expect((await extract(Buffer.alloc(0))).result).toBe('ok');
    expect((await extract(encodeEntry({ path: 'only', body: 'x' }))).result).toBe('ok');
    expect(readdirSync(yard.dest)).toEqual(['only']);
  });

  it('turns whiteouts into devices and opaque marks into attributes', async () => {
    const [, second] = awkwardLayers();
    expect((await extract(second ?? Buffer.alloc(0))).result).toBe('ok');
    const removed = lstatSync(path.join(yard.dest, 'data/removed'));
    expect([removed.isCharacterDevice(), removed.rdev]).toEqual([true, 0]);
    expect(pack(path.join(yard.dest, 'opaque')).includes('SCHILY.xattr.trusted.overlay.opaque=y\n')).toBe(
      true,
    );
    expect(pack(path.join(yard.dest, 'data')).includes('trusted.overlay')).toBe(false);
  });

  it('makes a directory opaque that takes the place of a whiteout, in either order', async () => {
    await extract(
      tar([
        { path: '.wh.first' },
        { path: 'first/', type: 'directory' },
        { path: '.wh.implied' },
        { path: 'implied/file' },
        { path: 'last/', type: 'directory' },
        { path: '.wh.last' },
        { path: 'file', body: 'kept' },
        { path: '.wh.file' },
      ]),
    );
    for (const name of ['first', 'implied', 'last']) {
      expect(lstatSync(path.join(yard.dest, name)).isDirectory(), name).toBe(true);
      expect(pack(path.join(yard.dest, name)).includes('trusted.overlay.opaque=y'), name).toBe(true);
    }
    expect(readFileSync(path.join(yard.dest, 'file'), 'utf8')).toBe('kept');
  });

  it('restores file capabilities and user attributes, and leaves out those of the host', async () => {
    const xattrs = new Map([
      ['security.capability', netRawCapability],
      ['user.note', Buffer.from('with = and \n and \0')],
      ['security.selinux', Buffer.from('system_u:object_r:etc_t:s0')],
      ['trusted.other', Buffer.from('x')],
    ]);
    expect((await extract(tar([{ path: 'f', uid: 9, mode: 0o4755, xattrs }]))).message).toBe('');
    const packed = pack(yard.dest);
    expect(
      packed.includes(Buffer.concat([Buffer.from('SCHILY.xattr.security.capability='), netRawCapability])),
    ).toBe(true);
    expect(packed.includes('SCHILY.xattr.user.note=with = and \n and \0\n')).toBe(true);
    expect(packed.includes('selinux')).toBe(false);
    expect(packed.includes('trusted.other')).toBe(false);
    expect(lstatSync(path.join(yard.dest, 'f')).mode & 0o7777).toBe(0o4755);
  });

  it('lets a later entry take the place of an earlier one', async () => {
    const outcome = await extract(
      tar([
        { path: 'a/', type: 'directory' },
        { path: 'a/inside/deep', body: '1' },
        { path: 'a', body: 'now a file' },
        { path: 'b', body: 'file' },
        { path: 'b/', type: 'directory', mode: 0o711 },
        { path: 'b/inside', body: '2' },
        { path: 'b/', type: 'directory', mode: 0o755, uid: 7 },
        { path: 'c', type: 'symlink', linkname: 'b' },
        { path: 'c', body: 'not through the link' },
        { path: 'd', type: 'symlink', linkname: 'b' },
        { path: 'd/through', body: '3' },
        { path: 'd', type: 'directory' },
        { path: 'd/own', body: '4' },
        { path: 'e', body: '5' },
        { path: 'e', type: 'symlink', linkname: 'c' },
      ]),
    );
    expect(outcome.message).toBe('');
    const read = (name: string): string => readFileSync(path.join(yard.dest, name), 'utf8');
    expect([read('a'), read('b/inside'), read('c'), read('b/through'), read('d/own')]).toEqual([
      ...['now a file', '2', 'not through the link', '3', '4'],
    ]);
    expect(readdirSync(path.join(yard.dest, 'b')).sort()).toEqual(['inside', 'through']);
    expect(lstatSync(path.join(yard.dest, 'b')).uid).toBe(7);
    expect(lstatSync(path.join(yard.dest, 'd')).isDirectory()).toBe(true);
    expect(readlinkSync(path.join(yard.dest, 'e'))).toBe('c');
  });

  it('gives files in a set-group-ID directory the group that the archive says', async () => {
    await extract(
      tar([
        { path: 's/', type: 'directory', mode: 0o2755, gid: 33 },
        { path: 's/f' },
        { path: 's/d/', type: 'directory' },
      ]),
    );
    expect(lstatSync(path.join(yard.dest, 's/f')).gid).toBe(0);
    expect(lstatSync(path.join(yard.dest, 's/d')).gid).toBe(0);
    expect(lstatSync(path.join(yard.dest, 's/d')).mode & 0o7777).toBe(0o755);
  });

  it('passes over the bookkeeping of aufs and global headers', async () => {
    const comment = paxRecord('path', 'renamed');
    const global = Buffer.concat([
      header({ name: 'g', typeFlag: 'g', size: comment.length }),
      padded(comment),
    ]);
    const outcome = await extract(
      Buffer.concat([
        global,
        tar([
          { path: '.wh..wh.plnk/', type: 'directory' },
          { path: '.wh..wh.plnk/1.2', body: 'x' },
          { path: '.wh..wh.aufs' },
          { path: 'f' },
        ]),
      ]),
    );
    expect(outcome.result).toBe('ok');
    expect(readdirSync(yard.dest)).toEqual(['f']);
  });

  it('makes a sparse file of 10 GB out of its holes alone, but not beyond the limit', async () => {
    const tail = Buffer.from('end');
    const block = header({ name: 'sparse', typeFlag: 'S', size: tail.length, magic: 'ustar  \0' });
    block.write('00000000000\0', 345, 'latin1');
    block.fill(0, 345, 386);
    const octal = (value: number): string => value.toString(8).padStart(11, '0') + '\0';
    block.write(octal(10e9 - 3) + octal(3), 386, 'latin1');
    block[386] = 0x80; // base-256: the offset does not fit into octal digits
    block.writeBigUInt64BE(BigInt(10e9 - 3), 390);
    block.fill(0, 387, 390);
    block.fill(0, 482, 495);
    block[483] = 0x80;
    block.writeBigUInt64BE(BigInt(10e9), 487);
    const archive = Buffer.concat([sealed(block), padded(tail), end]);
    expect((await extract(archive)).message).toBe('');
    const made = statSync(path.join(yard.dest, 'sparse'));
    expect([made.size, made.blocks < 100]).toEqual([10e9, true]);
    yard.clear();
    expect((await extract(archive, '--limit', '1000000000')).result).toBe('EBADARCHIVE');
  });

  it('tells damage in transfer from a bad archive', async () => {
    const input = zlib.gzipSync(plain);
    const options = ['--digest', sha256(input), '--size', String(input.length)];
    const damaged = Buffer.from(input);
    damaged.fill(0x55, 100, 140);
    const cases: [string, Buffer, string[], string][] = [
      ['damaged, digest known', damaged, options, 'EBADDIGEST'],
      ['damaged, digest unknown', damaged, [], 'EBADARCHIVE'],
      ['cut, size known', input.subarray(0, -20), options, 'ETRUNCATED'],
      ['cut, size unknown', input.subarray(0, -20), [], 'ETRUNCATED'],
      ['cut to nothing, size known', Buffer.alloc(0), options, 'ETRUNCATED'],
      ['longer than promised', Buffer.concat([input, Buffer.from('x')]), options, 'EBADDIGEST'],
      ['wrong digest', input, ['--digest', sha256(plain)], 'EBADDIGEST'],
      ['wrong diffID', input, ['--diff-id', sha256(input)], 'EBADDIGEST'],
      ['garbage behind the gzip stream', Buffer.concat([input, Buffer.from('garbage')]), [], 'EBADARCHIVE'],
      ['plain tar cut inside a file', plain.subarray(0, 3000), [], 'ETRUNCATED'],
      ['plain tar cut inside a header', plain.subarray(0, 700), [], 'ETRUNCATED'],
      ['zstd cut', execFileSync('zstd', ['-q', '-c'], { input: plain }).subarray(0, -9), [], 'ETRUNCATED'],
      ['xz, which layers do not use', execFileSync('xz', ['-c'], { input: plain }), [], 'EBADARCHIVE'],
    ];
    for (const [name, bytes, flags, code] of cases) {
      yard.clear();
      expect([name, (await extract(bytes, ...flags)).result]).toEqual([name, code]);
    }
  });

  // As the docker CLI ends the context of `build -f -`.
  it('takes an archive that ends with the last byte of a file', async () => {
    const body = 'no end, no padding';
    const whole = tar([
      { path: 'first', body: 'x' },
      { path: 'last', body },
    ]);
    const cut = whole.subarray(0, 3 * 512 + body.length);
    expect((await extract(cut)).message).toBe('');
    expect(readFileSync(path.join(yard.dest, 'last'), 'utf8')).toBe(body);
    yard.clear();
    expect((await extract(whole.subarray(0, cut.length - 1))).result).toBe('ETRUNCATED');
  });

  it('tells its progress within a large file, and takes input in small parts', async () => {
    const archive = tar([{ path: 'large', body: Buffer.alloc(8 << 20, 'berth') }]);
    const parts = [0, 1, 2, 3].map((part) => archive.subarray(part * 2_100_000, (part + 1) * 2_100_000));
    const outcome = await runWorker(
      worker,
      ['extract', '--dest', yard.dest, '--diff-id', sha256(archive)],
      parts,
      150,
    );
    expect(outcome.message).toBe('');
    const [first] = outcome.lines;
    expect(first).toEqual({ progress: { in: expect.any(Number), out: expect.any(Number) } });
    const tiny = Array.from({ length: 700 }, (_, index) => plain.subarray(index * 1000, (index + 1) * 1000));
    yard.clear();
    expect(
      (await runWorker(worker, ['extract', '--dest', yard.dest], [...tiny, plain.subarray(700_000)])).message,
    ).toBe('');
    expect(readFileSync(path.join(yard.dest, 'filler')).length).toBe(700_000);
  });

  it('ends a decompression bomb at the limit', async () => {
    const bomb = zlib.gzipSync(tar([{ path: 'zeros', body: Buffer.alloc(64 << 20) }]), { level: 9 });
    expect(bomb.length).toBeLessThan(100_000);
    const outcome = await extract(bomb, '--limit', String(8 << 20));
    expect([outcome.result, outcome.message]).toEqual(['EBADARCHIVE', expect.stringContaining('larger')]);
  });
});
