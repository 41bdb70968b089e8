// Containers that ended and are started again by their restart policy: each waits with a timer of its own, is found
// `restarting` meanwhile, and can be called off. What waits when the engine ends is started by the next engine.
import { messageOf } from '../errors.ts';
import type { Container } from './container.ts';
import { nextDelayMs } from './restart-policy.ts';
import type { Surroundings } from './surroundings.ts';

/** What restarts need of the runner. */
export interface Restarter {
  /** Starts it again; the caller holds its lock. */
  startAgain(container: Container): Promise<void>;
  save(container: Container): Promise<void>;
}

/** Restarts by policy. */
export class ContainerRestarts {
  readonly #around: Pick<Surroundings, 'index' | 'locks' | 'log'>;
  readonly #restarter: Restarter;
  readonly #timers = new Map<Container, NodeJS.Timeout>();
  #open = false;

  constructor(around: Pick<Surroundings, 'index' | 'locks' | 'log'>, restarter: Restarter) {
    this.#around = around;
    this.#restarter = restarter;
  }

  /** From now on containers are started: those that wait already, at once. Before, an engine that starts is not ready for it. */
  open(): void {
    this.#open = true;
    const begun = new Map<Container, Promise<void>>();
    for (const container of this.#around.index.values()) void this.#startAfterLinked(container, begun);
  }

  /** A container has become `restarting`; `ranMs` is how long it ran. */
  schedule(container: Container, ranMs: number): void {
    container.restartDelayMs = nextDelayMs(container.restartDelayMs, ranMs);
    if (this.#open) this.#wait(container, container.restartDelayMs);
  }

  /** Calls a restart off: the container has ended. When it is being started just now, it runs afterwards. */
  async cancel(container: Container): Promise<void> {
    container.restartCanceled = true;
    await this.#around.locks.run(container.id, () => this.cancelLocked(container));
  }

  /** Like {@link cancel}; the caller holds the container's lock. */
  async cancelLocked(container: Container): Promise<void> {
    container.restartCanceled = true;
    this.#clear(container);
    if (!container.waitsForRestart) return;
    container.become({ status: 'exited', manuallyStopped: true });
    container.notify('exit');
    await this.#restarter.save(container);
  }

  /** Lets go of all: they stay `restarting` for the next engine. */
  close(): void {
    this.#open = false;
    for (const container of [...this.#timers.keys()]) this.#clear(container);
  }

  #wait(container: Container, delayMs: number): void {
    this.#clear(container);
    this.#timers.set(
      container,
      setTimeout(() => {
        this.#timers.delete(container);
        void this.#around.locks.run(container.id, () => this.#start(container));
      }, delayMs),
    );
  }

  /** Starts a container that waits after those it links to, without which it cannot be started. */
  #startAfterLinked(container: Container, begun: Map<Container, Promise<void>>): Promise<void> {
    if (!container.waitsForRestart) return Promise.resolve();
    const known = begun.get(container);
    if (known !== undefined) return known;
    const linked = container.record.links
      .map(({ id }) => this.#around.index.get(id))
      .filter((other) => other !== undefined);
    const starting = Promise.all(linked.map((other) => this.#startAfterLinked(other, begun))).then(() =>
      this.#around.locks.run(container.id, () => this.#start(container)),
    );
    begun.set(container, starting);
    return starting;
  }

  async #start(container: Container): Promise<void> {
    if (!container.waitsForRestart || !this.#open) return;
    try {
      await this.#restarter.startAgain(container);
    } catch (error) {
      this.#around.log.warn('a container cannot be started again', {
        container: container.id,
        error: messageOf(error),
      });
    }
  }

  #clear(container: Container): void {
    clearTimeout(this.#timers.get(container));
    this.#timers.delete(container);
  }
}
