// The log viewer with a million lines, while it is scrolled, and while ten megabytes come each second.
import { setTimeout as sleep } from 'node:timers/promises';
import type { BerthEngine } from '../../fixtures/engine.ts';
import { type Figure } from '../figure.ts';
import { percentile95, watchPage, type BenchWindow, type Watched } from './window.ts';

const lines = 1_000_000;
/** What a record on the wire has beside its line: stream, time, length, and no end of line. */
const recordBytes = 12;
const lineBytes = 100;
/** One line of the flood: so many bytes with its end. */
const line = `INFO  ${'request served without a complaint by worker '.padEnd(93, '.')}`;

function frames(name: string, watched: Watched, detail: string): Figure[] {
  return [
    {
      name: `${name}: frames, 95th percentile`,
      bar: 20,
      unit: 'ms',
      value: percentile95(watched.frameMs),
      detail: `${(watched.frameMs.length / watched.seconds).toFixed(1)} frames per second, main thread ${watched.mainThreadPercent.toFixed(0)} %, ${detail}`,
    },
  ];
}

/** A million lines: read, held, scrolled through; then a flood on top. */
export async function logs(view: BenchWindow, engine: BerthEngine): Promise<Figure[]> {
  const { docker } = engine;
  // Two hundred kilobytes each 16 ms or so: a little more than ten megabytes a second once it was told to.
  const script = [
    `yes '${line}' | head -n ${String(lines)}`,
    `yes '${line}' | head -n 2000 > /tmp/chunk`,
    'touch /tmp/ready; until [ -e /tmp/go ]; do sleep 0.1; done',
    'while :; do cat /tmp/chunk; usleep 13000; done',
  ].join('; ');
  const container = await docker.createContainer({
    name: 'talkative',
    Image: 'busybox',
    Cmd: ['sh', '-c', script],
  });
  await container.start();
  await until(() => succeeds(engine, ['exec', 'talkative', 'test', '-e', '/tmp/ready']));
  const opened = performance.now();
  const place = `#/containers/${container.id}/logs`;
  await view.page.goto(`${view.origin}/${place}`);
  await view.page.getByText(/1,000,000 lines/).waitFor({ timeout: 120_000 });
  const openedSeconds = (performance.now() - opened) / 1000;
  await view.page.getByRole('log').click();
  const scrolled = await view.watch(async () => {
    for (let step = 0; step < 300; step += 1) {
      await view.page.mouse.wheel(0, step % 100 < 90 ? -1200 : 40_000);
      await sleep(16);
    }
  });
  const memory = await view.memoryMegabytes();
  await view.page.goto('about:blank');
  const page = await view.openPlain(place);
  await page.shows('1,000,000 lines');
  let rate = 0;
  const taken = async (): Promise<number> => Number(await page.evaluate('berthNotes.acknowledgedBytes'));
  const flooded = await watchPage(page, async () => {
    await engine.cli(['exec', 'talkative', 'touch', '/tmp/go']);
    await sleep(2_000);
    const before = await taken();
    await sleep(10_000);
    const bytes = ((await taken()) - before) * (lineBytes / (lineBytes + recordBytes));
    rate = bytes / 10 / 1e6;
  });
  const flooding = await view.memoryMegabytes(page);
  await page.close();
  await container.remove({ force: true });
  return [
    {
      name: 'memory with a million lines',
      bar: 500,
      unit: 'MB PSS',
      value: Math.max(memory, flooding),
      detail: `read in ${openedSeconds.toFixed(1)} s; ${memory.toFixed(0)} MB before the flood`,
    },
    ...frames('a million lines scrolled', scrolled, ''),
    { name: 'a flood of a log', least: 10, unit: 'MB/s', value: rate, detail: 'as the lines are written' },
    ...frames(
      'a flood of a log',
      flooded,
      `longest task ${Math.max(0, ...flooded.longTaskMs).toFixed(0)} ms`,
    ),
  ];
}

async function succeeds(engine: BerthEngine, args: readonly string[]): Promise<boolean> {
  return (await engine.cli(args)).exitCode === 0;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(200);
}
