// Soak: many containers made, started, entered, stopped and removed, many at a time, and nothing left behind.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { valueAt } from '../fixtures/contract-table.ts';
import { type BerthEngine, removeContainers, startEngine, warmUp } from '../fixtures/engine.ts';
import { ask, parallel } from '../fixtures/load.ts';

/** Enough for a slow machine; only ends what hangs. */
const patient = 1_200_000;

let engine: BerthEngine;
beforeAll(async () => {
  engine = await startEngine();
  await warmUp(engine);
});
beforeEach(() => removeContainers(engine.docker)); // those of a test that failed are not the next one's
afterAll(() => engine.stop());

it(
  'runs 200 containers of one name and one port after another without a trace',
  { timeout: patient },
  async () => {
    for (let run = 0; run < 200; run++) {
      const args = ['run', '--rm', '--name', 'same', '-p', '18080:80', 'busybox', 'echo', String(run)];
      expect(await engine.cli(args)).toMatchObject({ exitCode: 0, stdout: `${String(run)}\n`, stderr: '' });
    }
    await engine.leakCheck();
  },
);

it('survives ten rounds of a hundred containers, 16 at a time', { timeout: patient }, async () => {
  for (let round = 0; round < 10; round++) {
    await parallel(100, 16, async (index) => {
      const name = `churn-${String(round)}-${String(index)}`;
      const body = JSON.stringify({ Image: 'busybox', Cmd: ['sleep', '1000'] });
      await ask(engine, 201, 'POST', `/containers/create?name=${name}`, body);
      await ask(engine, 204, 'POST', `/containers/${name}/start`);
      const command = JSON.stringify({ Cmd: ['echo', 'hi'], AttachStdout: true });
      const exec = valueAt(await ask(engine, 201, 'POST', `/containers/${name}/exec`, command), ['Id']) ?? '';
      expect(await ask(engine, 200, 'POST', `/exec/${exec}/start`, '{"Detach":false}')).toContain('hi\n');
      expect(valueAt(await ask(engine, 200, 'GET', `/exec/${exec}/json`), ['ExitCode'])).toBe('0');
      await ask(engine, 204, 'POST', `/containers/${name}/stop?t=0`);
      await ask(engine, 204, 'DELETE', `/containers/${name}`);
    });
  }
  expect((await engine.cli(['ps', '-aq'])).stdout).toBe('');
  await engine.leakCheck();
});

it('survives 150 kills of the engine while containers come and go', { timeout: patient }, async () => {
  for (let round = 0; round < 150; round++) {
    const name = `victim-${String(round)}`;
    const run = engine.cli(['run', '-d', '--name', name, '-p', '18085:80', 'busybox', 'sleep', '1000']);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 120));
    await engine.kill('SIGKILL');
    await run;
    await engine.restart();
    const left = (await engine.cli(['ps', '-aq'])).stdout.split('\n').filter((id) => id !== '');
    expect(left.length).toBeLessThanOrEqual(1);
    for (const id of left) expect(await engine.cli(['rm', '-f', id])).toMatchObject({ exitCode: 0 });
  }
  await engine.leakCheck();
});

it('survives 30 kills of the engine while it pulls', { timeout: patient }, async () => {
  for (let round = 0; round < 30; round++) {
    const pull = engine.cli(['pull', 'python:3.11-slim']);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 1_500));
    await engine.kill('SIGKILL');
    await pull;
    await engine.restart();
    await engine.cli(['rmi', 'python:3.11-slim']);
  }
  expect(await engine.cli(['pull', '-q', 'python:3.11-slim'])).toMatchObject({ exitCode: 0 });
  expect(await engine.cli(['run', '--rm', 'python:3.11-slim', 'python', '-c', 'print(6*7)'])).toMatchObject({
    stdout: '42\n',
  });
  await engine.leakCheck();
});
