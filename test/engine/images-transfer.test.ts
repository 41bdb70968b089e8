// Images out and in: saved, loaded, pushed, imported, pruned; through the real docker CLIs and a real registry. What comes out
// again has the bytes that went in.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliOn, dockerClis } from '../fixtures/cli.ts';
import { run } from '../fixtures/command.ts';
import { request } from '../fixtures/contract-table.ts';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';
import { testImage } from '../fixtures/images.ts';
import { startRegistry, type Registry } from '../fixtures/registry.ts';

const clis = await dockerClis();
const credentials = { username: 'berth', password: 'to the sea' };
let engine: BerthEngine;
let registry: Registry;
let secured: Registry;
let folder: string;

beforeAll(async () => {
  engine = await startEngine();
  registry = await startRegistry({ enter: engine.machine.enter, content: 'nothing', writable: true });
  secured = await startRegistry({
    enter: engine.machine.enter,
    content: 'nothing',
    writable: true,
    credentials,
  });
  folder = mkdtempSync(path.join(os.tmpdir(), 'bt-transfer-'));
  await engine.cli(['pull', '-q', 'busybox-layers']);
  await engine.cli(['pull', '-q', 'busybox']);
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await registry.stop();
  await secured.stop();
  await engine.stop();
});

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const idOf = async (name: string): Promise<string> => (await engine.docker.getImage(name).inspect()).Id;
/** Through dockerd's own port of HTTP: the progress of a push, line by line. */
const pushed = async (name: string, tag: string, headers: Record<string, string> = {}) => {
  const path = `/images/${name}/push?tag=${tag}`;
  const answer = await request(engine.socket, { method: 'POST', path, headers });
  return answer.text
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { status?: string; error?: string; aux?: { Digest: string } });
};
const authHeader = (auth: object) => ({
  'X-Registry-Auth': Buffer.from(JSON.stringify(auth)).toString('base64url'),
});

describe.each(clis)('docker $version save', (cli) => {
  const docker = (...args: string[]) => cliOn(cli, engine, args);

  it('writes what load brings back with the same id, layers and names', async () => {
    const file = path.join(folder, `saved-${cli.version}.tar`);
    await engine.cli(['tag', 'busybox-layers', 'other/name:two']);
    const before = await idOf('busybox-layers');
    expect((await docker('save', '-o', file, 'busybox-layers', 'other/name:two', 'busybox')).stderr).toBe('');
    const { stdout: names } = await run(['tar', 'tf', file]);
    expect(names.split('\n')).toEqual(
      expect.arrayContaining([
        'blobs/',
        'blobs/sha256/',
        'index.json',
        'manifest.json',
        'oci-layout',
        'repositories',
      ]),
    );
    await engine.cli(['rmi', '-f', 'busybox-layers', 'other/name:two']);
    const loaded = await docker('load', '-i', file);
    expect(loaded.stderr).toBe('');
    expect(loaded.stdout).toContain('Loaded image: busybox-layers:latest\nLoaded image: other/name:two\n');
    expect(await idOf('other/name:two')).toBe(before);
    expect(before).toBe((await testImage('busybox-layers')).config.digest);
  });
});

it('counts a layer once, however many images stand on it', async () => {
  const { text } = await request(engine.socket, { method: 'GET', path: '/system/df?type=image' });
  const usage = JSON.parse(text) as {
    LayersSize: number;
    Images: { RepoTags: string[]; Size: number; SharedSize: number }[];
  };
  const of = (tag: string) => usage.Images.find((image) => image.RepoTags.includes(tag));
  // All of busybox is the lowest layer of the other.
  expect(of('busybox:latest')?.SharedSize).toBe(of('busybox:latest')?.Size);
  expect(of('busybox-layers:latest')?.SharedSize).toBe(of('busybox:latest')?.Size);
  expect(usage.LayersSize).toBe(of('busybox-layers:latest')?.Size);
});

it('saves layers as they came, each under its diffID', async () => {
  const file = path.join(folder, 'layers.tar');
  await engine.cli(['save', '-o', file, 'busybox-layers']);
  const inside = path.join(folder, 'layers');
  await run(['mkdir', inside]);
  await run(['tar', 'xf', file, '-C', inside]);
  const [manifest] = JSON.parse(readFileSync(path.join(inside, 'manifest.json'), 'utf8')) as [
    { Layers: string[]; RepoTags: string[] },
  ];
  const { RootFS } = await engine.docker.getImage('busybox-layers').inspect();
  expect(manifest.RepoTags).toEqual(['busybox-layers:latest']);
  expect(manifest.Layers.map((name) => `sha256:${sha256(readFileSync(path.join(inside, name)))}`)).toEqual(
    RootFS.Layers,
  );
  const index = JSON.parse(readFileSync(path.join(inside, 'index.json'), 'utf8')) as {
    manifests: { digest: string; annotations: Record<string, string> }[];
  };
  const [entry] = index.manifests;
  expect(entry?.annotations['io.containerd.image.name']).toBe('docker.io/library/busybox-layers:latest');
  const document = readFileSync(path.join(inside, 'blobs/sha256', entry?.digest.slice(7) ?? ''));
  expect(`sha256:${sha256(document)}`).toBe(entry?.digest);
});

describe('a platform', () => {
  const own = { os: 'linux', architecture: process.arch === 'arm64' ? 'arm64' : 'amd64' };
  const other = { os: 'linux', architecture: 's390x' };
  const ask = (method: 'GET' | 'POST' | 'DELETE', target: string, platform: object) =>
    request(engine.socket, {
      method,
      path: `/v1.51${target}=${encodeURIComponent(JSON.stringify(platform))}`,
    });
  const refusal = (name: string, platform: string) =>
    `image with reference ${name} was found but does not provide the specified platform (${platform})`;

  it.each([
    ['GET', '/images/busybox/json?platform', 'busybox'],
    ['GET', '/images/busybox/history?platform', 'busybox'],
    ['GET', '/images/busybox/get?platform', 'busybox'],
    ['GET', '/images/get?names=busybox&names=busybox-layers&platform', 'busybox'],
    ['POST', '/images/busybox/push?tag=latest&platform', 'busybox:latest'],
    ['DELETE', '/images/busybox?platforms', 'busybox'],
  ] as const)('that the image has not is refused: %s %s', async (method, target, name) => {
    const answer = await ask(method, target, other);
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      404,
      { message: refusal(name, 'linux/s390x') },
    ]);
  });

  it.each(['json', 'history', 'get'])('that it has changes nothing: %s', async (what) => {
    const answer = await ask('GET', `/images/busybox/${what}?platform`, own);
    expect(answer.status).toBe(200);
  });

  it.each([
    [{ os: 'linux' }, 'both OS and Architecture must be provided'],
    [{ variant: 'v8' }, 'optional platform fields provided, but OS and Architecture are missing'],
  ])('%o is none', async (platform, message) => {
    const answer = await ask('GET', '/images/busybox/json?platform', platform);
    expect([answer.status, JSON.parse(answer.text)]).toEqual([400, { message }]);
  });

  it('of an image is one, and older clients know no such thing', async () => {
    const several = `/v1.51/images/busybox?platforms=${JSON.stringify(own)}&platforms=${JSON.stringify(other)}`;
    const answer = await request(engine.socket, { method: 'DELETE', path: encodeURI(several) });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([
      400,
      { message: 'multiple platforms are not supported' },
    ]);
    const old = `/v1.47/images/busybox/history?platform=${encodeURIComponent(JSON.stringify(other))}`;
    expect((await request(engine.socket, { method: 'GET', path: old })).status).toBe(200);
  });

  it('chooses what is loaded', async () => {
    const file = path.join(folder, 'platforms.tar');
    await engine.cli(['save', '-o', file, 'busybox-layers']);
    const newest = clis.at(-1);
    if (newest === undefined) throw new Error('there is no docker CLI');
    const load = async (platform: string) => {
      const args = ['load', '-i', file, '--platform', platform];
      return (await cliOn(newest, engine, args)).stdout;
    };
    expect(await load('linux/s390x')).toBe('');
    expect(await load(`linux/${own.architecture}`)).toContain('Loaded image: busybox-layers:latest');
  });
});

describe('push', () => {
  it('uploads, then finds the layers there, then mounts them from its neighbour', async () => {
    const [first, second] = [`${registry.host}/me/busybox`, `${registry.host}/other/busybox`];
    await engine.cli(['tag', 'busybox', `${first}:1`]);
    await engine.cli(['tag', 'busybox', `${second}:1`]);
    const statuses = async (name: string) => (await pushed(name, '1')).map((line) => line.status ?? '');
    expect(await statuses(first)).toEqual(
      expect.arrayContaining([`The push refers to repository [${first}]`, 'Preparing', 'Pushing', 'Pushed']),
    );
    expect(await statuses(first)).toContain('Layer already exists');
    expect(await statuses(second)).toContain('Mounted from me/busybox');
    const { RepoDigests } = await engine.docker.getImage('busybox').inspect();
    const digest = RepoDigests?.find((each) => each.startsWith(`${first}@`));
    const expected = await engine.docker.getImage(`${first}:1`).distribution();
    expect(digest).toBe(`${first}@${(expected as { Descriptor: { digest: string } }).Descriptor.digest}`);
  });

  it('gives what it took: the image that is pulled again has the same id, and elsewhere the same manifest', async () => {
    const name = `${registry.host}/me/layers:x`;
    const before = await idOf('busybox-layers');
    await engine.cli(['tag', 'busybox-layers', name]);
    const { stdout } = await engine.cli(['push', name]);
    const digest = /x: digest: (sha256:[0-9a-f]{64}) size: \d+/.exec(stdout)?.[1];
    await engine.cli(['rmi', '-f', 'busybox-layers', name, 'other/name:two']);
    const pulled = `${registry.host}/me/layers@${digest ?? ''}`;
    await engine.cli(['pull', '-q', pulled]);
    expect(await idOf(pulled)).toBe(before);
    // And in a registry that has none of it, too: its manifest stays the same.
    await engine.cli(['tag', pulled, `${secured.host}/me/layers:y`]);
    const elsewhere = await pushed(`${secured.host}/me/layers`, 'y', authHeader(credentials));
    expect(elsewhere.filter(({ status }) => status === 'Pushed').length).toBeGreaterThan(1);
    expect(elsewhere.at(-1)?.aux?.Digest).toBe(digest);
    await engine.cli(['rmi', `${secured.host}/me/layers:y`]);
    await engine.cli(['pull', '-q', 'busybox-layers']);
  });

  it.each([
    ['me/busybox', 'nosuch', (host: string) => `tag does not exist: ${host}/me/busybox:nosuch`],
    ['me/nosuch', '1', (host: string) => `An image does not exist locally with the tag: ${host}/me/nosuch`],
  ])('of %s:%s is refused in Docker’s words', async (repository, tag, words) => {
    const lines = await pushed(`${registry.host}/${repository}`, tag);
    expect(lines.at(-1)?.error).toBe(words(registry.host));
  });

  it('needs the credential of a registry that asks for one', async () => {
    const name = `${secured.host}/me/busybox`;
    await engine.cli(['tag', 'busybox', `${name}:1`]);
    expect((await pushed(name, '1')).at(-1)?.error).toMatch(/^no basic auth credentials/);
    const wrong = await pushed(name, '1', authHeader({ ...credentials, password: 'wrong' }));
    expect(wrong.at(-1)?.error).toMatch(/unauthorized/);
    const right = await pushed(name, '1', authHeader(credentials));
    expect(right.at(-1)?.aux?.Digest).toMatch(/^sha256:/);
  });
});

it('saves and pushes what was committed here', async () => {
  await engine.cli(['run', '--name', 'made', 'busybox', 'sh', '-c', 'echo new >/new; rm /etc/passwd']);
  await engine.cli(['commit', 'made', 'committed']);
  await engine.cli(['rm', 'made']);
  const before = await idOf('committed');
  const file = path.join(folder, 'committed.tar');
  await engine.cli(['save', '-o', file, 'committed']);
  const name = `${registry.host}/me/committed`;
  await engine.cli(['tag', 'committed', name]);
  expect((await engine.cli(['push', '-q', name])).stderr).toBe('');
  await engine.cli(['rmi', 'committed', name]);
  await engine.cli(['load', '-i', file]);
  expect(await idOf('committed')).toBe(before);
  await engine.cli(['rmi', 'committed']);
  await engine.cli(['pull', '-q', name]);
  expect(await idOf(name)).toBe(before);
  expect((await engine.cli(['run', '--rm', name, 'sh', '-c', 'cat /new; ls /etc/passwd'])).stdout).toBe(
    'new\n',
  );
});

describe('a registry’s login', () => {
  const auth = (password: string) =>
    request(engine.socket, {
      method: 'POST',
      path: '/auth',
      body: JSON.stringify({ ...credentials, password, serveraddress: secured.host }),
    });

  it('is told good from bad', async () => {
    expect(await auth(credentials.password)).toMatchObject({
      status: 200,
      text: '{"IdentityToken":"","Status":"Login Succeeded"}\n',
    });
    const bad = await auth('wrong');
    expect([bad.status, bad.text]).toEqual([
      401,
      `{"message":"login attempt to http://${secured.host}/v2/ failed with status: 401 Unauthorized"}\n`,
    ]);
  });

  it('works by docker login', async () => {
    const args = ['login', '-u', credentials.username, '--password-stdin', secured.host];
    expect((await engine.cli(args, { input: credentials.password })).stdout).toContain('Login Succeeded');
  });
});

it('searches where the hub is, and says so when it cannot be reached', async () => {
  const answer = await request(engine.socket, { method: 'GET', path: `/images/search?term=127.0.0.1:9/x` });
  expect(answer.status).toBe(500);
  expect(answer.text).toContain(
    'Get \\"http://127.0.0.1:9/v1/search?q=x&n=25\\": dial tcp 127.0.0.1:9: connect: connection refused',
  );
});

describe('import', () => {
  it('makes an image of a file system, with changes and a message', async () => {
    const container = (await engine.cli(['create', 'busybox'])).stdout.trim();
    const file = path.join(folder, 'root.tar');
    await engine.cli(['export', '-o', file, container]);
    await engine.cli(['rm', container]);
    await run(['xz', '-0', file]);
    const args = ['import', '-m', 'by hand', '-c', 'CMD ["echo", "imported"]', '-c', 'ENV A=b'];
    const { stdout, stderr } = await engine.cli([...args, `${file}.xz`, 'imported:1']);
    expect(stderr).toBe('');
    const inspected = await engine.docker.getImage('imported:1').inspect();
    expect(stdout.trim()).toBe(inspected.Id);
    expect([inspected.Comment, inspected.Config.Cmd]).toEqual(['by hand', ['echo', 'imported']]);
    expect((await engine.cli(['run', '--rm', 'imported:1'])).stdout).toBe('imported\n');
  });

  it.each([
    ['/images/create?fromSrc=-&repo=Bad', 400, 'invalid reference format: repository name must be lowercase'],
    ['/images/create?fromSrc=-&repo=x&changes=RUN%20x', 400, 'run is not a valid change command'],
    [
      '/images/create?fromSrc=http://127.0.0.1:9/x&repo=x',
      200,
      'Get \\"http://127.0.0.1:9/x\\": dial tcp 127.0.0.1:9: connect: connection refused',
    ],
  ])('%s is refused with %i', async (target, status, words) => {
    const answer = await request(engine.socket, { method: 'POST', path: target });
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(words);
  });

  it('leaves nothing of what is no archive', async () => {
    const file = path.join(folder, 'garbage');
    writeFileSync(file, 'garbage'.repeat(1000));
    const before = (await engine.docker.listImages({ all: true })).length;
    const { stderr } = await engine.cli(['import', file]);
    expect(stderr).toContain('Error processing tar file');
    expect((await engine.docker.listImages({ all: true })).length).toBe(before);
  });
});

describe('prune', () => {
  it('takes what has no tag, or all that nobody uses, and says how much came back', async () => {
    await engine.cli(['run', '--name', 'user', 'busybox', 'true']);
    await engine.cli([
      'run',
      '--name',
      'maker',
      'busybox',
      'sh',
      '-c',
      'dd if=/dev/zero of=/big bs=1000 count=50',
    ]);
    for (const text of ['one', 'two']) await engine.cli(['commit', '-m', text, 'maker', 'twice']);
    await engine.cli(['rm', 'maker']);
    const preview = await request(engine.socket, { method: 'GET', path: '/berth/images/prune' });
    const promised = JSON.parse(preview.text) as { Images: string[]; SpaceReclaimed: number };
    const { ImagesDeleted, SpaceReclaimed } = await engine.docker.pruneImages({});
    expect(promised.Images).toEqual(
      ImagesDeleted.flatMap((item) => (item.Deleted === undefined ? [] : [item.Deleted])).slice(0, 1),
    );
    expect(SpaceReclaimed).toBe(promised.SpaceReclaimed);
    const all = await engine.docker.pruneImages({ filters: { dangling: ['false'], label: ['nosuch'] } });
    expect(all).toMatchObject({ ImagesDeleted: null, SpaceReclaimed: 0 });
    const { SpaceReclaimed: rest } = await engine.docker.pruneImages({ filters: { dangling: ['false'] } });
    expect(rest).toBeGreaterThanOrEqual(50_000);
    const left = (await engine.docker.listImages()).flatMap((image) => image.RepoTags ?? []);
    expect(left).toContain('busybox:latest');
    expect(left).not.toContain('twice:latest');
    await engine.cli(['rm', 'user']);
  });

  it.each([
    ['{"dangling":["maybe"]}', "invalid filter 'dangling=[maybe]'"],
    ['{"foo":["x"]}', "invalid filter 'foo'"],
    ['{"until":["maybe"]}', 'failed to parse value as time or duration: \\"maybe\\"'],
  ])('by %s is refused', async (filters, words) => {
    const path = `/images/prune?filters=${encodeURIComponent(filters)}`;
    const answer = await request(engine.socket, { method: 'POST', path });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain(words);
  });
});
