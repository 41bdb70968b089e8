// The Dockerfiles of builds.test.ts once more, by docker CLI 20.10 with BuildKit on both engines: the files of the image and its
// configuration must be the same. What BuildKit says while it builds depends on its version and is not compared; whether it fails is.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cliOn, dockerClis, type DockerCli } from '../fixtures/cli.ts';
import { startEngine, type BerthEngine, type TestEngine } from '../fixtures/engine.ts';
import { startPeer } from '../fixtures/peer.ts';
import { tar } from '../fixtures/tar.ts';
import { clean } from './clean.ts';
import { compare, Explanations } from './compare.ts';
import { buildSessionDifferences } from './differences.ts';
import type { DockerfileScenario } from './dockerfile-scenario.ts';
import { imageContent, mergedFiles } from './image-content.ts';
import { dockerfiles } from './scenarios/dockerfiles.ts';

const [cli] = await dockerClis().catch((error: unknown): DockerCli[] => {
  console.warn(`no dockerd to compare with: ${String(error)}`);
  return [];
});
const explanations = new Explanations(buildSessionDifferences);
/** Those that need nothing of the request but the files. */
const scenarios = Object.entries(dockerfiles).filter(
  ([, { query, first, unsaved }]) => query === undefined && first === undefined && unsaved === undefined,
);

let done = 0;
let engine: BerthEngine;
let peer: TestEngine;
let folder: string;

beforeAll(async () => {
  if (cli === undefined) return;
  [engine, peer] = await Promise.all([startEngine(), startPeer()]);
  await Promise.all([engine, peer].map((side) => side.cli(['pull', '-q', 'busybox'])));
});
afterAll(async () => {
  await Promise.all([engine, peer].map((side) => side?.stop()));
});
afterEach(async () => {
  if (cli === undefined) return;
  await Promise.all([engine, peer].map((side) => clean(side, ['busybox'])));
  await rm(folder, { recursive: true, force: true });
});

/** The folder of a scenario. */
async function layOut({ dockerfile, files = {}, entries = [] }: DockerfileScenario): Promise<void> {
  folder = await mkdtemp(path.join(os.tmpdir(), 'bt-session-'));
  const all = Object.entries({ Dockerfile: dockerfile.join('\n'), ...files });
  const archive = tar([...all.map(([name, body]) => ({ path: name, body })), ...entries]);
  const { status, stderr } = spawnSync('tar', ['-xp', '-C', folder], { input: archive, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
}

/** What came of a build, as it is compared. */
async function outcome(side: TestEngine, { baseLayers = 1 }: DockerfileScenario): Promise<unknown> {
  if (cli === undefined) return undefined;
  const { exitCode } = await cliOn(cli, side, ['build', '-t', 'made', folder], {
    env: { DOCKER_BUILDKIT: '1' },
  });
  if (exitCode !== 0) return { exitCode };
  const { config, layers } = await imageContent(side, 'made', baseLayers);
  return { exitCode, config: said((config as { config: object }).config), files: mergedFiles(layers) };
}

/** What a configuration says: BuildKit leaves out what is empty, and of which image it was made. */
function said(config: object): Record<string, unknown> {
  const empty = new Set(['null', 'false', '""', '{}', '[]']);
  return Object.fromEntries(
    Object.entries(config).filter(([name, value]) => name !== 'Image' && !empty.has(JSON.stringify(value))),
  );
}

describe.skipIf(cli === undefined)('a Dockerfile builds the same over a session', () => {
  it.each(scenarios)('%s', async (name, scenario) => {
    await layOut(scenario);
    const [ours, theirs] = await Promise.all([outcome(engine, scenario), outcome(peer, scenario)]);
    const unexplained = compare(ours, theirs).filter((found) => !explanations.explains(name, 'build', found));
    done += 1;
    expect(unexplained).toEqual([]);
  });
});

it.skipIf(cli === undefined)('differs in nothing that is gone', (context) => {
  if (done < scenarios.length) context.skip('not all were built');
  expect(explanations.unseen()).toEqual([]);
});
