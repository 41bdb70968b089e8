// The figures that the README quotes, measured against a dockerd 20.10 of its own in the same run.
//
//   npm run bench                  prints the table
//   npm run bench -- --check       and exits 1 when a bar is missed twice in a row
//   npm run bench -- --pairs 50 run exec
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { dockerClis } from '../fixtures/cli.ts';
import { startEngine } from '../fixtures/engine.ts';
import { startPeer } from '../fixtures/peer.ts';
import { buildBenches } from './build-bench.ts';
import { ms, runBenches, type Benches, type Figure } from './figure.ts';
import { imageBenches } from './image-bench.ts';
import { imageScaleBenches } from './image-scale-bench.ts';
import { lifeBenches } from './life-bench.ts';
import { logBenches } from './log-bench.ts';
import { networkBenches } from './network-bench.ts';
import { alternate, cpuSeconds, median, monitorsOf, processTree, pssMegabytes } from './measure.ts';
import { timeCommand } from './shell.ts';

const { values: flags, positionals: asked } = parseArgs({
  options: { check: { type: 'boolean', default: false }, pairs: { type: 'string', default: '30' } },
  allowPositionals: true,
});
const pairs = Number(flags.pairs);

const [cli] = (await dockerClis()).slice(-1);
if (cli === undefined) throw new Error('there is no docker CLI');
const engine = await startEngine();
const peer = await startPeer();
const ours = (...args: string[]) => [cli.program, '-H', `unix://${engine.socket}`, ...args];
const theirs = (...args: string[]) => [cli.program, '-H', `unix://${peer.socket}`, ...args];

/** Both sides of a docker command in turn: the ratio is the figure, the times are the detail. */
async function ratio(name: string, bar: number | undefined, ...args: string[]): Promise<Figure> {
  const times = await alternate(
    pairs,
    () => timeCommand(ours(...args)),
    () => timeCommand(theirs(...args)),
  );
  const start = median(await repeat(pairs, () => timeCommand([cli?.program ?? '', '--version'])));
  const [a, b] = [median(times.ours), median(times.theirs)];
  const net = (a - start) / (b - start);
  const detail = `${ms(a)} against ${ms(b)}; net of the CLI's own ${ms(start)}: ${net.toFixed(3)}`;
  return { name, bar, unit: 'of dockerd', value: a / b, detail };
}

/** `count` detached containers started at the same moment; all removed again outside the measured time. */
async function startsAtOnce(count: number, bar?: number): Promise<Figure> {
  const start = async (command: (...args: string[]) => string[]) => {
    const began = process.hrtime.bigint();
    await Promise.all(
      Array.from({ length: count }, (_, index) =>
        timeCommand(command('run', '-d', '--name', `many-${String(index)}`, 'busybox', 'sleep', '600')),
      ),
    );
    const elapsedMs = Number(process.hrtime.bigint() - began) / 1e6;
    await timeCommand(
      command('rm', '-f', ...Array.from({ length: count }, (_, index) => `many-${String(index)}`)),
    );
    return elapsedMs;
  };
  const times = await alternate(
    Math.max(3, Math.round(pairs / 10)),
    () => start(ours),
    () => start(theirs),
  );
  const [a, b] = [median(times.ours), median(times.theirs)];
  return {
    name: `${String(count)} starts at once`,
    bar,
    unit: 'of dockerd',
    value: a / b,
    detail: `${ms(a)} against ${ms(b)}`,
  };
}

/** Memory and CPU of the engine, idle and with 20 idle containers. */
async function footprint(): Promise<Figure[]> {
  const count = 20;
  const watchedSeconds = 60;
  await sleep(2_000);
  const idle = await pssMegabytes(await processTree(engine.pid));
  for (let index = 0; index < count; index++) {
    await timeCommand(ours('run', '-d', '--name', `idle-${String(index)}`, 'busybox', 'sleep', '600'));
  }
  await sleep(2_000);
  const monitors = await monitorsOf(engine.execRoot);
  const perContainer = (await pssMegabytes(monitors)) / count;
  const watched = [...(await processTree(engine.pid)), ...monitors];
  const before = await cpuSeconds(watched);
  if (idle === 0 || perContainer === 0 || before === 0)
    throw new Error('this kernel does not tell memory or CPU time');
  await sleep(watchedSeconds * 1_000);
  const busy = ((await cpuSeconds(watched)) - before) / watchedSeconds;
  await timeCommand(
    ours('rm', '-f', ...Array.from({ length: count }, (_, index) => `idle-${String(index)}`)),
  );
  return [
    { name: 'idle engine with its helper', bar: 90, unit: 'MB PSS', value: idle, detail: '' },
    {
      name: 'a running container',
      bar: 0.7,
      unit: 'MB PSS',
      value: perContainer,
      detail: `${String(monitors.length)} monitors`,
    },
    {
      name: `CPU with ${String(count)} idle containers`,
      bar: 0.3,
      unit: '% of a core',
      value: busy * 100,
      detail: `over ${String(watchedSeconds)} s`,
    },
  ];
}

async function exec(): Promise<Figure> {
  for (const command of [ours, theirs])
    await timeCommand(command('run', '-d', '--name', 'target', 'busybox', 'sleep', '600'));
  try {
    return await ratio('docker exec', 0.38, 'exec', 'target', 'true');
  } finally {
    for (const command of [ours, theirs]) await timeCommand(command('rm', '-f', 'target'));
  }
}

const benches: Benches = {
  run: async () => [await ratio('docker run --rm busybox true', 0.18, 'run', '--rm', 'busybox', 'true')],
  none: async () => [
    await ratio(
      'docker run --rm --network none',
      0.18,
      'run',
      '--rm',
      '--network',
      'none',
      'busybox',
      'true',
    ),
  ],
  exec: async () => [await exec()],
  burst: async () => [await startsAtOnce(20), await startsAtOnce(50, 0.25)],
  footprint,
  ...imageBenches(
    [
      { engine, docker: ours },
      { engine: peer, docker: theirs },
    ],
    Math.max(3, Math.round(pairs / 6)),
  ),
  ...imageScaleBenches({ engine, docker: ours }, { engine: peer, docker: theirs }, pairs),
  ...logBenches(engine),
  ...lifeBenches(engine, peer, pairs),
  ...buildBenches(engine, peer, Math.max(3, Math.round(pairs / 3))),
  ...networkBenches(engine, peer, Math.max(5, Math.round(pairs / 3))),
};

let missed = false;
try {
  for (const command of [ours, theirs]) await timeCommand(command('pull', '-q', 'busybox'));
  console.log(`docker CLI ${cli.version}, ${String(pairs)} pairs, medians\n`);
  missed = await runBenches(benches, asked, flags.check);
} finally {
  await engine.stop();
  await peer.stop();
}
process.exit(flags.check && missed ? 1 : 0);

async function repeat(times: number, work: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let time = 0; time < times; time++) values.push(await work());
  return values;
}
