// With the real worker: what a pull makes, and what is left of one that is killed.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lstat, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { helperFolder } from '../../../runtime/engine/config.ts';
import { createImageFileWorker } from '../../../runtime/engine/helper/image-file-worker.ts';
import { createWorkerClient } from '../../../runtime/engine/helper/worker-client.ts';
import { createImageService } from '../../../runtime/engine/images/image-service.ts';
import { createLogger } from '../../../runtime/engine/log.ts';
import { createTrash } from '../../../runtime/engine/store/trash.ts';
import { testImage } from './test-image.ts';
import { TestRegistry } from './test-registry.ts';

const program = path.join(helperFolder(), 'berth-worker');
const layerText = (): string => randomBytes(400_000).toString('hex');
const image = testImage([layerText(), layerText(), layerText(), layerText()]);

let registry: TestRegistry;
let dataRoot: string;

beforeEach(async () => {
  registry = await TestRegistry.start();
  registry.addImage('library/big', '1', image);
  dataRoot = await mkdtemp(path.join(os.tmpdir(), 'berth-kill-'));
});

afterEach(async () => {
  await registry.stop();
  await rm(dataRoot, { recursive: true });
});

interface Line {
  readonly status?: string;
  readonly id?: string;
}
const shortId = (digest: string): string => digest.slice('sha256:'.length, 'sha256:'.length + 12);

/** Pulls in a process of its own; kills it as soon as this is true of its lines. Answers the layers of which it has said that they are complete. */
async function pullAndKill(isDue: (lines: readonly Line[]) => boolean): Promise<string[]> {
  const script = path.join(import.meta.dirname, 'pull-once.ts');
  const args = ['--import', 'tsx', script, dataRoot, registry.origin, program, 'big:1'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: Line[] = [];
  for await (const line of createInterface(child.stdout)) {
    lines.push(JSON.parse(line) as Line);
    if (isDue(lines)) child.kill('SIGKILL');
  }
  return lines.flatMap(({ status, id }) => (status === 'Pull complete' && id !== undefined ? [id] : []));
}

/** Lets these layers come half, and no further. */
function holdBack(indexes: readonly number[]): void {
  const held = new Map(indexes.map((index) => [image.layers[index]?.digest, image.layers[index]?.bytes]));
  registry.intercept = (_, response, wanted) => {
    const bytes = held.get(wanted.slice(wanted.lastIndexOf('/') + 1));
    if (bytes === undefined) return false;
    response.writeHead(200, { 'Content-Length': bytes.length }).write(bytes.subarray(0, bytes.length / 2));
    return true;
  };
}

/** What is there besides whole layers and what belongs to images: torn writes, what was on its way, what was thrown away. */
async function leftovers(): Promise<string[]> {
  const all = (await readdir(dataRoot, { recursive: true })).filter(
    (name) => !/^layers\/\w+\/diff\//.test(name),
  );
  const whole = new Set(
    all
      .filter((name) => /^layers\/\w+$/.test(name))
      .flatMap((name) => [name, `${name}/diff`, `${name}/layer.json`, `${name}/split`]),
  );
  return [
    ...all.filter((name) => /tmp|window|staging\/|trash\//.test(name)),
    ...all.filter((name) => name.startsWith('layers/') && !whole.has(name)),
    ...[...whole].filter((name) => !all.includes(name)),
  ];
}

/** The next start has left nothing but what is whole. */
async function expectClean(isComplete: boolean): Promise<void> {
  // A record that is just being written, because the layers are flushed, is soon gone.
  await expect.poll(leftovers).toEqual([]);
  const documents = ['images', 'blobs/sha256'].map((folder) => readdir(path.join(dataRoot, folder)));
  expect((await Promise.all(documents)).flat()).toHaveLength(isComplete ? 3 : 0);
}

async function open() {
  const worker = createWorkerClient(program);
  const trash = await createTrash(dataRoot, worker);
  const images = await createImageService({
    config: { dataRoot, registryMirrors: [], insecureRegistries: [] },
    worker,
    fileWorker: createImageFileWorker(program),
    trash,
    events: { publish: () => undefined },
    log: createLogger('error'),
    hubOrigin: registry.origin,
  });
  return { trash, images };
}

const pull = (images: Awaited<ReturnType<typeof open>>['images'], name = 'big:1'): Promise<void> =>
  images.pull(name, undefined, undefined, undefined, () => undefined, new AbortController().signal);

describe.skipIf(process.getuid?.() !== 0)('a full disk', () => {
  it('is an error in words, wherever it comes, and leaves a store that goes on when there is room', async () => {
    const mount = (...args: string[]) => execFileSync('mount', [...args, dataRoot], { stdio: 'pipe' });
    const small = testImage(['small']);
    registry.addImage('library/small', '1', small);
    mount('-t', 'tmpfs', '-o', 'size=200k', 'tmpfs');
    try {
      let { trash, images } = await open();
      await pull(images, 'small:1');
      let failures = 0;
      // A bit more room each time, until it is enough: for a layer, for the next one, for what is written when all are there.
      for (let kilobytes = 300; ; kilobytes += 300) {
        mount('-o', `remount,size=${String(kilobytes)}k`);
        const failure = await pull(images).catch((error: unknown) => error);
        if (failure === undefined) break;
        expect(String(failure)).toMatch(/no space left on device/i);
        failures++;
        await trash.settled();
        expect(images.count()).toBe(1);
        const { id, lower } = await images.runnable('small:1');
        expect(id).toBe(small.id);
        expect(await readFile(path.join(images.layersFolder, lower[0] ?? '', 'file-0'), 'utf8')).toBe(
          'small',
        );
      }
      expect(failures).toBeGreaterThan(5);
      // One that is started on a disk without a byte left has all of it, too; what it cannot write it does not half do.
      await images.close();
      const filler = path.join(dataRoot, 'filler');
      await writeFile(filler, Buffer.alloc(64 << 20)).catch(() => undefined);
      ({ trash, images } = await open());
      expect((await images.runnable('big:1')).lower).toHaveLength(4);
      const remove = () => images.remove('big:1', { force: false, noprune: false });
      await expect(remove()).rejects.toThrow(/no space left on device/i);
      expect((await images.runnable('big:1')).lower).toHaveLength(4);
      await rm(filler);
      await remove();
      await trash.settled();
      expect(images.count()).toBe(1);
      await pull(images);
      expect((await images.runnable('big:1')).id).toBe(image.id);
      await images.close();
      await trash.settled();
    } finally {
      execFileSync('umount', [dataRoot]);
    }
  });
});

describe('a pull with the real worker', () => {
  it('extracts the layers as they are, and removes them whole', async () => {
    const { trash, images } = await open();
    await pull(images);
    const { lower } = await images.runnable('big:1');
    expect(lower).toHaveLength(4);
    const top = path.join(images.layersFolder, lower[0] ?? '', 'file-3');
    const plain = image.layers[3]?.plain;
    expect((await readFile(top)).equals(plain?.subarray(512, 512 + 800_000) ?? Buffer.alloc(0))).toBe(true);
    expect((await lstat(top)).mode & 0o777).toBe(0o644);
    await images.remove('big:1', { force: false, noprune: false });
    await images.close();
    await trash.settled();
    for (const folder of ['layers', 'trash', 'images', 'blobs/sha256']) {
      expect(await readdir(path.join(dataRoot, folder))).toEqual([]);
    }
  });

  it('that is killed while it writes a record leaves nothing of it to the next start', async () => {
    for (const name of ['repositories.json', 'unfinished-pulls.json'])
      await writeFile(path.join(dataRoot, `${name}.0123abcd.tmp`), '{"sche');
    const { images } = await open();
    expect(await leftovers()).toEqual([]);
    await images.close();
  });

  const halfWay = (...complete: readonly number[]): [string, () => (lines: readonly Line[]) => boolean] => [
    complete.length === 0
      ? 'before any layer is complete'
      : `when of four layers ${complete.join(' and ')} are`,
    () => {
      holdBack([0, 1, 2, 3].filter((index) => !complete.includes(index)));
      const wanted = complete.map((index) => shortId(image.layers[index]?.digest ?? ''));
      return (lines) => {
        const said = (status: string) => lines.filter((line) => line.status === status).map(({ id }) => id);
        return wanted.every((id) => said('Pull complete').includes(id)) && said('Downloading').length >= 3;
      };
    },
  ];
  const moments: [string, () => (lines: readonly Line[]) => boolean][] = [
    ...[1, 14, 23].map((line): (typeof moments)[number] => [
      `at its line ${String(line)}`,
      () => (lines) => lines.length >= line,
    ]),
    ['when it gives its name', () => (lines) => lines.at(-1)?.status?.startsWith('Digest') === true],
    halfWay(),
    halfWay(0),
    halfWay(1, 3),
    halfWay(0, 1, 2),
  ];
  it.each(moments)(
    'that is killed %s is clean at the next start, and fetches no finished layer again',
    async (_, when) => {
      const told = await pullAndKill(when());
      registry.intercept = undefined;
      const { trash, images } = await open();
      await trash.settled();
      const isComplete = images.count() === 1;
      await expectClean(isComplete);
      const finished: string[] = [];
      for (const name of await readdir(images.layersFolder)) {
        const record = await readFile(path.join(images.layersFolder, name, 'layer.json'), 'utf8');
        for (const { digest } of (JSON.parse(record) as { blobs: { digest: string }[] }).blobs)
          finished.push(digest);
      }
      if (isComplete) expect(finished).toHaveLength(4);
      // What was said to be complete is kept, whatever the store thinks of it.
      expect(finished.map(shortId)).toEqual(expect.arrayContaining(told));
      const seen = registry.seen.length;
      await pull(images);
      expect((await images.runnable('big:1')).id).toBe(image.id);
      const fetched = registry.seen
        .slice(seen)
        .flatMap(({ path: asked }) => /blobs\/(.*)$/.exec(asked)?.[1] ?? []);
      const missing = image.layers.map(({ digest }) => digest).filter((digest) => !finished.includes(digest));
      expect(fetched.toSorted()).toEqual([image.config.digest, ...missing].sort());
      await trash.settled();
      await expectClean(true);
      await images.close();
    },
  );
});
