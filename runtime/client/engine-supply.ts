// Sees to it that there is an engine to work with: one that answers already, or one that is started here, with the rights
// it needs asked for once. Used by `npm start` and by the desktop shell.
import path from 'node:path';
import { createEngineClient } from './engine-client.ts';
import { EngineKeeper } from './engine-keeper.ts';
import { failureFromError } from './engine-failure.ts';
import type { Endpoint } from './endpoint.ts';
import type { KeptEngine } from './kept-engine.ts';
import { elevation, RootKeeper } from './root-keeper.ts';

const probeTimeoutMs = 3000;

/** What is wanted, and with what it can be started. */
export interface EngineSupplyOptions {
  readonly endpoint: Endpoint;
  /** Whether the engine at that endpoint is ours to start. */
  readonly ours: boolean;
  /** The Node that runs the engine. */
  readonly node: string;
  /** The folder of the bundles `berthd.js`, with its parts, and `start.js`. */
  readonly distFolder: string;
  /** berthd's command line. */
  readonly engineArguments: readonly string[];
  /** Tells a person what happens; whole sentences. `rights`: why a password is asked for. */
  readonly say: (sentence: string, matter?: 'rights') => void;
}

/** An engine that we started and have to stop. Its containers go on without it. */
export interface SuppliedEngine extends KeptEngine {
  stop(): Promise<void>;
}

/** Resolves when an engine answers; to undefined when it is not ours. Rejects with a sentence when ours does not start. */
export async function provideEngine(options: EngineSupplyOptions): Promise<SuppliedEngine | undefined> {
  const { endpoint, say } = options;
  const found = await probe(endpoint);
  if (found === 'answers') {
    say(`Using the engine that answers at ${endpoint.url}.`);
    return undefined;
  }
  if (found === 'denied')
    say(`You may not use the engine's socket ${endpoint.url}; the window says what to do.`);
  if (found === 'denied' || !options.ours || endpoint.kind !== 'unix') return undefined;
  const keeper = chooseKeeper(options, endpoint.socketPath);
  await keeper.start();
  return keeper;
}

function chooseKeeper(options: EngineSupplyOptions, socketPath: string): EngineKeeper | RootKeeper {
  const { node, distFolder, engineArguments, say } = options;
  const command = [node, path.join(distFolder, 'berthd.js'), ...engineArguments] as const;
  const whole: readonly [string, ...string[]] = [command[0], ...command.slice(1)];
  if (process.getuid?.() === 0)
    return new EngineKeeper({ command: whole, socketPath, ownerUid: undefined, say });
  const prefix = elevation();
  const why = "Berth's engine makes namespaces, mounts and network devices, and so it needs root.";
  if (prefix === undefined) {
    throw new Error(`${why} Start it in a terminal, where sudo can ask for your password.`);
  }
  say(`${why} ${prefix[0] ?? ''} asks for your password.`, 'rights');
  return new RootKeeper({
    prefix,
    node,
    script: path.join(distFolder, 'start.js'),
    socketPath,
    command: whole,
    say,
  });
}

/** Whether an engine is there: it answers (however it is), there is none, or we may not use it. */
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
