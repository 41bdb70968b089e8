// Builds that are killed, canceled or left at random moments: no container, no mount, no folder and no process stays, and what the cache
// says afterwards is true.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { build } from '../fixtures/build.ts';
import { request } from '../fixtures/contract-table.ts';
import { startEngine, type BerthEngine } from '../fixtures/engine.ts';

/** Enough for a slow machine; only ends what hangs. */
const patient = 900_000;
const rounds = 30;

let engine: BerthEngine;
/** How long such a build takes when nobody disturbs it. */
let wholeMs = 0;

const files = Object.fromEntries(
  Array.from({ length: 300 }, (_, index) => [`src/${String(index)}`, `${String(index)}\n`.repeat(100)]),
);

/** Two stages with steps of every kind; no two rounds share what they make. */
const dockerfile = (round: string): string => `FROM busybox AS made
ARG ROUND=${round}
RUN echo $ROUND > /round && mkdir /made && seq 1 500 | while read n; do echo $n > /made/$n; done
RUN --mount=type=cache,target=/cache echo $ROUND >> /cache/rounds
FROM busybox
WORKDIR /app/${round}
COPY src /app/src
COPY --from=made /made /app/made
RUN cat /app/src/* /app/made/* | md5sum > /app/sum
COPY --from=made /round /app/round
`;

const run = (round: string, signal?: AbortSignal, id?: string) =>
  build(engine.socket, dockerfile(round), {
    files,
    query: { rm: '1', ...(id === undefined ? {} : { buildid: id }) },
    ...(signal === undefined ? {} : { signal }),
  });

beforeAll(async () => {
  engine = await startEngine();
  await engine.cli(['pull', '-q', 'busybox']);
  const began = performance.now();
  expect((await run('first')).error).toBeUndefined();
  wholeMs = performance.now() - began;
  await engine.renewBaseline();
});
afterAll(() => engine.stop());

/** Nothing is left of a build, and building it again comes to what an undisturbed build comes to. */
async function expectWhole(round: string): Promise<void> {
  await expect.poll(() => engine.docker.listContainers({ all: true })).toEqual([]);
  await expect.poll(() => readdirSync(path.join(engine.folder, 'data/build/work'))).toEqual([]);
  const made = await run(round);
  expect(made.error).toBeUndefined();
  const said =
    'cat /app/round; ls /app/src | wc -l; ls /app/made | wc -l; cat /app/sum; cat /app/src/* /app/made/* | md5sum';
  const { stdout, stderr } = await engine.cli(['run', '--rm', made.image ?? '', 'sh', '-c', said]);
  const [name, sources, made500, sum, again] = stdout.trim().split('\n');
  expect({ name, sources, made500, same: sum === again }, stderr).toEqual({
    ...{ name: round, sources: '300', made500: '500', same: true },
  });
}

const moment = (): Promise<void> => sleep(Math.random() * wholeMs);

it(`survives ${String(rounds)} kills of the engine`, { timeout: patient }, async () => {
  for (let round = 0; round < rounds; round++) {
    const name = `kill-${String(round)}`;
    const building = run(name).catch(() => undefined);
    await moment();
    await engine.kill('SIGKILL');
    await building;
    await engine.restart();
    await expectWhole(name);
  }
  await engine.leakCheck();
});

it(`survives ${String(rounds)} clients that leave`, { timeout: patient }, async () => {
  for (let round = 0; round < rounds; round++) {
    const name = `leave-${String(round)}`;
    const leaving = new AbortController();
    const building = run(name, leaving.signal).catch(() => undefined);
    await moment();
    leaving.abort();
    await building;
    await expectWhole(name);
  }
  await engine.leakCheck();
});

it(`survives ${String(rounds)} cancels`, { timeout: patient }, async () => {
  for (let round = 0; round < rounds; round++) {
    const name = `cancel-${String(round)}`;
    const id = round.toString(16).padStart(16, 'c');
    const building = run(name, undefined, id);
    await moment();
    const answer = await request(engine.socket, { method: 'POST', path: `/build/cancel?id=${id}` });
    expect(answer.status).toBe(200);
    const { error } = await building;
    expect([undefined, 'the build was canceled']).toContain(error);
    await expectWhole(name);
  }
  await engine.leakCheck();
});
