// `docker build` itself, by both CLIs, on our engine and on a real dockerd 20.10: what it says, its exit code, the containers that it leaves,
// for every option of the classic builder.
import { access, constants, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cliOn, dockerClis, type DockerCli } from '../fixtures/cli.ts';
import { startEngine, type BerthEngine, type TestEngine } from '../fixtures/engine.ts';
import { startPeer } from '../fixtures/peer.ts';
import { tar } from '../fixtures/tar.ts';
import { clean } from './clean.ts';
import { compare, Explanations } from './compare.ts';
import { buildCommandDifferences, buildDifferences } from './differences.ts';
import { levelText } from './level.ts';
import { words } from './scenario.ts';
import { commands, contexts } from './scenarios/build-commands.ts';

// Debian's CLI comes with its dockerd.
const clis = await dockerClis().catch((error: unknown): DockerCli[] => {
  console.warn(`no dockerd to compare with: ${String(error)}`);
  return [];
});
const explanations = new Explanations([...buildCommandDifferences, ...buildDifferences]);

let done = 0;
let engine: BerthEngine;
let peer: TestEngine;
let folder: string;

beforeAll(async () => {
  if (clis.length === 0) return;
  [engine, peer] = await Promise.all([startEngine(), startPeer()]);
  await Promise.all([engine, peer].map((side) => side.cli(['pull', '-q', 'busybox'])));
  folder = await mkdtemp(path.join(os.tmpdir(), 'bt-commands-'));
  for (const [name, files] of Object.entries(contexts)) {
    await mkdir(path.join(folder, name));
    for (const [file, text] of Object.entries(files)) await writeFile(path.join(folder, name, file), text);
  }
});
afterAll(async () => {
  await Promise.all([engine, peer].map((side) => side?.stop()));
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});
afterEach(async () => {
  await Promise.all([engine, peer].map((side) => clean(side, ['busybox'])));
});

/** What came of a command: `{out}` is a file that it may write. */
async function outcome(side: TestEngine, cli: DockerCli, name: string): Promise<Record<string, unknown>> {
  const out = path.join(folder, side === engine ? 'ours' : 'theirs');
  await rm(out, { force: true });
  const { line, input } = commands[name] ?? { line: '' };
  const args = ['build', ...words(line).map((word) => word.replaceAll('{out}', out))];
  const stdin = typeof input === 'object' ? tar(input) : input;
  const { exitCode, stdout, stderr } = await cliOn(cli, side, args, {
    cwd: folder,
    env: { DOCKER_BUILDKIT: '0' },
    ...(stdin === undefined ? {} : { input: stdin }),
  });
  const written = await access(out, constants.R_OK).then(
    () => readFile(out, 'utf8'),
    () => undefined,
  );
  const containers = await side.docker.listContainers({ all: true });
  const level = (text: string): string =>
    // The CLI gives a Dockerfile from elsewhere a name by chance.
    levelText(text.replaceAll(out, '{out}'))
      .replaceAll(/(?<=Docker daemon {2})\S+/g, '<size>')
      .replaceAll(/(---> |built |container |in )\d{12}\b/g, '$1<short>');
  return {
    ...{ exitCode, text: level(stdout), error: level(stderr) },
    written: written === undefined ? undefined : levelText(written),
    containers: containers
      .map(({ State, Status }) => `${State} ${Status.replace(/ \S+ seconds? ago| .*ago/, '')}`)
      .sort(),
  };
}

describe.each(clis)('docker $version build', (cli) => {
  it.each(Object.keys(commands))('%s', async (name) => {
    const [ours, theirs] = await Promise.all([outcome(engine, cli, name), outcome(peer, cli, name)]);
    const unexplained = compare(ours, theirs).filter((found) => !explanations.explains(name, 'build', found));
    done += 1;
    expect(unexplained).toEqual([]);
  });
});

it.skipIf(clis.length === 0)('differs in nothing that is gone', (context) => {
  if (done < clis.length * Object.keys(commands).length) context.skip('not all were run');
  expect(explanations.unseen().filter((each) => buildCommandDifferences.includes(each))).toEqual([]);
});
