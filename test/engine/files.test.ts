// Containers' files through the API and every docker CLI: copied in and out, compared, exported, committed; hostile paths and archives
// stay inside; nothing is left behind by a client that goes.
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliOn, dockerClis } from '../fixtures/cli.ts';
import { run } from '../fixtures/command.ts';
import { request } from '../fixtures/contract-table.ts';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';
import { header, padded, tar, type TarEntry } from '../fixtures/tar.ts';

const clis = await dockerClis();
let engine: BerthEngine;
let folder: string;

beforeAll(async () => {
  engine = await startEngine();
  folder = mkdtempSync(path.join(os.tmpdir(), 'bt-files-'));
  await engine.cli(['pull', '-q', 'busybox']);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await engine.stop();
});

/** A running container; `script` prepares it. */
async function running(name: string, script = 'true', ...options: string[]): Promise<void> {
  const command = `${script}; touch /tmp/ready; exec sleep 1000`;
  const { stderr } = await engine.cli([
    'run',
    '-d',
    '--name',
    name,
    ...options,
    'busybox',
    'sh',
    '-c',
    command,
  ]);
  expect(stderr).toBe('');
  await expect.poll(async () => (await engine.cli(['exec', name, 'ls', '/tmp/ready'])).exitCode).toBe(0);
}

/** The names in an archive, in its order. */
async function names(archive: NodeJS.ReadableStream): Promise<string[]> {
  const bytes = Buffer.concat((await (archive as Readable).toArray()) as Buffer[]);
  const file = path.join(folder, `${randomBytes(4).toString('hex')}.tar`);
  writeFileSync(file, bytes);
  return (await run(['tar', 'tf', file])).stdout.split('\n').filter((line) => line !== '');
}

const put = (name: string, into: string, entries: readonly TarEntry[], query: object = {}) =>
  engine.docker.getContainer(name).putArchive(tar(entries), { path: into, ...query });
const inside = async (name: string, script: string): Promise<string> =>
  (await engine.cli(['exec', name, 'sh', '-c', script])).stdout;

describe('docker cp', () => {
  it.each(clis)('both ways, with a container that runs, by docker CLI $version', async (cli) => {
    const docker = (...args: string[]) => cliOn(cli, engine, args);
    const here = mkdtempSync(path.join(folder, 'cli-'));
    mkdirSync(path.join(here, 'tree/sub'), { recursive: true });
    writeFileSync(path.join(here, 'tree/sub/file'), 'content\n');
    await running('both', 'mkdir -p /from/sub; echo out > /from/sub/file; ln -s /from /link');
    for (const args of [
      [`${here}/tree`, 'both:/whole'],
      [`${here}/tree/.`, 'both:/tmp'],
      [`${here}/tree/sub/file`, 'both:/link/named'],
      ['both:/from', `${here}/back`],
      ['-L', 'both:/link', `${here}/followed`],
    ])
      expect(await docker('cp', ...args)).toMatchObject({ exitCode: 0 });
    expect(await inside('both', 'cat /whole/sub/file /tmp/sub/file /from/named')).toBe(
      'content\ncontent\ncontent\n',
    );
    expect(readFileSync(path.join(here, 'back/sub/file'), 'utf8')).toBe('out\n');
    expect(readFileSync(path.join(here, 'followed/sub/file'), 'utf8')).toBe('out\n');
    const missing = await docker('cp', 'both:/no/such', here);
    expect(missing.exitCode).toBe(1);
    expect(missing.stderr).toMatch(
      /No such container:path: both:\/no\/such|Could not find the file \/no\/such/,
    );
    const archive = path.join(here, 'archive.tar');
    await run(['sh', '-c', `${cli.program} -H unix://${engine.socket} cp both:/from - > ${archive}`]);
    expect((await run(['tar', 'xOf', archive, 'from/sub/file'])).stdout).toBe('out\n');
    await docker('rm', '-f', 'both');
  });

  it('goes through binds, also before the first start, and not where they are read-only', async () => {
    const bound = path.join(folder, 'bound');
    mkdirSync(bound);
    const binds = ['-v', `${bound}:/bound`, '-v', `${bound}:/fixed:ro`];
    await engine.cli(['create', '--name', 'never', '--read-only', ...binds, 'busybox', 'cat', '/bound/x']);
    await put('never', '/bound', [{ path: 'x', body: 'from the bind' }]);
    expect(readFileSync(path.join(bound, 'x'), 'utf8')).toBe('from the bind');
    const refusal = (message: string) => ({ statusCode: 400, json: { message } });
    await expect(put('never', '/fixed', [{ path: 'y' }])).rejects.toMatchObject(
      refusal('mounted volume is marked read-only'),
    );
    await expect(put('never', '/tmp', [{ path: 'y' }])).rejects.toMatchObject(
      refusal('container rootfs is marked read-only'),
    );
    expect((await engine.cli(['diff', 'never'])).stdout).toBe('');
    expect((await engine.cli(['start', '-a', 'never'])).stdout).toBe('from the bind');
    await engine.cli(['rm', 'never']);
  });

  it('gives files to the user of the container when it is asked to, and keeps kinds', async () => {
    await running('user', 'mkdir /tmp/dir', '-u', 'nobody');
    await put('user', '/tmp', [{ path: 'a', uid: 7, gid: 8 }]);
    await put('user', '/tmp', [{ path: 'b', uid: 7, gid: 8 }], { copyUIDGID: true });
    expect(await inside('user', 'stat -c %u:%g /tmp/a /tmp/b')).toBe('7:8\n65534:65534\n');
    const strict = { noOverwriteDirNonDir: true };
    await expect(put('user', '/tmp', [{ path: 'dir' }], strict)).rejects.toMatchObject({
      json: { message: 'cannot overwrite directory "/tmp/dir" with non-directory "/tmp"' },
    });
    await expect(put('user', '/tmp', [{ path: 'a', type: 'directory' }], strict)).rejects.toMatchObject({
      json: { message: 'cannot overwrite non-directory "/tmp/a" with directory "/tmp"' },
    });
    await put('user', '/tmp', [{ path: 'dir', body: 'a file now' }]);
    expect(await inside('user', 'cat /tmp/dir')).toBe('a file now');
    await engine.cli(['rm', '-f', 'user']);
  });

  it('does not open what would block or bite', async () => {
    await running('odd', 'mkdir /odd; mkfifo /odd/pipe; mknod /odd/zero c 1 5; ln /odd/pipe /odd/again');
    const archive = await engine.docker.getContainer('odd').getArchive({ path: '/odd' });
    expect(await names(archive)).toEqual(['odd/', 'odd/again', 'odd/pipe', 'odd/zero']);
    await engine.cli(['rm', '-f', 'odd']);
  });
});

describe('what a container changed', () => {
  const script =
    'rm -r /etc/group /home; mkdir /home /new; echo x > /new/file; chmod 700 /srv; cat /etc/passwd > /etc/other';

  it('is told, without what was only mounted on', async () => {
    await running('changed', script, '-v', `${folder}:/mounted`, '--tmpfs', '/scratch');
    const told = (await engine.cli(['diff', 'changed'])).stdout.split('\n').filter(Boolean);
    expect(told).toEqual([
      'C /etc',
      'D /etc/group',
      'A /etc/other',
      'A /new',
      'A /new/file',
      'C /srv',
      'C /tmp',
      'A /tmp/ready',
    ]);
    await engine.cli(['kill', 'changed']);
    const again = (await engine.cli(['diff', 'changed'])).stdout.split('\n').filter(Boolean);
    expect(again).toEqual(told);
    await engine.cli(['rm', 'changed']);
    const none = await request(engine.socket, { method: 'GET', path: '/containers/changed/changes' });
    expect(none.status).toBe(404);
  });

  it('becomes a layer of a new image, which runs, over a kill of the engine too', async () => {
    await running('base', `${script}; mknod /dev-null c 1 3`);
    await put('base', '/', [{ path: 'f', body: 'a\n', uid: 5, gid: 6, mtime: '1700000000.5' }]);
    await inside('base', 'ln /f /g');
    const since = String(Date.now() / 1000);
    const { stdout } = await engine.cli([
      ...['commit', '-a', 'me', '-m', 'words', '-c', 'ENV A=b B="$A c"', '-c', 'ENTRYPOINT ["sh", "-c"]'],
      ...['-c', 'CMD ["cat /f; echo $A$B"]', 'base', 'made:1'],
    ]);
    expect(stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    await engine.kill('SIGKILL');
    await engine.restart();
    expect((await engine.cli(['run', '--rm', 'made:1'])).stdout).toBe('a\nb c\n');
    const look =
      'ls -d /etc/group /home /new; ls -A /home; stat -c "%h %u:%g %y" /g; stat -c "%F %t %T" /dev-null';
    expect((await engine.cli(['run', '--rm', 'made:1', look])).stdout).toBe(
      '/home\n/new\n2 5:6 2023-11-14 22:13:20.500000000 +0000\ncharacter special file 1 3\n',
    );
    const image = await engine.docker.getImage('made:1').inspect();
    expect(image).toMatchObject({ Author: 'me', Comment: 'words', Id: stdout.trim() });
    expect(image.Parent).toBe((await engine.docker.getImage('busybox').inspect()).Id);
    const history = await engine.docker.getImage('made:1').history();
    expect(history[0]).toMatchObject({ Id: image.Id, Comment: 'words', Tags: ['made:1'] });
    // The same changes are the same layer: stored once.
    await engine.cli(['commit', 'base', 'made:2']);
    const second = await engine.docker.getImage('made:2').inspect();
    expect(second.RootFS.Layers).toEqual(image.RootFS.Layers);
    expect(second.GraphDriver.Data).toEqual(image.GraphDriver.Data);
    const events = [
      'events',
      '--since',
      since,
      '--until',
      String(Date.now() / 1000),
      '--format',
      '{{.Action}}',
    ];
    expect((await engine.cli([...events, '--filter', 'container=base'])).stdout).toContain(
      'pause\nunpause\ncommit\n',
    );
    await engine.cli(['rm', '-f', 'base']);
    await engine.cli(['rmi', 'made:1', 'made:2']);
  });

  it('may be nothing: then the image has no layer of its own', async () => {
    await engine.cli(['create', '--name', 'empty', 'busybox']);
    await engine.cli(['commit', 'empty', 'nothing']);
    const [step] = await engine.docker.getImage('nothing').history();
    expect(step).toMatchObject({ Size: 0 });
    const parent = await engine.docker.getImage('busybox').inspect();
    expect((await engine.docker.getImage('nothing').inspect()).RootFS).toEqual(parent.RootFS);
    const refused = await engine.cli(['rmi', parent.Id]);
    expect(refused.stderr).toContain('(cannot be forced) - image has dependent child images');
    await engine.cli(['rm', 'empty']);
    await engine.cli(['rmi', 'nothing']);
  });

  it('is counted', async () => {
    await running('counted', 'head -c 100000 /dev/zero > /big; ln /big /again');
    const answer = await request(engine.socket, { method: 'GET', path: '/containers/counted/json?size=1' });
    const { SizeRw, SizeRootFs } = JSON.parse(answer.text) as { SizeRw: number; SizeRootFs: number };
    expect(SizeRw).toBe(100_000);
    expect(SizeRootFs).toBe(100_000 + (await engine.docker.getImage('busybox').inspect()).Size);
    expect((await engine.cli(['ps', '-s', '--format', '{{.Size}}'])).stdout).toMatch(/^100kB \(virtual/);
    await engine.cli(['rm', '-f', 'counted']);
  });
});

describe('hostile files', () => {
  const canary = (): string => path.join(folder, 'canary');

  it('never lead out of the container by a link that is swapped meanwhile (CVE-2018-15664)', async () => {
    writeFileSync(canary(), 'of the host');
    const host = path.dirname(canary());
    // /swap is by turns a directory that has the host's path below it, and a link to the root.
    const swap = `mkdir -p /real${host}; echo own > /real${host}/canary; (while :; do rm -f /swap; ln -s / /swap; rm -f /swap; ln -s /real /swap; done) & true`;
    await running('swapper', swap);
    const container = engine.docker.getContainer('swapper');
    const found = new Set<string>();
    for (let round = 0; round < 40; round++) {
      try {
        const archive = await container.getArchive({ path: `/swap${host}/canary` });
        found.add(
          Buffer.concat((await (archive as Readable).toArray()) as Buffer[]).toString('latin1', 512, 524),
        );
      } catch (error) {
        expect(error).toMatchObject({ statusCode: 404 });
      }
      await put('swapper', `/swap${host}`, [{ path: 'canary', body: 'changed' }]).catch(() => undefined);
    }
    expect(found.size).toBeGreaterThan(0);
    for (const text of found) expect(text).not.toContain('of the host');
    expect(readFileSync(canary(), 'utf8')).toBe('of the host');
    await engine.cli(['rm', '-f', 'swapper']);
  });

  it('are not loaded as libraries or asked for names (CVE-2019-14271)', async () => {
    const source = path.join(folder, 'evil.c');
    const library = path.join(folder, 'evil.so');
    writeFileSync(
      source,
      '#include <fcntl.h>\n__attribute__((constructor)) static void load(void) { open("/loaded", O_CREAT | O_WRONLY, 0666); }\n',
    );
    await run(['gcc', '-shared', '-fPIC', '-o', library, source]);
    const body = readFileSync(library);
    await running('libraries', 'mkdir /lib/x86_64-linux-gnu /lib/aarch64-linux-gnu', '-u', 'root');
    const folders = ['lib', 'lib64', 'usr/lib', 'lib/x86_64-linux-gnu', 'lib/aarch64-linux-gnu'];
    const names_ = [
      'libnss_files.so.2',
      'libnss_compat.so.2',
      'libnss_dns.so.2',
      'libcrypto.so.3',
      'libgcc_s.so.1',
    ];
    const entries = folders.flatMap((where) =>
      names_.map((name) => ({ path: `${where}/${name}`, body, mode: 0o755 })),
    );
    await put('libraries', '/', [
      ...entries,
      { path: 'etc/nsswitch.conf', body: 'passwd: files\ngroup: files\n' },
      { path: 'etc/ld.so.preload', body: '/lib/libnss_files.so.2\n' },
    ]);
    await put('libraries', '/tmp', [{ path: 'in', body: 'in' }], { copyUIDGID: true });
    const archive = await engine.docker.getContainer('libraries').getArchive({ path: '/tmp' });
    expect(await names(archive)).toContain('tmp/in');
    await engine.cli(['diff', 'libraries']);
    const loaded = await request(engine.socket, {
      method: 'HEAD',
      path: '/containers/libraries/archive?path=/loaded',
    });
    expect(loaded.status).toBe(404);
    expect(existsSync('/loaded')).toBe(false);
    await engine.cli(['rm', '-f', 'libraries']);
  });

  const outside: readonly (readonly [what: string, entries: readonly TarEntry[]])[] = [
    ['a path with ..', [{ path: '../../../../x', body: 'out' }]],
    ['an absolute path', [{ path: '/etc/x', body: 'inside' }]],
    [
      'a link and a file through it',
      [
        { path: 'l', type: 'symlink', linkname: '/' },
        { path: 'l/x', body: 'root' },
      ],
    ],
    [
      'a link upwards and a file through it',
      [
        { path: 'u', type: 'symlink', linkname: '../../../../..' },
        { path: 'u/y', body: 'up' },
      ],
    ],
    ['a hard link outwards', [{ path: 'h', type: 'link', linkname: '../../../../etc/shadow' }]],
    ['marks of overlayfs', [{ path: 'm', xattrs: new Map([['trusted.overlay.opaque', Buffer.from('y')]]) }]],
    ['a whiteout device', [{ path: 'w', type: 'char', device: [0, 0] }]],
    ['a very long name', [{ path: `${'a/'.repeat(3000)}x`, body: 'x' }]],
  ];
  it.each(outside)('stay inside or are refused: %s', async (_, entries) => {
    await running('target', 'mkdir /tmp/sub');
    const before = (await run(['find', folder, '-newer', folder])).stdout;
    await put('target', '/tmp/sub', entries).catch((error: unknown) => {
      expect(error).toMatchObject({
        statusCode: expect.toSatisfy((status) => [400, 500].includes(Number(status))) as number,
      });
    });
    expect((await run(['find', folder, '-newer', folder])).stdout).toBe(before);
    for (const host of ['/x', '/y', '/etc/x']) expect(existsSync(host)).toBe(false);
    expect(await inside('target', 'cat /etc/passwd')).toContain('root:');
    await engine.cli(['rm', '-f', 'target']);
  });

  it('are refused when they are no archive, or end early', async () => {
    await running('broken');
    const send = (body: Buffer) => engine.docker.getContainer('broken').putArchive(body, { path: '/tmp' });
    await expect(send(Buffer.alloc(2000, 'x'))).rejects.toMatchObject({ statusCode: 400 });
    const cut = Buffer.concat([header({ name: 'a', typeFlag: '0', size: 5000 }), padded(Buffer.alloc(600))]);
    await expect(send(cut)).rejects.toMatchObject({ statusCode: 400 });
    await engine.cli(['rm', '-f', 'broken']);
  });
});

describe('a client that goes', () => {
  /** Asks for an archive, reads a little and leaves. */
  const glance = (target: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const sent = http.get({ socketPath: engine.socket, path: target, agent: false }, (response) => {
        response.once('data', () => {
          response.pause();
          setTimeout(() => {
            response.destroy();
            resolve();
          }, 300);
        });
      });
      sent.on('error', reject);
    });

  it('leaves no worker behind, whether it read or wrote', async () => {
    await running('large', 'head -c 30000000 /dev/zero > /zeros');
    await engine.renewBaseline();
    await glance('/containers/large/archive?path=/zeros');
    await glance('/containers/large/export');
    await new Promise<void>((resolve) => {
      const target = '/containers/large/archive?path=/tmp';
      const sent = http.request({ socketPath: engine.socket, method: 'PUT', path: target, agent: false });
      sent.on('error', () => undefined);
      sent.write(header({ name: 'a', typeFlag: '0', size: 1_000_000 }));
      setTimeout(() => {
        sent.destroy();
        resolve();
      }, 300);
    });
    await engine.leakCheck();
    // The lock that the writer held is free again.
    expect((await engine.cli(['pause', 'large'])).exitCode).toBe(0);
    await engine.cli(['rm', '-f', 'large']);
    await engine.renewBaseline();
  });
});
