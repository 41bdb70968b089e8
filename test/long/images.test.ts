// Images between our engine, a real dockerd, skopeo and a registry: archives load on the other side with the same ids, pushes give
// what others pull, and the same blobs have the same manifest whoever pushed them.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { artefact } from '../fixtures/cache.ts';
import { run } from '../fixtures/command.ts';
import { startEngine, type BerthEngine, type TestEngine } from '../fixtures/engine.ts';
import { dependencies, unpack } from '../fixtures/packages.ts';
import { startPeer } from '../fixtures/peer.ts';
import { startRegistry, type Registry } from '../fixtures/registry.ts';
import { tar } from '../fixtures/tar.ts';
import { atTheEdge } from '../unit/helper/gzip-inputs.ts';

let engine: BerthEngine;
let peer: TestEngine;
let registry: Registry;
let peers: Registry;
let folder: string;
const images = ['busybox-layers', 'busybox', 'python:3.11-slim'];

beforeAll(async () => {
  [engine, peer] = await Promise.all([startEngine(), startPeer()]);
  registry = await startRegistry({ enter: engine.machine.enter, content: 'nothing', writable: true });
  peers = await startRegistry({ enter: peer.machine.enter, content: 'nothing', writable: true });
  folder = mkdtempSync(path.join(os.tmpdir(), 'bt-images-'));
  for (const side of [engine, peer]) {
    for (const image of images) await side.cli(['pull', '-q', image]);
    await side.cli([
      'run',
      '--name',
      'maker',
      'busybox',
      'sh',
      '-c',
      'echo new >/new; rm /etc/passwd; mkdir /d',
    ]);
    await side.cli(['commit', '-m', 'made here', 'maker', 'made:here']);
    await side.cli(['rm', 'maker']);
  }
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await registry.stop();
  await peers.stop();
  await Promise.all([engine.stop(), peer.stop()]);
});

const idOf = async (side: TestEngine, name: string): Promise<string> =>
  (await side.docker.getImage(name).inspect()).Id;

describe.each([
  ['ours', 'dockerd', () => [engine, peer] as const],
  ['dockerd', 'ours', () => [peer, engine] as const],
])('what %s saves', (name, other, sides) => {
  it.each([...images, 'made:here'])(`is loaded by ${other} with the same id: %s`, async (image) => {
    const [from, to] = sides();
    const id = await idOf(from, image);
    const file = path.join(folder, `${name}-${image.replace(':', '-')}.tar`);
    expect((await from.cli(['save', '-o', file, image])).stderr).toBe('');
    await to.cli(['rmi', '-f', image]);
    expect((await to.cli(['load', '-i', file])).stdout).toMatch(/^Loaded image: /);
    expect(await idOf(to, image)).toBe(id);
    expect((await to.cli(['run', '--rm', image, 'sh', '-c', 'ls / | sort'])).stdout).toBe(
      (await from.cli(['run', '--rm', image, 'sh', '-c', 'ls / | sort'])).stdout,
    );
  });

  it(`is loaded by ${other} when it is several images`, async () => {
    const [from, to] = sides();
    const file = path.join(folder, `${name}-all.tar`);
    await from.cli(['save', '-o', file, ...images]);
    await to.cli(['rmi', '-f', ...images]);
    await to.cli(['load', '-i', file]);
    for (const image of images) expect(await idOf(to, image)).toBe(await idOf(from, image));
  });
});

it('mounts what the registry has, and writes the manifest as dockerd does', async () => {
  const manifests: string[] = [];
  for (const [side, { host }] of [
    [engine, registry],
    [peer, peers],
  ] as const) {
    // Pushed once, pulled back, and mounted into another repository: the blobs are the registry's own by then.
    const [first, second] = [`${host}/a/python:x`, `${host}/b/python:x`];
    await side.cli(['tag', 'busybox', first]);
    await side.cli(['push', '-q', first]);
    await side.cli(['tag', 'busybox', second]);
    const { stdout } = await side.cli(['push', second]);
    expect(stdout).toContain('Mounted from a/python');
    const accept = 'Accept: application/vnd.docker.distribution.manifest.v2+json';
    const manifest = await side.run(['curl', '-s', '-H', accept, `http://${host}/v2/b/python/manifests/x`]);
    manifests.push(manifest.stdout);
  }
  expect(manifests[0]).toBe(manifests[1]);
  expect(manifests[0]).toContain(await idOf(engine, 'busybox'));
});

/** The digest that `docker push` tells. */
const digestIn = (stdout: string): string | undefined =>
  /^1: digest: (sha256:[0-9a-f]{64}) size: \d+$/m.exec(stdout)?.[1];

/** Pushes an image to a registry that knows nothing of it, and answers its manifest's digest there. */
async function pushedTo(side: TestEngine, other: Registry, image: string): Promise<string | undefined> {
  const name = `${other.host}/elsewhere/${image.split(':')[0] ?? ''}:1`;
  await side.cli(['tag', image, name]);
  const { stdout } = await side.cli(['push', name]);
  return digestIn(stdout);
}

describe('an image that was pulled or loaded', () => {
  let others: readonly (readonly [TestEngine, Registry])[];
  beforeAll(async () => {
    others = await Promise.all(
      [engine, peer].map(async (side) => {
        const options = { enter: side.machine.enter, content: 'nothing', writable: true } as const;
        return [side, await startRegistry(options)] as const;
      }),
    );
    // Where a file ends can decide a byte of what Go compresses (deflate.c in the worker).
    const noise = atTheEdge();
    const archive = tar([
      { path: 'ends-there', body: noise.subarray(512, 65_535) },
      { path: 'more', body: noise.subarray(0, 50_000) },
    ]);
    const [layer, file] = [path.join(folder, 'edge-layer.tar'), path.join(folder, 'edge.tar')];
    writeFileSync(layer, archive);
    await engine.cli(['import', layer, 'edge:1']);
    await engine.cli(['save', '-o', file, 'edge:1']);
    await peer.cli(['load', '-i', file]);
    const made = path.join(folder, 'made.tar');
    await engine.cli(['save', '-o', made, 'made:here']);
    await peer.cli(['rmi', '-f', 'made:here']);
    await peer.cli(['load', '-i', made]);
  });
  afterAll(async () => {
    for (const [, other] of others) await other.stop();
  });

  it.each([...images, 'edge:1', 'made:here'])(
    'has the same manifest in another registry, whoever pushes it: %s',
    async (image) => {
      const digests: (string | undefined)[] = [];
      for (const [side, other] of others) digests.push(await pushedTo(side, other, image));
      expect(digests[0]).toMatch(/^sha256:/);
      expect(digests[0]).toBe(digests[1]);
    },
  );

  it('keeps its digest when it is pulled from there and pushed to a third', async () => {
    const image = 'python:3.11-slim';
    for (const [index, [side, other]] of others.entries()) {
      const { host } = [registry, peers][index] ?? registry;
      const from = `${other.host}/elsewhere/again:1`;
      await side.cli(['tag', image, from]);
      const first = await side.cli(['push', from]);
      await side.cli(['rmi', '-f', `${other.host}/elsewhere/python:1`, from, image]);
      await side.cli(['pull', '-q', from]);
      const to = `${host}/again/python:1`;
      await side.cli(['tag', from, to]);
      const second = await side.cli(['push', to]);
      expect(second.stdout).not.toMatch(/Mounted from|Layer already exists/);
      expect(digestIn(second.stdout)).toBe(digestIn(first.stdout));
      await side.cli(['tag', from, image]);
    }
  });
});

it('agrees with skopeo, to and from archives, layouts and registries', { timeout: 900_000 }, async () => {
  const names = await dependencies(['skopeo']);
  const root = await artefact('skopeo', { names, version: 1 }, (into) => unpack(names, into));
  const libraries = ['usr/lib/x86_64-linux-gnu', 'lib/x86_64-linux-gnu']
    .map((each) => path.join(root, each))
    .join(':');
  const skopeo = async (...args: string[]): Promise<string> => {
    const env = { ...process.env, LD_LIBRARY_PATH: libraries };
    const argv = [path.join(root, 'usr/bin/skopeo'), '--insecure-policy', ...args];
    const outcome = await engine.run(argv, { env });
    expect(outcome.exitCode, outcome.stderr).toBe(0);
    return outcome.stdout;
  };
  const ours = path.join(folder, 'skopeo-ours.tar');
  await engine.cli(['save', '-o', ours, 'busybox-layers']);
  const layout = path.join(folder, 'layout');
  await run(['mkdir', layout]);
  await run(['tar', 'xf', ours, '-C', layout]);
  const id = await idOf(engine, 'busybox-layers');
  const config = async (source: string, ...options: string[]): Promise<string> =>
    (JSON.parse(await skopeo('inspect', '--raw', ...options, source)) as { config: { digest: string } })
      .config.digest;
  expect(await config(`docker-archive:${ours}`)).toBe(id);
  expect(await config(`oci:${layout}:latest`)).toBe(id);

  const theirs = path.join(folder, 'skopeo-theirs.tar');
  await skopeo('copy', `docker-archive:${ours}`, `oci-archive:${theirs}:copied`);
  expect((await engine.cli(['load', '-i', theirs])).stdout).toMatch(/Loaded image/);
  const name = `${registry.host}/skopeo/layers:1`;
  await skopeo('copy', '--dest-tls-verify=false', `docker-archive:${ours}`, `docker://${name}`);
  await engine.cli(['rmi', '-f', 'busybox-layers']);
  await engine.cli(['pull', '-q', name]);
  expect(await idOf(engine, name)).toBe(id);
  await engine.cli(['tag', name, `${registry.host}/ours/layers:1`]);
  await engine.cli(['push', '-q', `${registry.host}/ours/layers:1`]);
  const back = path.join(folder, 'back.tar');
  await skopeo(
    'copy',
    '--src-tls-verify=false',
    `docker://${registry.host}/ours/layers:1`,
    `docker-archive:${back}`,
  );
  expect(readFileSync(back).includes(id.slice(7))).toBe(true);
});
