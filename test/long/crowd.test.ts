// Soak: a thousand containers there, two hundred of them running, and rounds of others that come and go among them, 32 at a
// time. Nothing fails, nothing is left behind, and the engine is no larger after the last round than after the third.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { request, valueAt } from '../fixtures/contract-table.ts';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';

/** Enough for a slow machine; only ends what hangs. */
const patient = 3_600_000;
const created = 1000;
const running = 200;
const rounds = 10;
const perRound = 200;
const width = 32;
const growthMegabytes = 10;

let engine: BerthEngine;
beforeAll(async () => {
  engine = await startEngine();
  await engine.cli(['pull', '-q', 'busybox']);
  // The first run compiles the seccomp profile, which is kept.
  await engine.cli(['run', '--rm', 'busybox', 'true']);
  await engine.renewBaseline();
});
afterAll(() => engine.stop());

/** One request, by plain HTTP: a client library's own work would be most of a soak. Answers the body. */
async function ask(status: number, method: string, path: string, body?: string): Promise<string> {
  const answer = await request(engine.socket, { method, path, body });
  expect({ status: answer.status, text: answer.text }).toMatchObject({ status });
  return answer.text;
}

/** Runs `work` for 0..count-1, `width` of them at a time. */
async function parallel(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

const create = (name: string) =>
  ask(
    201,
    'POST',
    `/containers/create?name=${name}`,
    JSON.stringify({ Image: 'busybox', Cmd: ['sleep', '100000'] }),
  );

/** A container's whole life. */
async function live(name: string): Promise<void> {
  await create(name);
  await ask(204, 'POST', `/containers/${name}/start`);
  const command = JSON.stringify({ Cmd: ['echo', 'hi'], AttachStdout: true });
  const exec = valueAt(await ask(201, 'POST', `/containers/${name}/exec`, command), ['Id']) ?? '';
  expect(await ask(200, 'POST', `/exec/${exec}/start`, '{"Detach":false}')).toContain('hi\n');
  expect(valueAt(await ask(200, 'GET', `/exec/${exec}/json`), ['ExitCode'])).toBe('0');
  await ask(204, 'POST', `/containers/${name}/stop?t=0`);
  await ask(204, 'DELETE', `/containers/${name}`);
}

/** What the engine holds in memory, MB. */
function residentMegabytes(): number {
  const status = readFileSync(`/proc/${String(engine.pid)}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024) / 1e6;
}

const count = async (query: string): Promise<number> =>
  (JSON.parse(await ask(200, 'GET', `/containers/json?${query}`)) as unknown[]).length;

it(
  'keeps a thousand containers while others come and go, and does not grow',
  { timeout: patient },
  async () => {
    const crowd = (index: number) => `crowd-${String(index)}`;
    await parallel(created, (index) => create(crowd(index)));
    await parallel(running, (index) => ask(204, 'POST', `/containers/${crowd(index)}/start`));
    const sizes: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await parallel(perRound, (index) => live(`guest-${String(round)}-${String(index)}`));
      expect([await count('all=1'), await count('')]).toEqual([created, running]);
      sizes.push(residentMegabytes());
      console.log(`round ${String(round + 1)}: ${sizes.at(-1)?.toFixed(1) ?? ''} MB`);
    }
    // Garbage that is not collected yet is no growth: after one of the last rounds it has been.
    expect(Math.min(...sizes.slice(-3))).toBeLessThanOrEqual((sizes[2] ?? 0) + growthMegabytes);
    await parallel(created, (index) => ask(204, 'DELETE', `/containers/${crowd(index)}?force=1`));
    expect(await count('all=1')).toBe(0);
    await engine.leakCheck();
  },
);
