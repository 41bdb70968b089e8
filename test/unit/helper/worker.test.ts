// berth-worker through its binary: real archives against GNU tar, hostile ones byte by byte, and what it removes and compiles.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
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
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { awkwardLayers, netRawCapability } from '../../fixtures/busybox-image.ts';
import { encodeEntry, header, padded, paxRecord, sealed, tar } from '../../fixtures/tar.ts';
import type { TarEntry } from '../../fixtures/tar.ts';
import { buildWorker, pack, runWorker, Yard } from './worker-driver.ts';

const isRoot = process.getuid?.() === 0;
const end = Buffer.alloc(1024);
const sha256 = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

let worker = '';
beforeAll(() => {
  worker = buildWorker('plain');
});

let yard: Yard;
beforeEach(() => {
  yard = new Yard();
});
afterEach(() => {
  yard.remove();
});

const extract = (input: Buffer, ...options: string[]): ReturnType<typeof runWorker> =>
  runWorker(worker, ['extract', '--dest', yard.dest, ...options], input);
const unpack = (input: Buffer, ...options: string[]): ReturnType<typeof runWorker> =>
  runWorker(worker, ['unpack', '--dest', yard.dest, ...options], input);

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
    ['posix, sparse', ['--format=posix', '--sparse']],
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
  ['a size of 10 GB without the bytes', () => tar([{ path: 'f', size: 10e9, body: 'x' }]), 'ETRUNCATED'],
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
  [
    'a sparse file whose parts overlap',
    () => {
      const map = padded(Buffer.from('2\n0\n10\n5\n10\n'));
      return tar([
        {
          path: 'f',
          body: Buffer.concat([map, Buffer.alloc(20)]),
          pax: [
            ['GNU.sparse.major', '1'],
            ['GNU.sparse.minor', '0'],
            ['GNU.sparse.realsize', '100'],
          ],
        },
      ]);
    },
    'EBADARCHIVE',
  ],
  [
    'a sparse file whose map never ends',
    () =>
      tar([
        {
          path: 'f',
          body: '9'.repeat(5000),
          pax: [
            ['GNU.sparse.major', '1'],
            ['GNU.sparse.minor', '0'],
            ['GNU.sparse.realsize', '100'],
          ],
        },
      ]),
    'EBADARCHIVE',
  ],
  [
    'a sparse file whose name climbs',
    () =>
      tar([
        {
          path: 'f',
          body: padded(Buffer.from('0\n')),
          pax: [
            ['GNU.sparse.major', '1'],
            ['GNU.sparse.minor', '0'],
            ['GNU.sparse.realsize', '0'],
            ['GNU.sparse.name', '../outside/canary'],
          ],
        },
      ]),
    'EBADARCHIVE',
  ],
  ['no archive at all', () => Buffer.from('<!doctype html>'.padEnd(2048, ' ')), 'EBADARCHIVE'],
];

describe.skipIf(!isRoot)('a hostile layer', () => {
  it.each(hostile)('%s', async (_, archive, result) => {
    const outcome = await extract(archive());
    yard.checkOutside();
    expect(existsSync('/tmp/berth-escaped')).toBe(false);
    expect([outcome.result, outcome.message]).toEqual([
      result,
      result === 'ok' ? '' : expect.stringMatching(/./),
    ]);
  });
});

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

describe('seccomp', () => {
  const compile = (profile: unknown): ReturnType<typeof runWorker> =>
    runWorker(
      worker,
      ['seccomp', '--out', path.join(yard.dest, 'f.bpf')],
      Buffer.from(JSON.stringify(profile)),
    );
  const architectures = [process.arch === 'arm64' ? 'SCMP_ARCH_AARCH64' : 'SCMP_ARCH_X86_64'];
  const syscalls = [
    { names: ['read', 'write', 'no_such_call'], action: 'SCMP_ACT_ALLOW' },
    {
      names: ['personality'],
      action: 'SCMP_ACT_ALLOW',
      args: [0, 8].map((value) => ({ index: 0, value, op: 'SCMP_CMP_EQ' })),
    },
    { names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 },
  ];

  it('compiles a profile into instructions that the kernel takes', async () => {
    const outcome = await compile({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 1,
      architectures,
      syscalls,
    });
    expect(outcome.lines).toEqual([{ ok: true }]);
    expect(readdirSync(yard.dest)).toEqual(['f.bpf']);
    const filter = readFileSync(path.join(yard.dest, 'f.bpf'));
    expect(filter.length).toBeGreaterThan(0);
    expect(filter.length % 8).toBe(0);
    // Every way through it ends with a return.
    const isReturn = (at: number): boolean => (filter.readUInt16LE(at) & 7) === 6;
    expect(isReturn(filter.length - 8)).toBe(true);
  });

  it.each([
    ['text that is not JSON', 'nonsense'],
    ['an unknown action', { defaultAction: 'SCMP_ACT_HOPE' }],
    ['an action that needs a listener', { defaultAction: 'SCMP_ACT_NOTIFY' }],
    ['an unknown architecture', { defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_Z80'] }],
    [
      'a rule without names',
      { defaultAction: 'SCMP_ACT_ERRNO', architectures, syscalls: [{ action: 'SCMP_ACT_ALLOW' }] },
    ],
  ])('refuses %s and leaves no file', async (_, profile) => {
    expect((await compile(profile)).result).toBe('EINVAL');
    expect(readdirSync(yard.dest)).toEqual([]);
  });
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

describe.skipIf(!isRoot)('mutated archives', () => {
  let sanitized = '';
  beforeAll(() => {
    sanitized = buildWorker('sanitized');
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
    Buffer.concat([
      gnuName('L', 'n'.repeat(300).replace(/n{50}/g, '$&/')),
      gnuName('K', 'k'.repeat(200)),
      tar([{ path: 'x', type: 'symlink', linkname: 'y' }]),
    ]),
  ];

  /** Numbers in [0, below), the same in every run. */
  function randomNumbers(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
  }

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

  it('are taken or refused, and break neither the worker nor what is around it', async () => {
    const random = randomNumbers(20240607);
    const results = new Set<string>();
    for (let round = 0; round < 240; round++) {
      const seed = seeds[round % seeds.length] ?? end;
      let input = mutate(seed, random);
      const packed = random(4);
      if (packed === 0) input = zlib.gzipSync(input);
      // Now and then the compressed bytes are what is broken.
      if (packed === 0 && random(2) === 0) input[random(input.length)] = random(256);
      const job = random(4) === 0 ? 'unpack' : 'extract';
      const outcome = await runWorker(sanitized, [job, '--dest', yard.dest, '--limit', '100000000'], input);
      const described = `round ${round}: ${input.toString('base64').slice(0, 200)}: ${outcome.result} ${outcome.stderr}`;
      expect(outcome.result, described).toMatch(/^(ok|E[A-Z0-9]+)$/);
      expect(outcome.stderr, described).toBe('');
      yard.checkOutside();
      yard.clear();
      results.add(outcome.result);
    }
    // The loop is worth its time only when it gets behind the first check.
    expect([...results].sort()).toEqual(expect.arrayContaining(['EBADARCHIVE', 'ETRUNCATED', 'ok']));
  });
});
