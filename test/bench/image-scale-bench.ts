// Images in numbers: the list of five hundred beside a dockerd's, and what an engine's memory grows by while it pulls a gigabyte.
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestEngine } from '../fixtures/engine.ts';
import { incompressibleImage } from '../fixtures/images.ts';
import { startRegistry } from '../fixtures/registry.ts';
import { tar } from '../fixtures/tar.ts';
import { ms, type Benches, type Figure } from './figure.ts';
import { alternate, median, processTree, pssMegabytes, request } from './measure.ts';
import { timeCommand } from './shell.ts';

interface Side {
  readonly engine: TestEngine;
  readonly docker: (...args: string[]) => string[];
}

const imageCount = 500;
/** An image of a gigabyte that no compression makes smaller. */
const largeLayers = 4;
const largeLayerBytes = 256 << 20;

/** The benches of many images and of a large one; `pairs` requests of each side. */
export function imageScaleBenches(ours: Side, theirs: Side, pairs: number): Benches {
  return {
    images: async () => [await listing(ours, theirs, pairs)],
    memory: async () => [await memoryOfPull(ours)],
  };
}

async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'bt-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function listing(ours: Side, theirs: Side, pairs: number): Promise<Figure> {
  return withFolder(async (folder) => {
    const file = path.join(folder, 'many.tar');
    await writeFile(file, manyImages());
    const names = Array.from({ length: imageCount }, (_, index) => `many:${String(index)}`);
    try {
      for (const { docker } of [ours, theirs]) await timeCommand(docker('load', '-q', '-i', file));
      const list = async ({ engine }: Side) => (await request(engine, '/v1.41/images/json')).totalMs;
      const times = await alternate(
        pairs,
        () => list(ours),
        () => list(theirs),
      );
      const [a, b] = [median(times.ours), median(times.theirs)];
      return {
        name: `GET /images/json, ${String(imageCount)} images`,
        // Half of dockerd's time or 15 ms, whichever is more.
        bar: Math.max(15, b / 2),
        unit: 'ms',
        value: a,
        detail: `dockerd ${ms(b)}`,
      };
    } finally {
      for (const { docker } of [ours, theirs]) await timeCommand(docker('rmi', ...names)).catch(() => 0);
    }
  });
}

/** A docker-archive of many images over one layer. */
function manyImages(): Buffer {
  const layer = tar([{ path: 'file', body: 'one file' }]);
  const diffId = `sha256:${createHash('sha256').update(layer).digest('hex')}`;
  const images = Array.from({ length: imageCount }, (_, index) => ({
    name: `${String(index)}.json`,
    config: {
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      created: new Date(1_700_000_000_000 + index * 1000).toISOString(),
      config: { Cmd: ['sh'], Labels: { number: String(index), maker: 'bench' } },
      rootfs: { type: 'layers', diff_ids: [diffId] },
      history: [{ created_by: 'bench' }],
    },
    tag: `many:${String(index)}`,
  }));
  const manifest = images.map(({ name, tag }) => ({ Config: name, RepoTags: [tag], Layers: ['layer.tar'] }));
  return tar([
    { path: 'layer.tar', body: layer },
    ...images.map(({ name, config }) => ({ path: name, body: JSON.stringify(config) })),
    { path: 'manifest.json', body: JSON.stringify(manifest) },
  ]);
}

/** Pulls an image of a gigabyte and watches the memory meanwhile. */
async function memoryOfPull({ engine, docker }: Side): Promise<Figure> {
  return withFolder(async (folder) => {
    const image = await incompressibleImage(folder, 'large:1', largeLayers, largeLayerBytes);
    const registry = await startRegistry({ enter: engine.machine.enter, content: { images: [image] } });
    try {
      const reference = `${registry.host}/library/large:1`;
      const memory = async () => pssMegabytes(await processTree(engine.pid));
      const before = await memory();
      let peak = before;
      let pulling = true;
      const pulled = timeCommand(docker('pull', '-q', reference)).finally(() => (pulling = false));
      while (pulling) {
        peak = Math.max(peak, await memory());
        await Promise.race([pulled, sleep(50)]);
      }
      const elapsedMs = await pulled;
      await timeCommand(docker('rmi', reference));
      return {
        name: 'the engine and its helper grow by',
        bar: 64,
        unit: 'MB PSS',
        value: peak - before,
        detail: `from ${before.toFixed(0)} MB, while 1 GB is pulled in ${(elapsedMs / 1000).toFixed(1)} s`,
      };
    } finally {
      await registry.stop();
    }
  });
}
