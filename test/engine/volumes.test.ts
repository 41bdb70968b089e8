// Volumes through the API and every docker CLI: made, shown, filled from the image, shared, kept over the engine's death, removed, pruned;
// the local driver's options; binds, images and parts of volumes as mounts; and hostile paths, which stay inside.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cliOn, dockerClis } from '../fixtures/cli.ts';
import { request } from '../fixtures/contract-table.ts';
import { type BerthEngine, removeContainers, startEngine } from '../fixtures/engine.ts';
import { tar } from '../fixtures/tar.ts';

const clis = await dockerClis();
let engine: BerthEngine;
let folder: string;

beforeAll(async () => {
  engine = await startEngine();
  folder = mkdtempSync(path.join(os.tmpdir(), 'bt-vol-'));
  await engine.cli(['pull', '-q', 'busybox']);
});
afterAll(async () => {
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  await removeContainers(engine.docker);
  await engine.docker.pruneVolumes({ filters: { all: ['true'] } });
});

const docker = (...args: string[]) => engine.cli(args);
/** What a command says that must go well. */
async function ok(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await docker(...args);
  if (exitCode !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}
/** What a command is refused with. */
async function refusal(...args: string[]): Promise<string> {
  const { exitCode, stderr } = await docker(...args);
  expect(exitCode).not.toBe(0);
  return stderr;
}
const call = async (method: string, at: string, body?: unknown) => {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const answer = await request(engine.socket, { method, path: at, body: text });
  return {
    status: answer.status,
    json: (answer.text === '' ? undefined : JSON.parse(answer.text)) as unknown,
  };
};
const filtered = (at: string, filters: object): string =>
  `${at}?filters=${encodeURIComponent(JSON.stringify(filters))}`;
const names = async (filters: object = {}): Promise<string[]> =>
  (await engine.docker.listVolumes({ filters: filters as never })).Volumes.map(({ Name }) => Name).sort();
const data = (name: string): string => path.join(engine.folder, 'data/volumes', name, '_data');
/** Runs a program among the mounts of the engine. */
const inEngine = (...argv: string[]) =>
  engine.run(['nsenter', `--mount=/proc/${String(engine.pid)}/ns/mnt`, ...argv]);
/** An image of a script that changes busybox. */
async function imageOf(name: string, script: string, ...changes: string[]): Promise<void> {
  await ok('run', '--name', `make-${name}`, 'busybox', 'sh', '-c', script);
  await ok('commit', ...changes.flatMap((change) => ['-c', change]), `make-${name}`, name);
  await ok('rm', `make-${name}`);
}

describe('/volumes', () => {
  it('answers as Docker does', async () => {
    const made = await call('POST', '/volumes/create', { Name: 'one', Labels: { a: 'b' } });
    expect(made).toMatchObject({
      status: 201,
      json: {
        Name: 'one',
        Driver: 'local',
        Labels: { a: 'b' },
        Options: null,
        Scope: 'local',
        Mountpoint: data('one'),
      },
    });
    expect(lstatSync(data('one')).mode & 0o777).toBe(0o755);
    // The same again, whatever else is said.
    expect((await call('POST', '/volumes/create', { Name: 'one', Labels: { c: 'd' } })).json).toEqual(
      made.json,
    );
    expect((await call('GET', '/volumes/one')).json).toEqual(made.json);
    const anonymous = (await call('POST', '/volumes/create', {})).json as { Name: string; Labels: object };
    expect(anonymous.Name).toMatch(/^[0-9a-f]{64}$/);
    expect(anonymous.Labels).toEqual({ 'com.docker.volume.anonymous': '' });
    expect(await names()).toEqual([anonymous.Name, 'one'].sort());
    expect(await names({ name: ['n'], label: ['a=b'] })).toEqual(['one']);
    expect(await names({ label: ['a=c'] })).toEqual([]);
    expect(await names({ driver: ['nfs'] })).toEqual([]);
  });

  it.each([
    [
      'POST',
      '/volumes/create',
      { Name: 'a' },
      400,
      'create a: volume name is too short, names should be at least two alphanumeric characters',
    ],
    [
      'POST',
      '/volumes/create',
      { Name: '../x' },
      400,
      'create ../x: "../x" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path',
    ],
    ['POST', '/volumes/create', { Name: 'x\ny' }, 400, undefined],
    [
      'POST',
      '/volumes/create',
      { Name: 'two', Driver: 'foo' },
      404,
      'create two: error looking up volume plugin foo: plugin "foo" not found',
    ],
    [
      'POST',
      '/volumes/create',
      { Name: 'two', DriverOpts: { foo: 'x' } },
      400,
      'create two: invalid option: "foo"',
    ],
    [
      'POST',
      '/volumes/create',
      { Name: 'two', DriverOpts: { type: 'tmpfs' } },
      400,
      'create two: missing required option: "device"',
    ],
    [
      'POST',
      '/volumes/create',
      { Name: 'two', DriverOpts: { size: '1m' } },
      400,
      'create two: quota size requested but no quota support',
    ],
    ['POST', '/volumes/create', { Name: 'two', ClusterVolumeSpec: {} }, 503, undefined],
    [
      'PUT',
      '/volumes/two',
      {},
      503,
      'volume update only valid for cluster volumes, but swarm is unavailable',
    ],
    ['GET', '/volumes/none', undefined, 404, 'get none: no such volume'],
    ['DELETE', '/volumes/none', undefined, 404, 'get none: no such volume'],
    ['DELETE', '/volumes/none?force=1', undefined, 204, undefined],
    ['GET', filtered('/volumes', { foo: ['x'] }), undefined, 400, "invalid filter 'foo'"],
    ['GET', filtered('/volumes', { dangling: ['x'] }), undefined, 400, "invalid filter 'dangling=[x]'"],
    ['POST', filtered('/volumes/prune', { until: ['1m'] }), undefined, 400, "invalid filter 'until'"],
    ['GET', '/system/df?type=nonsense', undefined, 400, 'unknown object type: nonsense'],
  ])('%s %s %j: %i', async (method, at, body, status, message) => {
    const answer = await call(method, at, body);
    expect(answer.status).toBe(status);
    if (message !== undefined) expect(answer.json).toEqual({ message });
  });

  it('prunes what nobody refers to: since 1.42 only what nobody named, unless all', async () => {
    for (const name of ['keep', 'used', 'old']) await ok('volume', 'create', name);
    await ok('create', '--name', 'user', '-v', 'used:/x', 'busybox');
    const { Name } = (await call('POST', '/volumes/create', {})).json as { Name: string };
    writeFileSync(path.join(data(Name), 'five'), '12345');
    expect((await call('POST', '/volumes/prune')).json).toEqual({
      VolumesDeleted: [Name],
      SpaceReclaimed: 5,
    });
    const labelled = filtered('/v1.41/volumes/prune', { 'label!': ['x'] });
    await ok('volume', 'create', '--label', 'x', 'spared');
    expect((await call('POST', labelled)).json).toMatchObject({ VolumesDeleted: ['keep', 'old'] });
    expect((await call('POST', filtered('/volumes/prune', { all: ['1'] }))).json).toMatchObject({
      VolumesDeleted: ['spared'],
    });
    expect(await names({ dangling: ['true'] })).toEqual([]);
    expect(await names({ dangling: ['false'] })).toEqual(['used']);
  });

  it('counts what volumes hold and who refers to them', async () => {
    await ok(
      'run',
      '--name',
      'writer',
      '-v',
      'sized:/x',
      'busybox',
      'sh',
      '-c',
      'echo 12345 > /x/f; ln /x/f /x/g',
    );
    const answer = await engine.docker.df();
    expect(answer.Volumes).toMatchObject([{ Name: 'sized', UsageData: { Size: 6, RefCount: 1 } }]);
    expect(answer.Containers).toMatchObject([{ Names: ['/writer'] }]);
    expect(answer.Images).toMatchObject([{ RepoTags: ['busybox:latest'] }]);
    const some = (await call('GET', '/v1.44/system/df?type=volume')).json as {
      Images: null;
      Volumes: unknown[];
    };
    expect(some).toMatchObject({ Images: null, Containers: null });
    expect(some.Volumes).toHaveLength(1);
  });
});

describe.each(clis)('docker CLI $version', (cli) => {
  it('makes, uses, shows and removes volumes', async () => {
    const run = async (...args: string[]) => {
      const outcome = await cliOn(cli, engine, args);
      expect(outcome).toMatchObject({ exitCode: 0 });
      return outcome.stdout.trim();
    };
    expect(await run('volume', 'create', '--label', 'k=v', 'mine')).toBe('mine');
    await run('run', '--rm', '-v', 'mine:/data', 'busybox', 'sh', '-c', 'echo kept > /data/file');
    expect(
      await run('run', '--rm', '--mount', 'source=mine,target=/d,readonly', 'busybox', 'cat', '/d/file'),
    ).toBe('kept');
    expect(await run('volume', 'ls', '-q', '--filter', 'label=k=v')).toBe('mine');
    expect(await run('volume', 'inspect', '-f', '{{.Driver}} {{.Mountpoint}}', 'mine')).toBe(
      `local ${data('mine')}`,
    );
    expect(await run('system', 'df', '-v')).toContain('mine');
    const id = await run('create', '--name', 'holder', '-v', 'mine:/data', 'busybox');
    const used = await cliOn(cli, engine, ['volume', 'rm', 'mine']);
    expect(used.stderr).toContain(`remove mine: volume is in use - [${id}]`);
    await run('rm', 'holder');
    expect(await run('volume', 'rm', 'mine')).toBe('mine');
  });
});

describe('volumes of containers', () => {
  it('are shown as Docker shows them', async () => {
    await ok(
      'create',
      '--name',
      'c1',
      '-v',
      'one:/one',
      '-v',
      '/anon',
      '-v',
      'no:/x:nocopy,ro',
      '--mount',
      'type=volume,src=m1,dst=/m1,readonly',
      '--mount',
      'type=tmpfs,dst=/tt',
      '--tmpfs',
      '/hidden',
      '-v',
      '/tmp:/host:ro',
      'busybox',
    );
    const { Mounts } = await engine.docker.getContainer('c1').inspect();
    const volume = (Name: string, Destination: string, Mode: string, RW: boolean) => ({
      Type: 'volume',
      Name,
      Source: data(Name),
      Destination,
      Driver: 'local',
      Mode,
      RW,
      Propagation: '',
    });
    const anonymous = Mounts.find(({ Destination }) => Destination === '/anon')?.Name ?? '';
    expect(Mounts.sort((a, b) => (a.Destination < b.Destination ? -1 : 1))).toEqual([
      volume(anonymous, '/anon', '', true),
      { Type: 'bind', Source: '/tmp', Destination: '/host', Mode: 'ro', RW: false, Propagation: 'rprivate' },
      volume('m1', '/m1', 'z', false),
      volume('one', '/one', 'z', true),
      { Type: 'tmpfs', Source: '', Destination: '/tt', Mode: '', RW: true, Propagation: '' },
      volume('no', '/x', 'nocopy,ro', false),
    ]);
    expect(await ok('ps', '-aq', '--no-trunc', '--filter', 'volume=one')).toBe(
      await ok('inspect', '-f', '{{.Id}}', 'c1'),
    );
  });

  it('go with their container when nobody named them and it is asked for, or with --rm', async () => {
    await imageOf('declares', 'mkdir /data; echo of the image > /data/file', 'VOLUME /data');
    expect(await ok('run', '--rm', '-v', 'named:/n', 'declares', 'cat', '/data/file')).toBe('of the image');
    expect(await names()).toEqual(['named']);
    await ok('create', '--name', 'kept', 'declares');
    await ok('rm', 'kept');
    expect(await names()).toHaveLength(2);
    await ok('create', '--name', 'gone', '-v', 'named:/n', 'declares');
    await ok('create', '--name', 'shares', '--volumes-from', 'gone', 'declares');
    await ok('rm', '-v', 'gone');
    expect(await names()).toHaveLength(3);
    await ok('rm', '-v', 'shares');
    expect(await names()).toHaveLength(2);
    await ok('rmi', 'declares');
  });

  it('say when they are made, mounted, unmounted and removed', async () => {
    const since = Math.floor(Date.now() / 1000);
    const id = await ok('create', '-v', 'told:/x:ro', 'busybox', 'true');
    await ok('start', '-a', id);
    await ok('rm', id);
    await ok('volume', 'rm', 'told');
    const until = Math.ceil(Date.now() / 1000) + 1;
    const text = await ok(
      'events',
      '--since',
      String(since),
      '--until',
      String(until),
      '--filter',
      'volume=told',
      '--format',
      '{{json .}}',
    );
    const events = text
      .split('\n')
      .map((line) => JSON.parse(line) as { Action: string; Actor: { Attributes: object } });
    expect(events.map(({ Action, Actor }) => [Action, Actor.Attributes])).toEqual([
      ['create', { driver: 'local' }],
      [
        'mount',
        { driver: 'local', container: id, destination: '/x', propagation: '', 'read/write': 'false' },
      ],
      ['unmount', { driver: 'local', container: id }],
      ['destroy', { driver: 'local' }],
    ]);
  });

  it('are filled with what the image has there: owners, modes, links, times; once', async () => {
    await imageOf(
      'full',
      `mkdir -p /full/sub; cd /full; echo x > sub/a; ln sub/a b; chown 7:8 sub/a; chmod 4751 sub/a; ln -s /etc/passwd link
      mkfifo pipe; mknod dev c 1 3; chmod 1770 /full; chown 70:71 /full; touch -d '2020-01-02 03:04:05' sub`,
    );
    const look = `cd /v; stat -c '%n %F %a %u:%g %h %s' . sub sub/a b link pipe dev; stat -c %Y sub; readlink link`;
    const shown = await ok('run', '--rm', '-v', 'filled:/full', '-v', 'filled:/v', 'full', 'sh', '-c', look);
    expect(shown.split('\n')).toEqual([
      '. directory 1770 70:71 3 4096',
      'sub directory 755 0:0 2 4096',
      'sub/a regular file 4751 7:8 2 2',
      'b regular file 4751 7:8 2 2',
      'link symbolic link 777 0:0 1 11',
      'pipe fifo 644 0:0 1 0',
      'dev character special file 644 0:0 1 0',
      '1577934245',
      '/etc/passwd',
    ]);
    await ok('run', '--rm', '-v', 'filled:/full', 'full', 'rm', '/full/b');
    expect(await ok('run', '--rm', '-v', 'filled:/full', 'full', 'ls', '/full')).toBe('dev\nlink\npipe\nsub');
    expect(await ok('run', '--rm', '-v', 'bare:/full:nocopy', 'full', 'ls', '/full')).toBe('');
    expect(await refusal('create', '-v', '/bin/sh', 'busybox')).toContain(
      'cannot mount volume over existing file, file exists /bin/sh',
    );
    expect(await names()).toEqual(['bare', 'filled']);
    await ok('rmi', 'full');
  });

  it('are taken over from others, with no more rights', async () => {
    await ok(
      'create',
      '--name',
      'first',
      '-v',
      'shared:/s',
      '-v',
      '/tmp:/t',
      '--mount',
      'type=volume,src=fixed,dst=/f,readonly',
      'busybox',
    );
    await ok('create', '--name', 'second', '--volumes-from', 'first:ro', '-v', 'own:/t', 'busybox');
    const { Mounts } = await engine.docker.getContainer('second').inspect();
    const found = Mounts.map(({ Name, Destination, RW }) => [Destination, Name, RW]);
    expect(found.sort()).toEqual([
      ['/f', 'fixed', false],
      ['/s', 'shared', false],
      ['/t', 'own', true],
    ]);
    expect(await refusal('create', '--volumes-from', 'nobody', 'busybox')).toContain(
      'No such container: nobody',
    );
    expect(await refusal('create', '--volumes-from', 'first:xx', 'busybox')).toContain('invalid mode: xx');
  });

  it('outlive rm -f and a killed engine, which finds them in use again', async () => {
    await ok(
      'run',
      '-d',
      '--name',
      'db',
      '-v',
      'durable:/d',
      '-v',
      '/anon',
      'busybox',
      'sh',
      '-c',
      'echo data > /d/f; sync; sleep 1000',
    );
    await expect.poll(() => existsSync(path.join(data('durable'), 'f'))).toBe(true);
    const before = await names();
    await engine.kill('SIGKILL');
    mkdirSync(path.join(engine.folder, 'data/volumes/torn/_data'), { recursive: true });
    mkdirSync(path.join(engine.folder, 'data/volumes/foreign/_data/inside'), { recursive: true });
    await engine.restart();
    await engine.renewBaseline();
    expect(await names()).toEqual(before);
    // What a torn creation left is gone; what holds data is nobody's to remove.
    expect(existsSync(path.join(engine.folder, 'data/volumes/torn'))).toBe(false);
    expect(existsSync(path.join(engine.folder, 'data/volumes/foreign/_data/inside'))).toBe(true);
    expect(await refusal('volume', 'rm', 'durable')).toContain('volume is in use - [');
    await ok('rm', '-fv', 'db');
    expect(await names()).toEqual(['durable']);
    expect(await ok('run', '--rm', '-v', 'durable:/d', 'busybox', 'cat', '/d/f')).toBe('data');
  });

  it('can be copied into and out of, whether the container runs or not', async () => {
    await ok(
      'create',
      '--name',
      'cp',
      '-v',
      'files:/files',
      '--mount',
      'type=volume,src=files,dst=/ro,readonly',
      'busybox',
      'cat',
      '/files/x',
    );
    const put = (into: string) =>
      engine.docker.getContainer('cp').putArchive(tar([{ path: 'x', body: 'copied' }]), { path: into });
    await put('/files');
    expect(readFileSync(path.join(data('files'), 'x'), 'utf8')).toBe('copied');
    await expect(put('/ro')).rejects.toMatchObject({
      json: { message: 'mounted volume is marked read-only' },
    });
    expect(await ok('start', '-a', 'cp')).toBe('copied');
    await ok('cp', 'cp:/files/x', path.join(folder, 'out'));
    expect(readFileSync(path.join(folder, 'out'), 'utf8')).toBe('copied');
  });
});

describe("the local driver's options", () => {
  it('mount a file system that all containers share while it is used, also over a killed engine', async () => {
    await ok('volume', 'create', '-o', 'type=tmpfs', '-o', 'device=tmpfs', '-o', 'o=size=1m,uid=3', 'memory');
    await ok(
      'run',
      '-d',
      '--name',
      'holds',
      '-v',
      'memory:/x',
      'busybox',
      'sh',
      '-c',
      'echo in memory > /x/f; sleep 1000',
    );
    await expect.poll(async () => (await docker('exec', 'holds', 'cat', '/x/f')).stdout).toBe('in memory\n');
    const script = 'stat -c %u /x; df -k /x | tail -1 | awk "{print \\$2}"; cat /x/f';
    expect(await ok('run', '--rm', '-v', 'memory:/x', 'busybox', 'sh', '-c', script)).toBe(
      '3\n1024\nin memory',
    );
    // The engine comes back in a mount namespace of its own, as after no reboot: what is used is mounted there again.
    await engine.kill('SIGKILL');
    await engine.restart();
    await engine.renewBaseline();
    expect(await ok('run', '--rm', '-v', 'memory:/x', 'busybox', 'stat', '-c', '%u', '/x')).toBe('3');
    expect((await engine.docker.df()).Volumes).toMatchObject([{ UsageData: { Size: -1, RefCount: 1 } }]);
    await ok('rm', '-f', 'holds');
    expect(await ok('run', '--rm', '-v', 'memory:/x', 'busybox', 'ls', '/x')).toBe('');
    const { stdout } = await engine.run(['grep', '-c', '_data', `/proc/${String(engine.pid)}/mountinfo`]);
    expect(stdout.trim()).toBe('0');
  });

  it("bind a folder of the host; what cannot be mounted is told in Docker's words, and leaves nothing", async () => {
    const device = mkdtempSync(path.join(folder, 'device-'));
    writeFileSync(path.join(device, 'f'), 'of the host');
    await ok('volume', 'create', '-o', 'type=none', '-o', `device=${device}`, '-o', 'o=bind,ro', 'bound');
    expect(
      await ok('run', '--rm', '-v', 'bound:/x', 'busybox', 'sh', '-c', 'cat /x/f; touch /x/y 2>&1 || true'),
    ).toMatch(/of the host.*Read-only/s);
    await ok('volume', 'rm', 'bound');
    expect(readFileSync(path.join(device, 'f'), 'utf8')).toBe('of the host');
    await ok('volume', 'create', '-o', 'type=none', '-o', 'device=/nonexisting', '-o', 'o=bind', 'broken');
    expect(await refusal('run', '--rm', '-v', 'broken:/x', 'busybox')).toContain(
      `error while mounting volume '${data('broken')}': failed to mount local volume: mount /nonexisting:${data('broken')}, flags: 0x1000: no such file or directory`,
    );
    await ok('volume', 'create', '-o', 'type=nfs', '-o', 'device=:/x', '-o', 'o=addr=127.0.0.1,ro', 'nfs');
    expect(await refusal('run', '--rm', '-v', 'nfs:/x', 'busybox')).toContain(
      'flags: 0x1, data: addr=127.0.0.1:',
    );
    expect(await ok('ps', '-aq')).toBe('');
  });
});

describe('--mount', () => {
  it('type=image shows the files of an image, read-only, and keeps it from being removed', async () => {
    await imageOf('tools', 'mkdir /tools; echo tool > /tools/t; rm /etc/group');
    const mount = (options: string) => ({
      Type: 'image',
      Source: 'tools',
      Target: '/img',
      ...(JSON.parse(options) as object),
    });
    const run = async (options: string, script: string) => {
      const made = await call('POST', '/v1.48/containers/create', {
        Image: 'busybox',
        Cmd: ['sh', '-c', script],
        HostConfig: { Mounts: [mount(options)] },
      });
      if (made.status !== 201) throw new Error(JSON.stringify(made.json));
      return (made.json as { Id: string }).Id;
    };
    const id = await run('{}', 'cat /img/tools/t; ls /img/etc/group; touch /img/x');
    const { stdout, stderr } = await docker('start', '-a', id);
    expect(stdout).toBe('tool\n');
    expect(stderr).toMatch(/group: No such file.*Read-only file system/s);
    expect(await refusal('rmi', 'tools')).toMatch(/container .* is using/);
    // `docker cp` out of it, of a container that ended and of one that runs; nothing goes in.
    expect(await ok('cp', `${id}:/img/tools/t`, '-')).toContain('tool\n');
    const running = await run('{"ImageOptions":{"Subpath":"tools"}}', 'sleep 1000');
    await ok('start', running);
    expect(await ok('cp', `${running}:/img/t`, '-')).toContain('tool\n');
    expect(await refusal('cp', process.execPath, `${running}:/img/t2`)).toMatch(/read-only/);
    expect(await ok('start', '-a', await run('{"ImageOptions":{"Subpath":"tools"}}', 'cat /img/t'))).toBe(
      'tool',
    );
    expect(await refusal('start', await run('{"ImageOptions":{"Subpath":"none"}}', 'true'))).toContain(
      'no such file or directory',
    );
    const missing = await call('POST', '/v1.48/containers/create', {
      Image: 'busybox',
      HostConfig: { Mounts: [{ Type: 'image', Source: 'nowhere', Target: '/i' }] },
    });
    expect(missing).toMatchObject({ status: 404, json: { message: 'No such image: nowhere:latest' } });
    for (const { Id } of await engine.docker.listContainers({ all: true })) await ok('rm', '-f', Id);
    await ok('rmi', 'tools');
  });

  it('type=image shows an empty folder where an image has no layers', async () => {
    const context = mkdtempSync(path.join(folder, 'nothing-'));
    writeFileSync(path.join(context, 'Dockerfile'), 'FROM scratch\nLABEL a=b\n');
    const built = await engine.cli(['build', '-t', 'nothing', context], { env: { DOCKER_BUILDKIT: '0' } });
    expect(built.exitCode, built.stderr).toBe(0);
    const mount = '{"Type":"image","Source":"nothing","Target":"/img"}';
    const made = await call('POST', '/v1.48/containers/create', {
      Image: 'busybox',
      Cmd: ['sh', '-c', 'ls -A /img; touch /img/x; touch /mine'],
      HostConfig: { Mounts: [JSON.parse(mount)] },
    });
    const ended = await docker('start', '-a', (made.json as { Id: string }).Id);
    expect(ended).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: 'touch: /img/x: Read-only file system\n',
    });
    await removeContainers(engine.docker);
    await ok('rmi', 'nothing');
  });

  it('read-only is for all that is mounted below, unless it is said to be for the mount alone', async () => {
    const source = mkdtempSync(path.join(folder, 'ro-'));
    mkdirSync(path.join(source, 'below'));
    await inEngine('mount', '-t', 'tmpfs', 'tmpfs', path.join(source, 'below'));
    const tries = async (BindOptions: object | undefined): Promise<string> => {
      const made = await call('POST', '/containers/create', {
        Image: 'busybox',
        Cmd: ['sh', '-c', 'touch /b/below/x && echo written'],
        HostConfig: { Mounts: [{ Type: 'bind', Source: source, Target: '/b', ReadOnly: true, BindOptions }] },
      });
      return (await docker('start', '-a', (made.json as { Id: string }).Id)).stdout;
    };
    expect(await tries(undefined)).toBe('');
    expect(await tries({ ReadOnlyForceRecursive: true })).toBe('');
    expect(await tries({ ReadOnlyNonRecursive: true })).toBe('written\n');
    await inEngine('umount', path.join(source, 'below'));
  });

  it('a missing source is made for --volume, refused for --mount', async () => {
    const missing = path.join(folder, 'missing');
    expect(await refusal('create', '--mount', `type=bind,src=${missing},dst=/x`, 'busybox')).toContain(
      `invalid mount config for type "bind": bind source path does not exist: ${missing}`,
    );
    await ok('run', '--rm', '-v', `${missing}:/x`, 'busybox', 'true');
    expect(lstatSync(missing).isDirectory()).toBe(true);
  });

  it('mounts go both ways or one way by their propagation', async () => {
    const source = mkdtempSync(path.join(folder, 'spread-'));
    mkdirSync(path.join(source, 'in'));
    const mount = (propagation: string) => [
      '--mount',
      `type=bind,src=${source},dst=/s,bind-propagation=${propagation}`,
    ];
    expect(await refusal('run', '--rm', ...mount('rshared'), 'busybox')).toContain(
      'but it is not a shared mount',
    );
    await inEngine('mount', '-t', 'tmpfs', 'tmpfs', source);
    await inEngine('mount', '--make-shared', source);
    await inEngine('mkdir', path.join(source, 'in'));
    await ok('run', '-d', '--name', 'slave', ...mount('rslave'), 'busybox', 'sleep', '1000');
    await ok(
      'run',
      '--rm',
      '--privileged',
      ...mount('rshared'),
      'busybox',
      'sh',
      '-c',
      'mount -t tmpfs t /s/in; touch /s/in/made',
    );
    expect((await inEngine('ls', path.join(source, 'in'))).stdout).toBe('made\n');
    expect(await ok('exec', 'slave', 'ls', '/s/in')).toBe('made');
    await ok('rm', '-f', 'slave');
    await inEngine('umount', path.join(source, 'in'));
    await inEngine('umount', source);
  });
});

describe('hostile', () => {
  it('parts of volumes lead nowhere else', async () => {
    mkdirSync(path.join(folder, 'secret'), { recursive: true });
    await ok('volume', 'create', 'parts');
    mkdirSync(path.join(data('parts'), 'good/deep'), { recursive: true });
    writeFileSync(path.join(data('parts'), 'good/deep/f'), 'part');
    symlinkSync('good', path.join(data('parts'), 'inside'));
    symlinkSync(path.join(folder, 'secret'), path.join(data('parts'), 'absolute'));
    symlinkSync('../../../..', path.join(data('parts'), 'above'));
    const part = async (Subpath: string) => {
      const made = await call('POST', '/containers/create', {
        Image: 'busybox',
        Cmd: ['cat', '/p/f'],
        HostConfig: {
          Mounts: [{ Type: 'volume', Source: 'parts', Target: '/p', VolumeOptions: { Subpath } }],
        },
      });
      return docker('start', '-a', (made.json as { Id: string }).Id);
    };
    expect((await part('inside/deep')).stdout).toBe('part');
    expect((await part('none')).stderr).toContain(
      `cannot access path ${data('parts')}/none: no such file or directory`,
    );
    for (const out of ['absolute', 'above', 'above/etc']) {
      expect((await part(out)).stderr).toContain('path concatenation escapes the base directory');
    }
    // Nor for docker cp, which shows nothing there.
    const [{ Id = '' } = {}] = await engine.docker.listContainers({ all: true });
    await expect(engine.docker.getContainer(Id).getArchive({ path: '/p/etc' })).rejects.toMatchObject({
      statusCode: 404,
    });
  });

  it('a link that another container swaps under a mount target stays in the container (CVE-2021-30465)', async () => {
    const target = path.join(folder, 'target');
    mkdirSync(target);
    const swap = `cd /v; mkdir -p real; while true; do mv -T real x 2>/dev/null; mv -T x real 2>/dev/null; ln -s ${target} l; mv -T l x 2>/dev/null; rm -rf x; done`;
    await ok('run', '-d', '--name', 'swaps', '-v', 'race:/v', 'busybox', 'sh', '-c', swap);
    for (let turn = 0; turn < 12; turn++) {
      await docker(
        'run',
        '--rm',
        '-v',
        'race:/v',
        '-v',
        'inner:/v/x/inner',
        '--tmpfs',
        '/v/x/t',
        'busybox',
        'true',
      );
    }
    expect((await engine.run(['ls', '-A', target])).stdout).toBe('');
    await ok('rm', '-f', 'swaps');
  });

  it('what an image declares is copied from the image alone (CVE-2022-23648)', async () => {
    const plant = path.join(folder, 'plant');
    mkdirSync(plant);
    writeFileSync(path.join(plant, 'seed'), 'of the host');
    await imageOf(
      'liar',
      `ln -s ${folder} /link; ln -s /proc/1/root /out`,
      `VOLUME ["/../../..${plant}", "/link/plant", "/out${plant}"]`,
    );
    await ok('create', '--name', 'lied', 'liar');
    const { Mounts } = await engine.docker.getContainer('lied').inspect();
    expect(Mounts.map(({ Destination }) => Destination).sort()).toEqual(
      [plant, '/link/plant', `/out${plant}`].sort(),
    );
    for (const { Name = '' } of Mounts) expect(readdirSync(data(Name))).toEqual([]);
    // Where its own /proc leads is no place to mount on.
    expect(await refusal('start', 'lied')).toContain('Too many levels of symbolic links');
    await ok('rm', '-v', 'lied');
    await ok('rmi', 'liar');
  });

  it('copies through links in a volume end in the container', async () => {
    const outside = path.join(folder, 'outside');
    mkdirSync(outside);
    await ok('create', '--name', 'links', '-v', 'linked:/v', 'busybox');
    symlinkSync(outside, path.join(data('linked'), 'out'));
    const container = engine.docker.getContainer('links');
    await expect(
      container.putArchive(tar([{ path: 'x', body: '!' }]), { path: '/v/out' }),
    ).rejects.toMatchObject({ statusCode: 404 });
    await expect(container.putArchive(tar([{ path: 'out/x', body: '!' }]), { path: '/v' })).rejects.toThrow();
    expect((await engine.run(['ls', '-A', outside])).stdout).toBe('');
  });
});

describe('files of volumes, for the window', () => {
  const raw = (method: string, at: string, body?: string) =>
    request(engine.socket, { method, path: at, body });
  const at = (what: string, file: string): string =>
    `/berth/volumes/box/${what}?path=${encodeURIComponent(file)}`;

  it('are announced, listed, read, written, packed, unpacked and cloned', async () => {
    expect((await call('GET', '/berth/features')).json).toMatchObject({
      Features: expect.arrayContaining(['volumes']) as unknown,
    });
    await ok(
      'run',
      '--rm',
      '-v',
      'box:/b',
      'busybox',
      'sh',
      '-c',
      'mkdir /b/d; echo text > /b/d/f; chown 5:6 /b/d/f; chmod 640 /b/d/f; ln -s d /b/l; truncate -s 1M /b/d/hole; touch "/b/$(printf "a\\nb")"',
    );
    expect((await call('GET', at('folder', '/'))).json).toMatchObject({
      Path: '/',
      Total: 3,
      Entries: [
        { Name: 'a\nb', Type: 'file' },
        { Name: 'd', Type: 'folder' },
        { Name: 'l', Type: 'link', LinkTarget: 'd' },
      ],
    });
    expect((await call('GET', at('folder', '/l'))).json).toMatchObject({
      Entries: [
        { Name: 'f', Size: 5, Uid: 5, Gid: 6, Mode: 0o640 },
        { Name: 'hole', Size: 1024 * 1024 },
      ],
    });
    expect((await raw('GET', at('file', '/l/f'))).text).toBe('text\n');
    expect((await raw('PUT', at('file', '/d/f'), 'new\n')).status).toBe(204);
    expect(
      await ok(
        'run',
        '--rm',
        '-v',
        'box:/b',
        'busybox',
        'sh',
        '-c',
        'cat /b/d/f; stat -c %a:%u:%g /b/d/f; ls -A /b/d | head -1',
      ),
    ).toBe('new\n640:5:6\nf');
    expect(await call('GET', at('file', '/d'))).toMatchObject({
      status: 400,
      json: { message: '/d is no regular file' },
    });
    expect((await call('GET', at('file', '/none'))).status).toBe(404);
    expect((await call('PUT', at('file', '/none/x'), {})).status).toBe(404);
    const clone = await call('POST', '/berth/volumes/box/clone', { Name: 'copy' });
    expect(clone).toMatchObject({ status: 201, json: { Name: 'copy', Options: null } });
    expect(
      await ok(
        'run',
        '--rm',
        '-v',
        'copy:/b',
        'busybox',
        'sh',
        '-c',
        'cat /b/l/f; stat -c %a:%u:%g /b/d/f; stat -c "%s %b" /b/d/hole',
      ),
    ).toBe('new\n640:5:6\n1048576 0');
    expect(await call('POST', '/berth/volumes/box/clone', { Name: 'copy' })).toMatchObject({ status: 409 });
    expect(await call('POST', '/berth/volumes/none/clone', { Name: 'x1' })).toMatchObject({ status: 404 });
    const archive = path.join(folder, 'box.tar');
    await engine.run([
      'sh',
      '-c',
      `curl -sf --unix-socket ${engine.socket} 'http://x${at('archive', '/')}' -o ${archive}`,
    ]);
    await ok('volume', 'create', 'other');
    await engine.run([
      'sh',
      '-c',
      `curl -sf --unix-socket ${engine.socket} -T ${archive} http://x/berth/volumes/other/archive`,
    ]);
    expect(await ok('run', '--rm', '-v', 'other:/b', 'busybox', 'cat', '/b/l/f')).toBe('new');
  });

  it('are renamed and removed, whatever links say', async () => {
    await ok(
      ...['run', '--rm', '-v', 'box:/b', 'busybox', 'sh', '-c'],
      'mkdir -p /b/d/deep /b/kept; touch /b/d/f /b/d/deep/g /b/kept/k; ln -s /b/kept /b/d/abs; ln -s ../../../../etc /b/out; ln -s kept /b/in',
    );
    const rename = (file: string, Name: string) => call('POST', at('rename', file), { Name });
    const remove = (file: string) => raw('DELETE', at('file', file));
    expect((await rename('/d/f', 'new name')).status).toBe(204);
    // A link on the way is followed inside the volume, the last one is meant itself.
    expect((await rename('/in/k', 'k2')).status).toBe(204);
    expect((await rename('/in', 'in2')).status).toBe(204);
    expect(await rename('/d/new name', 'deep')).toMatchObject({
      status: 409,
      json: { message: 'deep is there already' },
    });
    for (const name of ['', '.', '..', 'a/b', 'x'.repeat(256)]) {
      expect((await rename('/d', name)).status).toBe(400);
    }
    expect((await rename('/', 'x')).status).toBe(400);
    expect((await rename('/none', 'x')).status).toBe(404);
    expect((await rename('/out/hostname', 'x')).status).toBe(404);
    for (const file of ['/', '/d/..', '/d/.']) expect((await remove(file)).status).toBe(400);
    expect((await remove('/out/hostname')).status).toBe(404);
    expect((await remove('/none')).status).toBe(404);
    expect((await remove('/d')).status).toBe(204);
    expect((await remove('/out')).status).toBe(204);
    expect(await ok('run', '--rm', '-v', 'box:/b', 'busybox', 'sh', '-c', 'cd /b && find | sort')).toBe(
      '.\n./in2\n./kept\n./kept/k2',
    );
  });

  it('end at the volume, whatever lies in it or comes', async () => {
    await ok('volume', 'create', 'box');
    const outside = mkdtempSync(path.join(folder, 'beyond-'));
    writeFileSync(path.join(outside, 'f'), 'beyond');
    symlinkSync(outside, path.join(data('box'), 'out'));
    symlinkSync(path.join(outside, 'f'), path.join(data('box'), 'f'));
    for (const file of ['/out/f', '/f', '/../../../../etc/passwd']) {
      expect((await raw('GET', at('file', file))).status).toBe(404);
    }
    expect((await raw('GET', at('folder', '/out'))).status).toBe(404);
    expect((await raw('GET', at('folder', 'out'))).status).toBe(400);
    expect((await raw('PUT', at('file', '/f'), 'x')).status).not.toBe(204);
    const evil = tar([{ path: '../../x', body: '!' }]);
    const file = path.join(folder, 'evil.tar');
    writeFileSync(file, evil);
    const { stdout } = await engine.run([
      'sh',
      '-c',
      `curl -s -o /dev/null -w '%{http_code}' --unix-socket ${engine.socket} -T ${file} http://x/berth/volumes/box/archive`,
    ]);
    expect(stdout).toBe('400');
    expect(readFileSync(path.join(outside, 'f'), 'utf8')).toBe('beyond');
  });
});
