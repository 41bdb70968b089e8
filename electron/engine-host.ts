// The utility process that keeps the engine: starts it with the rights it needs, starts it again when it dies, and ends it
// when the shell says so or is gone. So nothing of this ever holds up the window.
import { mkdir, cp, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { unixEndpoint } from '../runtime/client/endpoint.ts';
import { parseJson } from '../runtime/client/engine-failure.ts';
import { provideEngine, type SuppliedEngine } from '../runtime/client/engine-supply.ts';
import { answerKeeperAsk } from '../runtime/client/kept-engine.ts';
import {
  askMessage,
  hostOptions,
  stopMessage,
  type HostMessage,
  type HostOptions,
} from './engine-messages.ts';

const { parentPort } = process;

function tell(message: HostMessage): void {
  parentPort.postMessage(message);
}

async function run(): Promise<void> {
  const options = hostOptions.parse(parseJson(process.argv[2] ?? ''));
  let stopping = false;
  let engine: SuppliedEngine | undefined;
  const started = start(options).then(
    (supplied) => {
      engine = supplied;
      tell({ type: 'ready', ours: supplied !== undefined });
    },
    (error: unknown) => {
      tell({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
    },
  );
  const stop = () => {
    if (stopping) return;
    stopping = true;
    // Still waiting for a password, perhaps: the root process ends when its pipe to us does.
    if (engine === undefined && process.getuid?.() !== 0) process.exit(0);
    void started
      .then(() => engine?.stop())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  };
  parentPort.on('message', ({ data }: { data: unknown }) => {
    if (stopMessage.safeParse(data).success) stop();
    const ask = askMessage.safeParse(typeof data === 'string' ? parseJson(data) : undefined);
    if (ask.success)
      void answerKeeperAsk(engine, ask.data).then((answer) => tell({ type: 'answer', answer }));
  });
  process.once('SIGTERM', stop);
}

async function start(options: HostOptions): Promise<SuppliedEngine | undefined> {
  const { socketPath, copyTo } = options;
  const files = copyTo === undefined ? options : await copyEngine(options, copyTo);
  return provideEngine({
    endpoint: unixEndpoint(socketPath),
    ours: true,
    node: files.node,
    distFolder: files.distFolder,
    engineArguments: options.engineArguments,
    say: (sentence, matter) => tell({ type: 'say', sentence, rights: matter === 'rights' }),
  });
}

/** Copies the folder that holds the engine's bundles, its helper and its Node, unless that was done before. */
async function copyEngine(
  options: HostOptions,
  target: string,
): Promise<Pick<HostOptions, 'node' | 'distFolder'>> {
  const source = path.dirname(options.distFolder);
  const copied = await stat(target).catch(() => undefined);
  if (copied === undefined) {
    const partial = `${target}.${String(process.pid)}`;
    await rm(partial, { recursive: true, force: true });
    await mkdir(path.dirname(target), { recursive: true });
    await cp(source, partial, { recursive: true });
    await rename(partial, target);
  }
  const moved = (file: string) => path.join(target, path.relative(source, file));
  return { node: moved(options.node), distFolder: moved(options.distFolder) };
}

run().catch((error: unknown) => {
  tell({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
});
