// `npm start`: the engine, unless one answers already, and the window on it. Standard output has one line, the browser
// mode's address; whatever else is to be said goes to standard error.
import path from 'node:path';
import { createEngineClient } from '../client/engine-client.ts';
import { failureFromError } from '../client/engine-failure.ts';
import type { Endpoint } from '../client/endpoint.ts';
import { startBrowserMode } from './browser-mode.ts';
import { findDesktopWindow, runDesktopWindow } from './desktop-window.ts';
import { EngineKeeper } from './engine-keeper.ts';
import { elevation, keepEngineCommand, RootKeeper, runRootKeeper } from './root-keeper.ts';
import { parseStartOptions, startUsage, type StartOptions } from './start-options.ts';

/** The bundle lies in dist/. */
const distFolder = import.meta.dirname;
const probeTimeoutMs = 3000;

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

  const engine = await provideEngine(options);
  try {
    if (!stop.signal.aborted) await showWindow(options, stop.signal, stopped);
  } finally {
    if (engine !== undefined) {
      say('Stopping the engine. Containers go on running.');
      await engine.stop();
    }
  }
  return 0;
}

/** An engine that we started and have to stop; undefined when it is not ours. */
async function provideEngine(options: StartOptions): Promise<EngineKeeper | RootKeeper | undefined> {
  const { endpoint } = options;
  const found = await probe(endpoint);
  if (found === 'answers') {
    say(`Using the engine that answers at ${endpoint.url}.`);
    return undefined;
  }
  if (found === 'denied')
    say(`You may not use the engine's socket ${endpoint.url}; the window says what to do.`);
  if (found === 'denied' || !options.ours || endpoint.kind !== 'unix') return undefined;
  const command = [process.execPath, path.join(distFolder, 'berthd.js'), ...options.engineArguments] as const;
  const keeper = chooseKeeper(endpoint.socketPath, [command[0], ...command.slice(1)]);
  await keeper.start();
  return keeper;
}

function chooseKeeper(
  socketPath: string,
  command: readonly [string, ...string[]],
): EngineKeeper | RootKeeper {
  if (process.getuid?.() === 0) return new EngineKeeper({ command, socketPath, ownerUid: undefined, say });
  const prefix = elevation();
  const why = "Berth's engine makes namespaces, mounts and network devices, and so it needs root.";
  if (prefix === undefined) {
    throw new Error(`${why} Start it in a terminal, where sudo can ask for your password.`);
  }
  say(`${why} ${prefix[0] ?? ''} asks for your password.`);
  return new RootKeeper(prefix, path.join(distFolder, 'start.js'), socketPath, command);
}

async function probe(endpoint: Endpoint): Promise<'answers' | 'absent' | 'denied'> {
  const client = createEngineClient(endpoint);
  try {
    await client.text({ method: 'GET', path: '/_ping', signal: AbortSignal.timeout(probeTimeoutMs) });
    return 'answers';
  } catch (error) {
    const { errno, status } = failureFromError(error);
    if (errno === 'EACCES' || errno === 'EPERM') return 'denied';
    // An engine that is slow or in trouble is there all the same: the window shows how it is.
    return status === undefined && (errno === 'ENOENT' || errno === 'ECONNREFUSED') ? 'absent' : 'answers';
  } finally {
    client.close();
  }
}

async function showWindow(options: StartOptions, signal: AbortSignal, stopped: Promise<void>): Promise<void> {
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
