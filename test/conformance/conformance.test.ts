// Several hundred scenarios on our engine and on a real dockerd 20.10, through the same CLI and the same requests: what
// differs must stand in differences.ts with its reason, and what stands there must differ.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startEngine, type BerthEngine, type TestEngine } from '../fixtures/engine.ts';
import { dockerPrograms } from '../fixtures/packages.ts';
import { startPeer } from '../fixtures/peer.ts';
import { compare, Explanations } from './compare.ts';
import { differences } from './differences.ts';
import { nameOf, type Scenarios } from './scenario.ts';
import { copies } from './scenarios/copies.ts';
import { execs } from './scenarios/execs.ts';
import { files } from './scenarios/files.ts';
import { imageCommands } from './scenarios/image-commands.ts';
import { images } from './scenarios/images.ts';
import { inside } from './scenarios/inside.ts';
import { life } from './scenarios/life.ts';
import { lists } from './scenarios/lists.ts';
import { looks } from './scenarios/looks.ts';
import { networks } from './scenarios/networks.ts';
import { api } from './scenarios/api.ts';
import { apiOptions } from './scenarios/api-options.ts';
import { runOptions } from './scenarios/run-options.ts';
import { swarm } from './scenarios/swarm.ts';
import { volumes } from './scenarios/volumes.ts';
import type { Registry } from '../fixtures/registry.ts';
import { clean, startPushRegistry } from './clean.ts';
import { Side } from './sides.ts';

const tables: Readonly<Record<string, Scenarios>> = {
  api,
  'options over the API': apiOptions,
  'options of run': runOptions,
  life,
  looks,
  inside,
  images,
  files,
  lists,
  execs,
  copies,
  volumes,
  networks,
  swarm,
  'image commands': imageCommands,
};

const missing = await dockerPrograms().then(
  () => undefined,
  (error: unknown) => String(error),
);
if (missing !== undefined) console.warn(`no dockerd to compare with: ${missing}`);

const pulled = ['busybox', 'busybox-layers', 'hello-world'];
const explanations = new Explanations(differences);
const count = { scenarios: 0, steps: 0 };
const all = Object.values(tables).reduce((sum, table) => sum + Object.keys(table).length, 0);

let engine: BerthEngine;
let peer: TestEngine;
let registries: Registry[] = [];

beforeAll(async () => {
  if (missing !== undefined) return;
  [engine, peer] = await Promise.all([startEngine(), startPeer()]);
  for (const image of pulled) await both((side) => side.cli(['pull', '-q', image]));
  registries = await both(startPushRegistry);
});
afterAll(async () => {
  await Promise.all(registries.map((each) => each.stop()));
  await Promise.all([engine, peer].map((side) => side?.stop()));
});

/** Does something on both engines at once. */
async function both<T>(act: (side: TestEngine) => Promise<T>): Promise<[T, T]> {
  return await Promise.all([act(engine), act(peer)]);
}

afterEach(async () => {
  if (missing !== undefined) return;
  await both((side) => clean(side, pulled));
});

for (const [topic, scenarios] of Object.entries(tables)) {
  describe.skipIf(missing !== undefined)(topic, () => {
    it.each(Object.keys(scenarios))('%s', async (scenario) => {
      const sides = [new Side(engine), new Side(peer)] as const;
      const unexplained: string[] = [];
      for (const step of scenarios[scenario] ?? []) {
        const [ours, theirs] = await Promise.all(sides.map(async (side) => await side.take(step)));
        count.steps += 1;
        for (const found of compare(ours, theirs)) {
          if (explanations.explains(scenario, nameOf(step), found)) continue;
          unexplained.push(
            `${nameOf(step)}\n  at ${found.at}\n  ours   ${JSON.stringify(found.ours)}\n  theirs ${JSON.stringify(found.theirs)}`,
          );
        }
      }
      count.scenarios += 1;
      expect(unexplained.join('\n'), `what differs in "${scenario}"`).toBe('');
    });
  });
}

describe.skipIf(missing !== undefined)('the list of differences', () => {
  it('has none that is gone', (context) => {
    if (count.scenarios < all) context.skip('not all scenarios were run');
    console.log(
      `${String(count.scenarios)} scenarios, ${String(count.steps)} steps, ${String(differences.length)} differences`,
    );
    expect(explanations.unseen()).toEqual([]);
  });
});
