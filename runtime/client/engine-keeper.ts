// Keeps one berthd running as a child: starts it, starts it again when it dies, and stops it with SIGTERM at the end.
// Its containers do not notice any of this.
import { spawn, type ChildProcess } from 'node:child_process';
import { chown } from 'node:fs/promises';
import { createEngineClient } from './engine-client.ts';
import { unixEndpoint } from './endpoint.ts';

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
const keptLogBytes = 16 * 1024;

/** The keeper of one engine. */
export class EngineKeeper {
  readonly #options: KeeperOptions;
  #child: ChildProcess | undefined;
  #log = '';
  #stopping = false;
  /** It has answered once: from now on it is started again when it dies. */
  #ready = false;
  #respawns = 0;
  #startedMs = 0;
  #respawnTimer: NodeJS.Timeout | undefined;
  #ended: () => void = () => undefined;
  /** Resolves when no engine runs any more and none will be started. */
  readonly ended = new Promise<void>((resolve) => {
    this.#ended = resolve;
  });

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Starts the engine and resolves when it answers. Rejects with what it said when it does not. */
  async start(): Promise<void> {
    this.#spawn();
    const child = this.#child;
    const gone = new Promise<'gone'>((resolve) => child?.once('close', () => resolve('gone')));
    if ((await Promise.race([this.#untilAnswering(readyWithinMs), gone])) === true) {
      this.#ready = true;
      return;
    }
    const running = child?.exitCode === null && child.signalCode === null;
    await this.stop();
    const what = running ? 'The engine does not answer.' : 'The engine did not start.';
    throw new Error(`${what}${this.#log === '' ? '' : ` It said:\n${this.#log.trimEnd()}`}`);
  }

  /** Asks the engine to end and resolves when it has. Containers go on. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#respawnTimer);
    const child = this.#child;
    if (child === undefined) this.#ended();
    else {
      child.kill('SIGTERM');
      const timer = setTimeout(() => {
        this.#options.say(`The engine (process ${String(child.pid)}) does not end; it is left to itself.`);
        child.unref();
        this.#ended();
      }, stopWithinMs);
      await this.ended;
      clearTimeout(timer);
    }
  }

  #spawn(): void {
    const [program, ...args] = this.#options.command;
    this.#startedMs = Date.now();
    // A session of its own: Ctrl-C in the terminal is for us, and we ask the engine to end once.
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
    this.#child = child;
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      this.#log = (this.#log + text).slice(-keptLogBytes);
    });
    child.once('error', (error) => {
      this.#log += `${error.message}\n`;
    });
    child.once('close', (code, signal) => this.#closed(code, signal));
  }

  #closed(code: number | null, signal: NodeJS.Signals | null): void {
    this.#child = undefined;
    if (this.#stopping || !this.#ready) {
      this.#ended();
      return;
    }
    // Killed from outside it had nothing to say.
    const words = signal === null ? this.#lastWords() : '';
    const how = signal === null ? `with code ${String(code)}` : `by ${signal}`;
    if (Date.now() - this.#startedMs > stableAfterMs) this.#respawns = 0;
    if (this.#respawns >= maxRespawns) {
      this.#options.say(`The engine ended ${how} again and is not started any more.${words}`);
      this.#ended();
      return;
    }
    this.#options.say(`The engine ended ${how}; it is started again. Containers go on.${words}`);
    this.#respawns += 1;
    this.#log = '';
    const waitMs = Math.max(0, this.#startedMs + respawnSpacingMs - Date.now());
    this.#respawnTimer = setTimeout(() => {
      this.#spawn();
      void this.#untilAnswering(readyWithinMs);
    }, waitMs);
  }

  #lastWords(): string {
    const lines = this.#log.trimEnd().split('\n').slice(-5);
    return this.#log === '' ? '' : ` Its last words:\n${lines.join('\n')}`;
  }

  /** Waits for the engine's answer and gives its socket to the owner; false when it does not come. */
  async #untilAnswering(withinMs: number): Promise<boolean> {
    const child = this.#child;
    const client = createEngineClient(unixEndpoint(this.#options.socketPath));
    try {
      const deadline = Date.now() + withinMs;
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
