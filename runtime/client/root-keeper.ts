// The engine needs root. For a user without it, the keeper runs in a root process of its own, started through sudo or
// pkexec: so the password is asked once, also when the engine must be started again. The two hold on to each other by a
// pipe: when this end closes, for whatever reason, the keeper stops the engine.
// Through it the engine's log is asked for, and that it be started again: JSON lines, after the one that says `ready`.
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { parseJson } from './engine-failure.ts';
import { EngineKeeper } from './engine-keeper.ts';
import {
  answerKeeperAsk,
  keeperAnswer,
  keeperAsk,
  RemoteKeptEngine,
  type KeptEngine,
} from './kept-engine.ts';

/** The first argument that makes the start program a root keeper. */
export const keepEngineCommand = 'keep-engine';

const keeperArguments = z.tuple([
  z.string(),
  z.coerce.number().int().min(0),
  z.string().startsWith('/'),
  z.string(),
]);

/** How to become root here: a command to put in front, or undefined when there is none. */
export function elevation(): readonly string[] | undefined {
  const has = (program: string) =>
    spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
  if (has('sudo')) {
    if (process.stdin.isTTY || spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0) {
      return ['sudo', '--'];
    }
  }
  const display = process.env['WAYLAND_DISPLAY'] ?? process.env['DISPLAY'] ?? '';
  return display !== '' && has('pkexec') ? ['pkexec'] : undefined;
}

/** What a root keeper is started with. */
export interface RootKeeperOptions {
  /** The command that makes root, as {@link elevation} found it. */
  readonly prefix: readonly string[];
  /** The Node that runs `script`, the bundled start program. */
  readonly node: string;
  readonly script: string;
  readonly socketPath: string;
  /** The engine's program with its arguments. */
  readonly command: readonly [string, ...string[]];
  /** Tells a person what the root process says. */
  readonly say: (sentence: string) => void;
}

const maxWords = 4096;
/** pkexec ends so when the question for the password was dismissed, or answered wrongly. */
const refusedCodes: ReadonlySet<number> = new Set([126, 127]);

/** An engine that is kept by a root process. */
export class RootKeeper implements KeptEngine {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #remote: RemoteKeptEngine;
  readonly #ready: Promise<'ready'>;
  #lastWords = '';
  /** Resolves when the root process has ended, to its exit code. */
  readonly #closed: Promise<number>;

  constructor(options: RootKeeperOptions) {
    const { prefix, node, script, socketPath, command, say } = options;
    const uid = String(process.getuid?.() ?? 0);
    const [program = '', ...args] = [
      ...prefix,
      node,
      script,
      keepEngineCommand,
      uid,
      socketPath,
      JSON.stringify(command),
    ];
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-maxWords);
      say(text.trimEnd());
    });
    this.#child.stdin.on('error', () => undefined);
    this.#remote = new RemoteKeptEngine((ask) => this.#child.stdin.write(`${JSON.stringify(ask)}\n`));
    let ready: (word: 'ready') => void = () => undefined;
    this.#ready = new Promise((resolve) => (ready = resolve));
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      if (line === 'ready') ready('ready');
      const answer = keeperAnswer.safeParse(parseJson(line));
      if (answer.success) this.#remote.hear(answer.data);
    });
    this.#closed = new Promise((resolve) => {
      this.#child.once('error', () => resolve(127));
      this.#child.once('close', (code) => resolve(code ?? 1));
    });
    void this.#closed.then(() => this.#remote.lose('The process that keeps the engine has ended.'));
  }

  /** Resolves when the engine answers. Rejects with a sentence when root was refused or the engine did not start. */
  async start(): Promise<void> {
    const first = await Promise.race([this.#ready, this.#closed]);
    if (first === 'ready') return;
    const what = refusedCodes.has(first)
      ? 'The engine was not started: it was not given the rights it needs.'
      : 'The engine was not started.';
    throw new Error(`${what}${this.#lastWords === '' ? '' : `\n${this.#lastWords.trimEnd()}`}`);
  }

  log(): Promise<string> {
    return this.#remote.log();
  }

  restart(): Promise<void> {
    return this.#remote.restart();
  }

  /** Lets go of the engine: it is asked to end. Resolves when it has. */
  async stop(): Promise<void> {
    this.#child.stdin.end();
    await this.#closed;
  }
}

/** The root process's own program: keeps the engine until its standard input ends. Resolves to its exit code. */
export async function runRootKeeper(args: readonly string[]): Promise<number> {
  const parsed = keeperArguments.safeParse(args);
  const command = z
    .tuple([z.string()], z.string())
    .safeParse(parsed.success ? parseJson(parsed.data[3]) : undefined);
  const say = (sentence: string) => void process.stderr.write(`${sentence}\n`);
  if (!parsed.success || !command.success) {
    say('This is for `npm start` alone.');
    return 2;
  }
  const [, ownerUid, socketPath] = parsed.data;
  const keeper = new EngineKeeper({ command: command.data, socketPath, ownerUid, say });
  // Ctrl-C reaches the whole group; the end of the input is what counts.
  process.on('SIGINT', () => undefined);
  const answer = async (line: string) => {
    const ask = keeperAsk.safeParse(parseJson(line));
    if (!ask.success) return;
    process.stdout.write(`${JSON.stringify(await answerKeeperAsk(keeper, ask.data))}\n`);
  };
  const released = new Promise<void>((resolve) => {
    createInterface({ input: process.stdin }).on('line', (line) => void answer(line));
    process.stdin.once('end', resolve);
    process.stdin.once('error', resolve);
    process.once('SIGTERM', resolve);
    process.once('SIGHUP', resolve);
  });
  try {
    await Promise.race([keeper.start(), released]);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return 1;
  }
  process.stdout.write('ready\n');
  // Also when it has given up: whoever looks at the log may have it started again without another password.
  await released;
  await keeper.stop();
  return 0;
}
