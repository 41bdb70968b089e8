// `npm start`: the engine, unless one answers already, and the window on it. Standard output has one line, the browser
// mode's address; whatever else is to be said goes to standard error.
import path from 'node:path';
import { provideEngine } from '../client/engine-supply.ts';
import type { KeptEngine } from '../client/kept-engine.ts';
import { keepEngineCommand, runRootKeeper } from '../client/root-keeper.ts';
import { startBrowserMode } from './browser-mode.ts';
import { findDesktopWindow, runDesktopWindow } from './desktop-window.ts';
import { parseStartOptions, startUsage, type StartOptions } from './start-options.ts';

/** The bundle lies in dist/. */
const distFolder = import.meta.dirname;

const say = (sentence: string) => void process.stderr.write(`${sentence}\n`);

async function main(): Promise<number> {
  const args = process.argv.slice(2);
  if (args[0] === keepEngineCommand) return await runRootKeeper(args);
  const options = parseStartOptions(args, process.env);
  if (options.help) {
    process.stdout.write(startUsage);
    return 0;
  }
  const stop = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  // They stay: npm passes on the Ctrl-C that the terminal has already sent.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop.abort());

  const engine = await provideEngine({
    endpoint: options.endpoint,
    ours: options.ours,
    node: process.execPath,
    distFolder,
    engineArguments: options.engineArguments,
    say,
  });
  try {
    if (!stop.signal.aborted) await showWindow(options, engine, stop.signal, stopped);
  } finally {
    if (engine !== undefined) {
      say('Stopping the engine. Containers go on running.');
      await engine.stop();
    }
  }
  return 0;
}

async function showWindow(
  options: StartOptions,
  keeper: KeptEngine | undefined,
  signal: AbortSignal,
  stopped: Promise<void>,
): Promise<void> {
  if (!options.browser) {
    const window = await findDesktopWindow(path.dirname(distFolder), process.env, say);
    let reason = '';
    if (window.kind === 'unavailable') reason = window.reason;
    else {
      // A kernel or a distribution may deny Chromium its sandbox: that shows only now.
      const failure = await runDesktopWindow(window, options.endpoint.url, signal);
      if (failure === undefined) return;
      reason = failure;
    }
    if (signal.aborted) return;
    say(`No desktop window, since ${reason}: Berth opens in the browser.`);
  }
  const browser = await startBrowserMode({
    endpoint: options.endpoint,
    uiFolder: path.join(distFolder, 'renderer'),
    port: options.port,
    openBrowser: options.openBrowser,
    keeper,
  });
  await stopped;
  await browser.close();
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    say(`berth: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
