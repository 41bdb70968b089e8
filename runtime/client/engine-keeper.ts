// Keeps one berthd running as a child: starts it, starts it again when it dies or when asked, and stops it with SIGTERM at
// the end. Its containers do not notice any of this.
import { spawn, type ChildProcess } from 'node:child_process';
import { chown } from 'node:fs/promises';
import { createEngineClient } from './engine-client.ts';
import { unixEndpoint } from './endpoint.ts';
import type { KeptEngine } from './kept-engine.ts';

/** What is kept, and for whom. */
export interface KeeperOptions {
  /** The program with its arguments. */
  readonly command: readonly [string, ...string[]];
  readonly socketPath: string;
  /** The user who asked through sudo or pkexec: gets the socket, and with it the engine. */
  readonly ownerUid: number | undefined;
  /** Tells a person what happens; whole sentences. */
  readonly say: (sentence: string) => void;
}

const respawnSpacingMs = 2000;
const maxRespawns = 5;
/** An engine that ran so long has earned its attempts anew. */
const stableAfterMs = 60_000;
const readyWithinMs = 60_000;
const stopWithinMs = 20_000;
/** An engine that is to start again has so long to end by itself: one that hangs never does. */
const restartTermMs = 4000;
const keptLogLength = 64 * 1024;
const lastWordsLines = 5;

/** The keeper of one engine. */
export class EngineKeeper implements KeptEngine {
  readonly #options: KeeperOptions;
  #child: ChildProcess | undefined;
  /** What it said, over its lives, with what happened to it in between. */
  #log = '';
  /** What it said in its present life, as far as it is kept. */
  #words = '';
  #stopping = false;
  /** Whoever ends it now sees to what comes next. */
  #handled = false;
  #restarting: Promise<void> | undefined;
  #respawns = 0;
  #startedMs = 0;
  #respawnTimer: NodeJS.Timeout | undefined;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Starts the engine and resolves when it answers. Rejects with what it said when it does not. */
  async start(): Promise<void> {
    this.#handled = true;
    if (await this.#spawnAndWait()) {
      this.#handled = false;
      return;
    }
    const failure = this.#failure();
    await this.stop();
    throw new Error(failure);
  }

  async log(): Promise<string> {
    return this.#log;
  }

  /** Several who ask at once get one restart. */
  restart(): Promise<void> {
    this.#restarting ??= this.#restart().finally(() => (this.#restarting = undefined));
    return this.#restarting;
  }

  /** Asks the engine to end and resolves when it has. Containers go on. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#respawnTimer);
    const child = this.#child;
    if (child === undefined) return;
    const ended = closed(child);
    child.kill('SIGTERM');
    if (await within(ended, stopWithinMs)) return;
    this.#tell(`The engine (process ${String(child.pid)}) does not end; it is left to itself.`);
    child.unref();
  }

  async #restart(): Promise<void> {
    if (this.#stopping) throw new Error('Berth is ending its engine.');
    this.#handled = true;
    try {
      clearTimeout(this.#respawnTimer);
      this.#respawns = 0;
      const child = this.#child;
      if (child !== undefined) {
        this.#tell('The engine is started again, as asked. Containers go on.');
        const ended = closed(child);
        child.kill('SIGTERM');
        if (!(await within(ended, restartTermMs))) {
          this.#tell('The engine does not end by itself: it is killed.');
          child.kill('SIGKILL');
          await ended;
        }
      }
      // The whole program is ending meanwhile.
      if (this.#stopping) throw new Error('Berth is ending its engine.');
      if (!(await this.#spawnAndWait())) throw new Error(this.#failure());
    } finally {
      this.#handled = false;
    }
  }

  /** Starts it; false when it ends or does not answer in time. */
  async #spawnAndWait(): Promise<boolean> {
    const child = this.#spawn();
    const gone = closed(child).then(() => false);
    return Promise.race([this.#untilAnswering(child), gone]);
  }

  #failure(): string {
    const what = this.#child === undefined ? 'The engine did not start.' : 'The engine does not answer.';
    return `${what}${this.#words === '' ? '' : ` It said:\n${this.#words.trimEnd()}`}`;
  }

  #spawn(): ChildProcess {
    const [program, ...args] = this.#options.command;
    this.#startedMs = Date.now();
    this.#words = '';
    // A session of its own: Ctrl-C in the terminal is for us, and we ask the engine to end once.
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    this.#child = child;
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => this.#note(text));
    child.once('error', (error) => this.#note(`${error.message}\n`));
    child.once('close', (code, signal) => {
      this.#child = undefined;
      if (!this.#stopping && !this.#handled) this.#died(code, signal);
    });
    return child;
  }

  #died(code: number | null, signal: NodeJS.Signals | null): void {
    // Killed from outside it had nothing to say.
    const words = signal === null ? this.#lastWords() : '';
    const how = signal === null ? `with code ${String(code)}` : `by ${signal}`;
    if (Date.now() - this.#startedMs > stableAfterMs) this.#respawns = 0;
    if (this.#respawns >= maxRespawns) {
      this.#tell(`The engine ended ${how} again and is not started any more.`, words);
      return;
    }
    this.#tell(`The engine ended ${how}; it is started again. Containers go on.`, words);
    this.#respawns += 1;
    const waitMs = Math.max(0, this.#startedMs + respawnSpacingMs - Date.now());
    this.#respawnTimer = setTimeout(() => void this.#untilAnswering(this.#spawn()), waitMs);
  }

  #lastWords(): string {
    const lines = this.#words.trimEnd().split('\n').slice(-lastWordsLines);
    return this.#words === '' ? '' : ` Its last words:\n${lines.join('\n')}`;
  }

  /** Says it, and keeps it with the log: `words` are there already. */
  #tell(sentence: string, words = ''): void {
    this.#options.say(sentence + words);
    this.#log = `${this.#log}${sentence}\n`.slice(-keptLogLength);
  }

  #note(text: string): void {
    this.#log = (this.#log + text).slice(-keptLogLength);
    this.#words = (this.#words + text).slice(-keptLogLength);
  }

  /** Waits for the engine's answer and gives its socket to the owner; false when it does not come. */
  async #untilAnswering(child: ChildProcess): Promise<boolean> {
    const client = createEngineClient(unixEndpoint(this.#options.socketPath));
    try {
      const deadline = Date.now() + readyWithinMs;
      while (Date.now() < deadline && this.#child === child && !this.#stopping) {
        const signal = AbortSignal.timeout(Math.max(1, deadline - Date.now()));
        const answered = await client
          .text({ method: 'GET', path: '/_ping', signal })
          .then(() => true)
          .catch(() => false);
        if (answered) {
          const { ownerUid, socketPath } = this.#options;
          // Group and mode stay as the engine set them.
          if (ownerUid !== undefined) await chown(socketPath, ownerUid, -1);
          return true;
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return false;
    } finally {
      client.close();
    }
  }
}

function closed(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('close', () => resolve()));
}

/** Whether it happens within that time. */
async function within(happens: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([happens.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
