// With the real worker: what a pull makes, and what is left of one that is killed.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lstat, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
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

/** Pulls in a process of its own; kills it at its n-th line. Answers how many lines there were. */
async function pullAndKill(atLine: number): Promise<number> {
  const script = path.join(import.meta.dirname, 'pull-once.ts');
  const args = ['--import', 'tsx', script, dataRoot, registry.origin, program, 'big:1'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let lines = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    lines += text.split('\n').length - 1;
    if (lines >= atLine) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.once('close', resolve));
  return lines;
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

const pull = (images: Awaited<ReturnType<typeof open>>['images']): Promise<void> =>
  images.pull('big:1', undefined, undefined, undefined, () => undefined, new AbortController().signal);

describe.skipIf(process.getuid?.() !== 0)('a full disk', () => {
  it('is an error in words, and leaves a store that goes on when there is room', async () => {
    const mount = (...args: string[]) => execFileSync('mount', [...args, dataRoot], { stdio: 'pipe' });
    mount('-t', 'tmpfs', '-o', 'size=2m', 'tmpfs');
    try {
      const { trash, images } = await open();
      await expect(pull(images)).rejects.toThrow(/no space left on device/i);
      await expect(pull(images)).rejects.toThrow(/no space left on device/i);
      expect(images.count()).toBe(0);
      mount('-o', 'remount,size=64m');
      await trash.settled();
      await pull(images);
      expect((await images.runnable('big:1')).id).toBe(image.id);
      await images.close();
      const again = await open();
      expect((await again.images.runnable('big:1')).lower).toHaveLength(4);
      await again.images.close();
      await again.trash.settled();
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

  it(
    'that is killed leaves a data root on which the next engine starts clean',
    { timeout: 60_000 },
    async () => {
      for (const atLine of [1, 7, 14, 23]) {
        await pullAndKill(atLine);
        const { trash, images } = await open();
        await trash.settled();
        expect(await readdir(path.join(dataRoot, 'trash'))).toEqual([]);
        const finished = (await readdir(images.layersFolder)).length;
        expect(finished).toBeLessThanOrEqual(4);
        if (images.count() === 1) expect(finished).toBe(4);
        const rest = await readdir(dataRoot, { recursive: true });
        // A record that is just being written, because the layers are flushed, has another name.
        expect(rest.filter((name) => name.includes('.tmp-'))).toEqual([]);
        const fetched = registry.count('/blobs/');
        await pull(images);
        expect((await images.runnable('big:1')).id).toBe(image.id);
        // The config and what was not finished: nothing that is here is fetched again.
        const expected = image.layers.length - finished + 1;
        expect(registry.count('/blobs/') - fetched).toBe(expected);
        await images.remove('big:1', { force: false, noprune: false });
        await images.close();
        await trash.settled();
      }
    },
  );
});
