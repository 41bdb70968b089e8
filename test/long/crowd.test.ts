// Soak: a thousand containers there, two hundred of them running, and rounds of others that come and go among them, 32 at a
// time. Nothing fails, nothing is left behind, and the engine is no larger after the last round than after the third.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { valueAt } from '../fixtures/contract-table.ts';
import { type BerthEngine, startEngine, warmUp } from '../fixtures/engine.ts';
import { ask, parallel } from '../fixtures/load.ts';

/** Enough for a slow machine; only ends what hangs. */
const patient = 3_600_000;
const created = 1000;
const running = 200;
const rounds = 10;
const perRound = 200;
const width = 32;
const growthMegabytes = 10;
/** Idle, V8 collects its garbage within this time: what is not collected yet is no growth. */
const restMs = 30_000;

let engine: BerthEngine;
beforeAll(async () => {
  engine = await startEngine();
  await warmUp(engine);
});
afterAll(() => engine.stop());

const create = (name: string) =>
  ask(
    engine,
    201,
    'POST',
    `/containers/create?name=${name}`,
    JSON.stringify({ Image: 'busybox', Cmd: ['sleep', '100000'] }),
  );

/** A container's whole life. */
async function live(name: string): Promise<void> {
  await create(name);
  await ask(engine, 204, 'POST', `/containers/${name}/start`);
  const command = JSON.stringify({ Cmd: ['echo', 'hi'], AttachStdout: true });
  const exec = valueAt(await ask(engine, 201, 'POST', `/containers/${name}/exec`, command), ['Id']) ?? '';
  expect(await ask(engine, 200, 'POST', `/exec/${exec}/start`, '{"Detach":false}')).toContain('hi\n');
  expect(valueAt(await ask(engine, 200, 'GET', `/exec/${exec}/json`), ['ExitCode'])).toBe('0');
  await ask(engine, 204, 'POST', `/containers/${name}/stop?t=0`);
  await ask(engine, 204, 'DELETE', `/containers/${name}`);
}

/** What the engine holds in memory, MB. */
function residentMegabytes(): number {
  const status = readFileSync(`/proc/${String(engine.pid)}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024) / 1e6;
}

/** The least it holds in a while of rest. */
async function restingMegabytes(): Promise<number> {
  let least = residentMegabytes();
  for (const ends = Date.now() + restMs; Date.now() < ends; await sleep(500)) {
    least = Math.min(least, residentMegabytes());
  }
  return least;
}

const count = async (query: string): Promise<number> =>
  (JSON.parse(await ask(engine, 200, 'GET', `/containers/json?${query}`)) as unknown[]).length;

it(
  'keeps a thousand containers while others come and go, and does not grow',
  { timeout: patient },
  async () => {
    const crowd = (index: number) => `crowd-${String(index)}`;
    await parallel(created, width, (index) => create(crowd(index)));
    await parallel(running, width, (index) => ask(engine, 204, 'POST', `/containers/${crowd(index)}/start`));
    let afterThree = 0;
    for (let round = 1; round <= rounds; round++) {
      await parallel(perRound, width, (index) => live(`guest-${String(round)}-${String(index)}`));
      expect([await count('all=1'), await count('')]).toEqual([created, running]);
      console.log(`round ${String(round)}: ${residentMegabytes().toFixed(1)} MB`);
      if (round === 3) afterThree = await restingMegabytes();
    }
    const atTheEnd = await restingMegabytes();
    console.log(`at rest: ${afterThree.toFixed(1)} MB after round 3, ${atTheEnd.toFixed(1)} MB in the end`);
    expect(atTheEnd).toBeLessThanOrEqual(afterThree + growthMegabytes);
    await parallel(created, width, (index) =>
      ask(engine, 204, 'DELETE', `/containers/${crowd(index)}?force=1`),
    );
    expect(await count('all=1')).toBe(0);
    await engine.leakCheck();
  },
);
