// The terminal: how long a key takes to come back, and whether a flood comes through whole.
import type Docker from 'dockerode';
import type { BerthEngine } from '../../fixtures/engine.ts';
import { ms, type Figure } from '../figure.ts';
import { median } from '../measure.ts';
import { percentile95, type BenchWindow } from './window.ts';

const floodBytes = 200_000_000;

async function openTerminal(view: BenchWindow, docker: Docker): Promise<Docker.Container> {
  const container = await docker.createContainer({
    name: 'typed-in',
    Image: 'busybox',
    Cmd: ['sleep', '3600'],
    HostConfig: { Init: true },
  });
  await container.start();
  await view.page.goto(`${view.origin}/#/containers/${container.id}/terminal`);
  await view.page.locator('.xterm-screen').click();
  await view.page.locator('.xterm-rows').getByText('#').first().waitFor();
  return container;
}

/** Keys typed at a shell's prompt, one by one. */
export async function keystrokes(view: BenchWindow, engine: BerthEngine): Promise<Figure[]> {
  const container = await openTerminal(view, engine.docker);
  await view.page.keyboard.type('warm up', { delay: 30 });
  // Without frames: a key that comes while one is asked for is answered after it.
  await view.notes((notes) => notes.begin({ frames: false }));
  await view.page.keyboard.type('the quick brown fox jumps over the lazy dog '.repeat(4), { delay: 40 });
  const echoes = await view.notes((notes) => notes.echoMs);
  await view.notes((notes) => notes.end());
  await container.remove({ force: true });
  return [
    {
      name: "a key's echo, parsed by the terminal",
      bar: 12,
      unit: 'ms',
      value: percentile95(echoes),
      detail: `95th percentile of ${String(echoes.length)}, median ${ms(median(echoes))}`,
    },
  ];
}

/** A flood, every byte of which is counted as it comes and acknowledged once it is parsed. */
export async function flood(view: BenchWindow, engine: BerthEngine): Promise<Figure[]> {
  const container = await openTerminal(view, engine.docker);
  // Not a single x but those of the flood.
  await view.page.keyboard.type(`stty -echo; PS1='> '\n`, { delay: 10 });
  await view.page.locator('.xterm-rows').getByText('>').first().waitFor();
  await view.notes((notes) => notes.begin({ frames: false, count: true }));
  const started = performance.now();
  // 170 is the octal number of an x.
  await view.page.keyboard.type(`head -c ${String(floodBytes)} /dev/zero | tr '\\0' '\\170'; echo\n`);
  await view.page.waitForFunction((wanted) => window.berthNotes.countedBytes >= wanted, floodBytes, {
    timeout: 300_000,
    polling: 200,
  });
  await view.page.waitForFunction(
    () => window.berthNotes.acknowledgedBytes >= window.berthNotes.receivedBytes,
    undefined,
    { timeout: 60_000, polling: 50 },
  );
  const seconds = (performance.now() - started) / 1000;
  const lost = floodBytes - (await view.notes((notes) => notes.countedBytes));
  const unparsed = await view.notes((notes) => notes.receivedBytes - notes.acknowledgedBytes);
  const mainMemory = await view.memoryMegabytes();
  await container.remove({ force: true });
  return [
    {
      name: 'bytes that a flood lost',
      bar: 0,
      unit: 'bytes',
      value: Math.abs(lost) + unparsed,
      detail: `${(floodBytes / 1e6 / seconds).toFixed(1)} MB/s, ${mainMemory.toFixed(0)} MB PSS`,
    },
  ];
}
