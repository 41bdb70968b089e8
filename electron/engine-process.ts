// The engine as the shell sees it: a utility process that keeps it. Started once, and again when the user wants to try again
// after it could not be started.
import { utilityProcess, type UtilityProcess } from 'electron';
import { RemoteKeptEngine, type KeptEngine } from '../runtime/client/kept-engine.ts';
import { hostMessage, type HostMessage, type HostOptions } from './engine-messages.ts';

/** A host that does not end is left behind after so long; an engine of its own is asked to end in less. */
const stopWithinMs = 25_000;

/** What the shell is told of it. */
export interface EngineEvents {
  /** Why a password is asked for, now. */
  asksForRights(why: string): void;
  /** Sentences for a log. */
  says(sentence: string): void;
  /** It answers. `ours`: it was started here, and can be started again. */
  ready(ours: boolean): void;
  /** It could not be started. */
  failed(reason: string): void;
}

/** The engine's host, whether it runs or not. */
export class EngineProcess implements KeptEngine {
  readonly #program: string;
  readonly #options: HostOptions;
  readonly #events: EngineEvents;
  #host: UtilityProcess | undefined;
  #remote: RemoteKeptEngine | undefined;
  #stopping = false;
  /** Why the last attempt failed. */
  #failure = '';
  /** Those who wait for the end of an attempt: an empty reason is a good one. */
  #waiting: ((reason: string) => void)[] = [];

  constructor(program: string, options: HostOptions, events: EngineEvents) {
    this.#program = program;
    this.#options = options;
    this.#events = events;
  }

  /** Starts the host, unless it runs. What becomes of it is told by the events. */
  start(): void {
    if (this.#host !== undefined) return;
    const host = utilityProcess.fork(this.#program, [JSON.stringify(this.#options)], {
      serviceName: 'Berth engine host',
      stdio: 'inherit',
    });
    this.#host = host;
    this.#remote = new RemoteKeptEngine((ask) => host.postMessage(JSON.stringify(ask)));
    host.on('message', (message: unknown) => {
      const parsed = hostMessage.safeParse(message);
      if (parsed.success) this.#hear(parsed.data, host);
    });
    host.once('exit', (code) => {
      if (this.#host !== host) return;
      this.#host = undefined;
      // It ends by itself only when it is killed; the engine has ended with it.
      if (!this.#stopping) this.#fail(`The process that keeps it has ended with code ${String(code)}.`);
    });
  }

  /** What the engine said; where none could be started, why. */
  async log(): Promise<string> {
    return this.#remote === undefined ? this.#failure : this.#remote.log();
  }

  /** Has the engine started again by the host, or the host where there is none. */
  async restart(): Promise<void> {
    if (this.#remote !== undefined) {
      await this.#remote.restart();
      return;
    }
    this.start();
    const reason = await new Promise<string>((resolve) => this.#waiting.push(resolve));
    if (reason !== '') throw new Error(reason);
  }

  /** Asks the engine to end and resolves when it has. Its containers go on. */
  async stop(): Promise<void> {
    const host = this.#host;
    this.#stopping = true;
    if (host === undefined) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, stopWithinMs);
      host.once('exit', () => {
        clearTimeout(timer);
        resolve();
      });
      host.postMessage('stop');
    });
  }

  #hear(message: HostMessage, host: UtilityProcess): void {
    switch (message.type) {
      case 'say':
        if (message.rights) this.#events.asksForRights(message.sentence);
        else this.#events.says(message.sentence);
        return;
      case 'ready':
        this.#settle('');
        this.#events.ready(message.ours);
        return;
      case 'answer':
        this.#remote?.hear(message.answer);
        return;
      case 'failed':
        // There is nothing to keep: a new attempt has a new host.
        if (this.#host === host) this.#host = undefined;
        host.kill();
        this.#fail(message.reason);
        return;
    }
  }

  #fail(reason: string): void {
    this.#remote?.lose(reason);
    this.#remote = undefined;
    this.#settle(reason);
    this.#events.failed(reason);
  }

  #settle(reason: string): void {
    this.#failure = reason;
    for (const resolve of this.#waiting.splice(0)) resolve(reason);
  }
}
