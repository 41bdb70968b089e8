// Pulls that are killed at random moments, cut off every two megabytes, or slow over each connection: the image is right in the end,
// nothing half-done stays, and nothing that was finished is fetched again.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEngine, warmUp, type BerthEngine } from '../fixtures/engine.ts';
import { incompressibleImage, type TestImage } from '../fixtures/images.ts';
import { startRegistry, type Registry } from '../fixtures/registry.ts';
import { layRoughWire, type RoughWire } from '../fixtures/rough-wire.ts';

/** Enough for a slow machine; only ends what hangs. */
const patient = 900_000;
const rounds = 30;
const megabyte = 1 << 20;

let engine: BerthEngine;
let registry: Registry;
let folder: string;
/** Of eight layers, and of one. */
let many: TestImage;
let large: TestImage;

beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'bt-pulls-'));
  engine = await startEngine();
  await warmUp(engine);
  many = await incompressibleImage(folder, 'many:1', 8, 6 * megabyte);
  large = await incompressibleImage(folder, 'large:1', 1, 80 * megabyte);
  registry = await startRegistry({ enter: engine.machine.enter, content: { images: [many, large] } });
}, patient);
afterAll(async () => {
  await registry.stop();
  await engine.stop();
  rmSync(folder, { recursive: true, force: true });
});

const wired = async <T>(
  line: { cutBytes?: number; bytesPerSecond?: number },
  work: (wire: RoughWire) => Promise<T>,
): Promise<T> => {
  const wire = await layRoughWire({ enter: engine.machine.enter, host: registry.host, ...line });
  try {
    return await work(wire);
  } finally {
    await wire.stop();
  }
};
const layersFolder = (): string => path.join(engine.folder, 'data/layers');
const trashed = (): string[] => readdirSync(path.join(engine.folder, 'data/trash'));

/** The blobs of the layers that are finished. Throws when something else than layers is there. */
function finishedBlobs(): string[] {
  return readdirSync(layersFolder()).flatMap((name) => {
    const record = readFileSync(path.join(layersFolder(), name, 'layer.json'), 'utf8');
    return (JSON.parse(record) as { blobs: { digest: string }[] }).blobs.map(({ digest }) => digest);
  });
}

async function expectRight(reference: string, image: TestImage): Promise<void> {
  expect((await engine.docker.getImage(reference).inspect()).Id).toBe(image.config.digest);
}

it(`survives ${String(rounds)} kills of the engine`, { timeout: patient }, async () => {
  await wired({ bytesPerSecond: 20 * megabyte }, async (wire) => {
    const reference = `${wire.host}/library/many:1`;
    const ours = new Set(many.layers.map(({ digest }) => digest));
    const fetched = (since: number): string[] =>
      wire.requests.slice(since).flatMap((line) => {
        const digest = /^GET \S+\/blobs\/(sha256:\w+)/.exec(line)?.[1];
        return digest !== undefined && ours.has(digest) ? [digest] : [];
      });
    const began = performance.now();
    await engine.cli(['pull', '-q', reference]);
    const wholeMs = performance.now() - began;
    await engine.cli(['rmi', reference]);
    await engine.renewBaseline();
    let halfWay = 0;
    for (let round = 0; round < rounds; round++) {
      const pulling = engine.cli(['pull', '-q', reference]);
      await sleep(Math.random() * wholeMs);
      await engine.kill('SIGKILL');
      await pulling;
      await engine.restart();
      const finished = finishedBlobs().filter((digest) => ours.has(digest));
      const known = (await engine.docker.listImages()).some(({ Id }) => Id === many.config.digest);
      if (known) expect(finished).toHaveLength(ours.size);
      else if (finished.length > 0) halfWay++;
      await expect.poll(trashed).toEqual([]);

      const asked = wire.requests.length;
      const { stderr, exitCode } = await engine.cli(['pull', '-q', reference]);
      expect([exitCode, stderr]).toEqual([0, '']);
      await expectRight(reference, many);
      const again = fetched(asked);
      expect(again.filter((digest) => finished.includes(digest))).toEqual([]);
      expect(new Set([...again, ...finished])).toEqual(ours);
      await engine.cli(['rmi', reference]);
    }
    // Or nothing was tested.
    expect(halfWay).toBeGreaterThan(0);
    await engine.leakCheck();
  });
});

it('gives a right image over a line that is cut every 2 MB', { timeout: patient }, async () => {
  await wired({ cutBytes: 2 * megabyte }, async (wire) => {
    const reference = `${wire.host}/library/large:1`;
    expect((await engine.cli(['pull', '-q', reference])).stderr).toBe('');
    await expectRight(reference, large);
    const digest = large.layers[0]?.digest ?? '';
    const asked = wire.requests.filter((line) => line.includes(digest));
    expect(asked.length).toBeGreaterThanOrEqual(40);
    // Each went on where the one before broke off.
    expect(new Set(asked).size).toBe(asked.length);
    await engine.cli(['rmi', reference]);
  });
});

it('fetches a large layer over several connections where each is slow', { timeout: patient }, async () => {
  await wired({ bytesPerSecond: 8 * megabyte }, async (wire) => {
    const reference = `${wire.host}/library/large:1`;
    expect((await engine.cli(['pull', '-q', reference])).stderr).toBe('');
    await expectRight(reference, large);
    const digest = large.layers[0]?.digest ?? '';
    const ranges = wire.requests.filter((line) => line.includes(digest) && line.includes('bytes='));
    expect(ranges.length).toBeGreaterThan(10);
    await engine.cli(['rmi', reference]);
    await engine.leakCheck();
  });
});
