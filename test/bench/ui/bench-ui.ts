// The figures of the window: the built UI in Chromium on a real engine.
//
//   npm run bench:ui                  prints the table
//   npm run bench:ui -- --check       and exits 1 when a bar is missed twice in a row
//   npm run bench:ui -- list logs     only these
import { parseArgs } from 'node:util';
import { startEngine } from '../../fixtures/engine.ts';
import { runBenches, type Benches, type Figure } from '../figure.ts';
import { elsewhere, fillList, firstList, hidden, renames } from './list.ts';
import { logs } from './logs.ts';
import { flood, keystrokes } from './terminal.ts';
import { BenchWindow } from './window.ts';

const { values: flags, positionals: asked } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
});

const engine = await startEngine();

/** Each in a window of its own: what one leaves in memory is not the next one's. */
async function inWindow(work: (window: BenchWindow) => Promise<Figure[]>): Promise<Figure[]> {
  const window = await BenchWindow.open(engine.socket);
  try {
    return await work(window);
  } finally {
    await window.close();
  }
}

/** In a list of a thousand. */
const inList = async (work: (window: BenchWindow) => Promise<Figure[]>): Promise<Figure[]> => {
  await fillList(engine);
  return inWindow(work);
};

const benches: Benches = {
  keystrokes: () => inWindow((window) => keystrokes(window, engine)),
  flood: () => inWindow((window) => flood(window, engine)),
  logs: () => inWindow((window) => logs(window, engine)),
  list: () => inList((window) => renames(window, engine)),
  first: () => inList(firstList),
  elsewhere: () => inList((window) => elsewhere(window, engine)),
  hidden: () => inList((window) => hidden(window, engine)),
};

let missed = false;
try {
  await engine.cli(['pull', '-q', 'busybox']);
  missed = await runBenches(benches, asked, flags.check);
} finally {
  await engine.stop();
}
process.exit(flags.check && missed ? 1 : 0);
