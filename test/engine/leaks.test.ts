// Forty times the same name and the same port (the soak does it two hundred times): whatever the next run needs must be free again each time, and at
// the end nothing is left in the kernel or on disk.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type BerthEngine, startEngine, warmUp } from '../fixtures/engine.ts';

let engine: BerthEngine;
beforeAll(async () => {
  engine = await startEngine();
  await warmUp(engine);
});
afterAll(() => engine.stop());

it('runs 40 containers of one name and one port after another without a trace', async () => {
  for (let run = 0; run < 40; run++) {
    const args = ['run', '--rm', '--name', 'same', '-p', '18080:80', 'busybox', 'echo', String(run)];
    expect(await engine.cli(args)).toMatchObject({ exitCode: 0, stdout: `${String(run)}\n`, stderr: '' });
  }
  await engine.leakCheck();
});
