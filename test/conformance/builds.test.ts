// Dockerfiles for each row of what Docker builds, on our engine and on a real dockerd 20.10: the files of every layer with their types,
// modes, owners, times, contents and attributes, the configuration with its history, and the words of the build must be the same, or the
// difference stands in differences.ts with its reason.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { spawn, type ChildProcess } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { build, type BuildOutcome } from '../fixtures/build.ts';
import { output } from '../fixtures/command.ts';
import { startEngine, type BerthEngine, type TestEngine } from '../fixtures/engine.ts';
import { dockerPrograms } from '../fixtures/packages.ts';
import { startPeer } from '../fixtures/peer.ts';
import { tar } from '../fixtures/tar.ts';
import { clean } from './clean.ts';
import { compare, Explanations } from './compare.ts';
import { buildDifferences } from './differences.ts';
import type { DockerfileScenario, DockerfileScenarios } from './dockerfile-scenario.ts';
import { imageContent, mergedFiles } from './image-content.ts';
import { levelText } from './level.ts';
import { dockerfiles } from './scenarios/dockerfiles.ts';
import { newerDockerfiles } from './scenarios/newer-dockerfiles.ts';

const missing = await dockerPrograms().then(
  () => undefined,
  (error: unknown) => String(error),
);
if (missing !== undefined) console.warn(`no dockerd to compare with: ${missing}`);

const pulled = ['busybox', 'hello-world'];
const plain = 'plain text\n';
const explanations = new Explanations(buildDifferences);
let done = 0;

let engine: BerthEngine;
let peer: TestEngine;
let folder: string;
const servers: ChildProcess[] = [];

/** What is fetched by address: files over HTTP, a repository by git's own protocol; on both machines. */
async function serve(): Promise<void> {
  folder = await mkdtemp(path.join(os.tmpdir(), 'bt-served-'));
  const files = path.join(folder, 'web/files');
  await mkdir(files, { recursive: true });
  const context = tar([
    { path: 'Dockerfile', body: 'FROM busybox\nCOPY . /c/\n' },
    { path: 'more', body: 'm' },
  ]);
  const ignoring = tar([
    {
      path: 'Dockerfile',
      body: 'FROM busybox\nCOPY . /i/\nRUN rm /i/Dockerfile* /i/.dockerignore; touch -d @0 /i/one; echo 1 > /i/one; touch -d @0 /i/one\n',
    },
    { path: 'Dockerfile.dockerignore', body: 'dir\n' },
    { path: '.dockerignore', body: 'one\n' },
    { path: 'one', body: '1' },
    { path: 'dir/x', body: 'x' },
  ]);
  const served: Record<string, string | Buffer> = {
    'plain.txt': plain,
    'a.tar': tar([{ path: 'inside', body: 'of it' }]),
    'context.tar.gz': gzipSync(context),
    'ignoring.tar': ignoring,
    'Dockerfile.txt': 'FROM busybox\nLABEL from=there\n',
  };
  for (const [name, body] of Object.entries(served)) {
    await writeFile(path.join(files, name), body);
    await utimes(path.join(files, name), 1_600_000_000, 1_600_000_000);
  }
  const repository = path.join(folder, 'git/repository.git');
  await mkdir(path.join(repository, 'sub'), { recursive: true });
  await writeFile(path.join(repository, 'sub/Dockerfile'), 'FROM busybox\nCOPY file /\n');
  await writeFile(path.join(repository, 'sub/file'), 'of a repository\n');
  const git = ['git', '-C', repository, '-c', 'user.name=n', '-c', 'user.email=e@example.org'];
  await output([...git, 'init', '-q', '-b', 'main']);
  await output([...git, 'add', '.']);
  await output([...git, 'commit', '-q', '-m', 'm']);
  for (const { machine } of [engine, peer]) {
    const [program = '', ...args] = [...machine.enter, 'setpriv', '--pdeathsig', 'KILL', '--'];
    const start = (...argv: string[]): void =>
      void servers.push(spawn(program, [...args, ...argv], { stdio: 'ignore' }));
    start('python3', '-m', 'http.server', '--bind', '127.0.0.1', '-d', path.join(folder, 'web'), '8100');
    start('git', 'daemon', '--export-all', '--listen=127.0.0.1', `--base-path=${path.join(folder, 'git')}`);
    const ready = 'until </dev/tcp/127.0.0.1/8100 && </dev/tcp/127.0.0.1/9418; do sleep 0.1; done';
    const waited = await machine.run(['timeout', '30', 'bash', '-c', ready]);
    expect(waited.exitCode).toBe(0);
  }
}

beforeAll(async () => {
  if (missing !== undefined) return;
  [engine, peer] = await Promise.all([startEngine(), startPeer()]);
  for (const image of pulled) await both((side) => side.cli(['pull', '-q', image]));
  await serve();
});
afterAll(async () => {
  for (const server of servers) server.kill();
  await Promise.all([engine, peer].map((side) => side?.stop()));
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});
afterEach(async () => {
  if (missing !== undefined) return;
  await both((side) => clean(side, pulled));
});

/** Does something on both engines at once. */
async function both<T>(act: (side: TestEngine) => Promise<T>): Promise<[T, T]> {
  return await Promise.all([act(engine), act(peer)]);
}

async function built(
  side: TestEngine,
  scenario: DockerfileScenario,
  lines: readonly string[],
): Promise<BuildOutcome> {
  const { files = {}, entries = [], query = {}, first } = scenario;
  if (first !== undefined) await build(side.socket, first, { query: { t: 'first', rm: '1' } });
  const text = lines.join('\n').replace('{plain}', createHash('sha256').update(plain).digest('hex'));
  // With a context from elsewhere dockerd takes any other for the end of the request.
  const body = query['remote'] === undefined ? {} : { body: Buffer.alloc(0) };
  return build(side.socket, text, { files, entries, query: { rm: '1', ...query }, ...body });
}

/** What came of a build, as it is compared. */
async function outcome(side: TestEngine, scenario: DockerfileScenario): Promise<Record<string, unknown>> {
  const { text, error, image } = await built(side, scenario, scenario.dockerfile);
  const said = {
    text: levelText(text).replaceAll(/(---> |built |container |in )\d{12}\b/g, '$1<short>'),
    error: error === undefined ? undefined : levelText(error),
  };
  if (error !== undefined || image === undefined || scenario.unsaved === true) return said;
  return { ...said, ...(await imageContent(side, image, scenario.baseLayers ?? 1)) };
}

/** The same of one that only the files and the configuration are compared of. */
async function result(
  side: TestEngine,
  scenario: DockerfileScenario,
  lines: readonly string[],
): Promise<Record<string, unknown>> {
  const { text, error, image } = await built(side, scenario, lines);
  if (error !== undefined || image === undefined) return { error: `${text}${String(error)}` };
  const { config, layers } = await imageContent(side, image, scenario.baseLayers ?? 1);
  return { config: (config as { config: unknown }).config, files: mergedFiles(layers) };
}

/** Fails with every difference that the list does not explain. */
function expectSame(name: string, ours: unknown, theirs: unknown): void {
  const unexplained = compare(ours, theirs)
    .filter((found) => !explanations.explains(name, 'build', found))
    .map(
      (found) =>
        `at ${found.at}\n  ours   ${JSON.stringify(found.ours)}\n  theirs ${JSON.stringify(found.theirs)}`,
    );
  done += 1;
  expect(unexplained.join('\n'), `what differs in "${name}"`).toBe('');
}

const names = (scenarios: DockerfileScenarios): string[] => Object.keys(scenarios);

describe.skipIf(missing !== undefined)('a Dockerfile builds the same', () => {
  it.each(names(dockerfiles))('%s', async (name) => {
    const scenario = dockerfiles[name] ?? { dockerfile: [] };
    const [ours, theirs] = await both((side) => outcome(side, scenario));
    expectSame(name, ours, theirs);
  });
});

describe.skipIf(missing !== undefined)(
  "a Dockerfile of today builds what a longer one of yesterday's does",
  () => {
    it.each(names(newerDockerfiles))('%s', async (name) => {
      const scenario = newerDockerfiles[name] ?? { dockerfile: [] };
      const classic = { ...scenario, query: {} };
      const [ours, theirs] = await Promise.all([
        result(engine, scenario, scenario.dockerfile),
        result(peer, classic, scenario.plainly ?? []),
      ]);
      expect(theirs['error'], 'what dockerd says').toBeUndefined();
      expectSame(name, ours, theirs);
    });
  },
);

describe.skipIf(missing !== undefined)('the list of differences', () => {
  it('has none that is gone', (context) => {
    if (done < names(dockerfiles).length + names(newerDockerfiles).length) context.skip('not all were built');
    console.log(`${String(done)} Dockerfiles, ${String(buildDifferences.length)} differences`);
    expect(explanations.unseen()).toEqual([]);
  });
});
