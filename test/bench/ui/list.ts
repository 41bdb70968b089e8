// The list of containers under load: a thousand of them, fifty renamed each second; how soon it is there, how soon it tells
// what happened elsewhere, and what it costs when nobody looks.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { request } from '../../fixtures/contract-table.ts';
import type { BerthEngine } from '../../fixtures/engine.ts';
import { ms, type Figure } from '../figure.ts';
import { cpuSeconds, median, monitorsOf, processTree } from '../measure.ts';
import { percentile95, type BenchWindow } from './window.ts';

const containersInAll = 1000;
const renamesPerSecond = 50;

/** A request by plain HTTP: dockerode would take more of this process than the backend that is measured in it. */
async function ask(engine: BerthEngine, method: string, path: string, body?: object): Promise<string> {
  const sent = { method, path, body: body === undefined ? undefined : JSON.stringify(body) };
  const { status, text } = await request(engine.socket, sent);
  if (status >= 300) throw new Error(`${method} ${path}: ${String(status)} ${text}`);
  return text;
}

const idOf = z.object({ Id: z.string() });

async function allIds(engine: BerthEngine): Promise<string[]> {
  const text = await ask(engine, 'GET', '/containers/json?all=true');
  return z
    .array(idOf)
    .parse(JSON.parse(text))
    .map(({ Id }) => Id);
}

async function create(engine: BerthEngine, name: string): Promise<string> {
  const body = { Image: 'busybox', Cmd: ['sleep', '600'] };
  return idOf.parse(JSON.parse(await ask(engine, 'POST', `/containers/create?name=${name}`, body))).Id;
}

/** Makes the thousand containers, eight at a time. */
export async function fillList(engine: BerthEngine): Promise<void> {
  const have = (await allIds(engine)).length;
  const names = Array.from({ length: containersInAll - have }, (_, index) => `list-${String(index)}`);
  const make = async (): Promise<void> => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) await create(engine, name);
  };
  await Promise.all(Array.from({ length: 8 }, make));
}

/** Renames for some seconds; what the window did meanwhile. */
export async function renames(view: BenchWindow, engine: BerthEngine): Promise<Figure[]> {
  const ids = await allIds(engine);
  let renamed = 0;
  const watched = await view.watch(async () => {
    const began = performance.now();
    const until = began + 20_000;
    while (performance.now() < until) {
      const id = ids[renamed % ids.length] ?? '';
      await ask(engine, 'POST', `/containers/${id}/rename?name=renamed-${String(renamed)}`);
      renamed += 1;
      await sleep(Math.max(0, began + (renamed * 1000) / renamesPerSecond - performance.now()));
    }
  });
  const detail = `${(renamed / watched.seconds).toFixed(0)} renames per second, ${String(containersInAll)} containers`;
  return [
    { name: "the list's main thread", bar: 25, unit: '%', value: watched.mainThreadPercent, detail },
    {
      name: "the list's longest task",
      bar: 50,
      unit: 'ms',
      value: Math.max(0, ...watched.longTaskMs),
      detail: `${String(watched.longTaskMs.length)} of 50 ms or more`,
    },
    {
      name: "the list's frames, 95th percentile",
      bar: 20,
      unit: 'ms',
      value: percentile95(watched.frameMs),
      detail: `${String(watched.frameMs.length)} frames`,
    },
    {
      name: "the list's memory",
      bar: 300,
      unit: 'MB PSS',
      value: await view.memoryMegabytes(),
      detail: '',
    },
  ];
}

/** From the navigation to the first row drawn. */
export async function firstList(view: BenchWindow): Promise<Figure[]> {
  const times: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    await view.page.reload();
    await view.page.locator('[data-row-id]').first().waitFor();
    await sleep(300);
    times.push(await view.notes((notes) => notes.firstRowMs));
  }
  return [
    {
      name: 'the first usable list',
      bar: 1000,
      unit: 'ms',
      value: median(times),
      detail: `of ${String(containersInAll)} containers, ${times.map(ms).join(', ')}`,
    },
  ];
}

/** From the engine's answer to another client until the row shows it. */
export async function elsewhere(view: BenchWindow, engine: BerthEngine): Promise<Figure[]> {
  const name = 'list-of-its-own';
  const id = await create(engine, name);
  await view.page.getByPlaceholder('Filter').fill(name);
  const delays: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    for (const [path, text] of [
      [`/containers/${id}/start`, 'running'],
      [`/containers/${id}/stop?t=0`, 'stopped|exited'],
    ] as const) {
      const shown = view.page.evaluate(
        ([row, shows]) =>
          Promise.race((shows ?? '').split('|').map((word) => window.berthNotes.rowShows(row ?? '', word))),
        [name, text],
      );
      await ask(engine, 'POST', path);
      const answered = performance.timeOrigin + performance.now();
      delays.push((await shown) - answered);
    }
  }
  await ask(engine, 'DELETE', `/containers/${id}?force=true`);
  await view.page.getByPlaceholder('Filter').fill('');
  return [
    {
      name: 'what happened elsewhere is shown',
      bar: 100,
      unit: 'ms',
      value: percentile95(delays),
      detail: `95th percentile of ${String(delays.length)}, median ${ms(median(delays))}`,
    },
  ];
}

/** Everything's CPU time while the window is hidden and nothing happens. */
export async function hidden(view: BenchWindow, engine: BerthEngine): Promise<Figure[]> {
  const seconds = 30;
  // What a thousand creates have left to collect is not the window's.
  await sleep(30_000);
  await view.page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await sleep(3_000);
  const groups = [
    [await view.rendererPid()],
    [view.backendPid],
    [...(await processTree(engine.pid)), ...(await monitorsOf(engine.execRoot))],
  ];
  const used = (): Promise<number[]> => Promise.all(groups.map(cpuSeconds));
  const before = await used();
  await sleep(seconds * 1000);
  const after = await used();
  const [page = 0, backend = 0, engines = 0] = after.map((cpu, at) => cpu - (before[at] ?? 0));
  await view.page.evaluate(() => {
    Reflect.deleteProperty(document, 'hidden');
    Reflect.deleteProperty(document, 'visibilityState');
    document.dispatchEvent(new Event('visibilitychange'));
  });
  const percent = (cpu: number): number => (cpu / seconds) * 100;
  return [
    {
      name: 'a hidden window',
      bar: 1,
      unit: '% of a core',
      value: percent(page + engines + backend),
      detail: `page ${percent(page).toFixed(2)}, backend ${percent(backend).toFixed(2)}, engine ${percent(engines).toFixed(2)}`,
    },
  ];
}
