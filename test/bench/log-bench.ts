// Logs under load: a flood that is logged whole while the engine stays quick and small, the end of a large log, searching it;
// and what it costs to watch many containers.
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BerthEngine } from '../fixtures/engine.ts';
import { ms, type Benches, type Figure } from './figure.ts';
import { cpuSeconds, median, open, request } from './measure.ts';

const lineBytes = 100;
const floodMegabytes = 600;
const watched = 100;

/** Benches of logs and statistics on this engine, which has busybox. */
export function logBenches(engine: BerthEngine): Benches {
  return { logs: () => logs(engine), stats: async () => [await stats(engine)] };
}

async function logs(engine: BerthEngine): Promise<Figure[]> {
  const source = path.join(engine.folder, 'flood.txt');
  writeLines(source);
  const container = await engine.docker.createContainer({
    Image: 'busybox',
    Cmd: ['cat', '/flood.txt'],
    HostConfig: { Binds: [`${source}:/flood.txt:ro`] },
  });
  try {
    const rssBefore = residentMegabytes(engine.pid);
    const began = performance.now();
    await container.start();
    let running = true;
    const ended = container.wait().then(() => (running = false));
    const listTimes: number[] = [];
    while (running) {
      listTimes.push((await request(engine, '/containers/json')).totalMs);
      await Promise.race([ended, sleep(50)]);
    }
    const seconds = (performance.now() - began) / 1000;
    const grown = residentMegabytes(engine.pid) - rssBefore;
    const log = path.join(engine.folder, 'data', 'containers', container.id, `${container.id}-json.log`);
    const lines = Number(execFileSync('wc', ['-l', log], { encoding: 'utf8' }).split(' ')[0]);
    const wanted = (floodMegabytes * 1e6) / lineBytes;
    if (lines !== wanted) throw new Error(`${String(lines)} of ${String(wanted)} lines were logged`);
    const gigabytes = statSync(log).size / 1e9;
    const detail = `of a log of ${gigabytes.toFixed(2)} GB`;
    const base = `/berth/containers/${container.id}/logs/search?case=1`;
    const timed = async (target: string, times: number): Promise<number> => {
      const all: number[] = [];
      for (let time = 0; time < times; time += 1) all.push((await request(engine, target)).totalMs);
      return median(all);
    };
    // The log was just written: it is in the page cache.
    const tailMs = await timed(`/containers/${container.id}/logs?stdout=1&stderr=1&tail=100`, 21);
    const literalMs = (await timed(`${base}&q=not%20to%20be%20found`, 3)) / gigabytes;
    const regexMs = (await timed(`${base}&regex=1&q=(not|never)%20to%20be%20f[aou]%2Bnd%24`, 3)) / gigabytes;
    return [
      {
        name: 'a flood of 100-byte lines',
        least: 250,
        unit: 'MB/s',
        value: floodMegabytes / seconds,
        detail: 'logged whole',
      },
      { name: 'the engine grows by', bar: 10, unit: 'MB RSS', value: grown, detail: 'in that flood' },
      {
        name: 'a list meanwhile',
        bar: 50,
        unit: 'ms',
        value: median(listTimes),
        detail: `at most ${ms(Math.max(...listTimes))}`,
      },
      { name: 'logs?tail=100 to the last byte', bar: 10, unit: 'ms', value: tailMs, detail },
      { name: 'search for a text', bar: 1.5, unit: 's per GB', value: literalMs / 1000, detail },
      { name: 'search by an expression', bar: 5, unit: 's per GB', value: regexMs / 1000, detail },
    ];
  } finally {
    await container.remove({ force: true });
    rmSync(source);
  }
}

async function stats(engine: BerthEngine): Promise<Figure> {
  const seconds = 10;
  const containers = await Promise.all(
    Array.from({ length: watched }, async () => {
      const container = await engine.docker.createContainer({ Image: 'busybox', Cmd: ['sleep', '600'] });
      await container.start();
      return container;
    }),
  );
  try {
    await sleep(2000);
    const idleBefore = await cpuSeconds([engine.pid]);
    await sleep(seconds * 1000);
    const idle = (await cpuSeconds([engine.pid])) - idleBefore;
    const response = await open(engine, `/berth/stats?ids=${containers.map(({ id }) => id).join(',')}`);
    response.resume();
    await sleep(2000);
    const before = await cpuSeconds([engine.pid]);
    await sleep(seconds * 1000);
    const busy = (await cpuSeconds([engine.pid])) - before;
    response.destroy();
    return {
      name: `statistics of ${String(watched)} containers`,
      bar: 5,
      unit: '% of a core',
      value: ((busy - idle) / seconds) * 100,
      detail: `over ${String(seconds)} s`,
    };
  } finally {
    await Promise.all(containers.map((container) => container.remove({ force: true })));
  }
}

/** A file of lines of 100 bytes, each with its number. */
function writeLines(file: string): void {
  const count = (floodMegabytes * 1e6) / lineBytes;
  const descriptor = openSync(file, 'w');
  for (let line = 0; line < count;) {
    let text = '';
    for (let many = 0; many < 10_000 && line < count; many += 1, line += 1) {
      text +=
        `${String(line).padStart(10)} GET /path?x="1" HTTP/1.1 200 `.padEnd(lineBytes - 1, 'abcdefgh') + '\n';
    }
    writeSync(descriptor, text);
  }
  closeSync(descriptor);
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return (Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024) / 1e6;
}
