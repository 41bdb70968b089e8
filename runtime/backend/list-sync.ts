// Keeps one of the model's lists equal to the engine's: asked for as a whole, again after events, one request at a time.
import type { Disposable } from './disposable.ts';

/** Events come in bursts (a pull tags, a build removes): one list for all of them. */
const burstMs = 30;
const retryMs = 1000;

/** One list. `load` asks the engine and puts the answer into the model. */
export class ListSync implements Disposable {
  readonly #load: () => Promise<void>;
  #dirty = false;
  #asking = false;
  #disposed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(load: () => Promise<void>) {
    this.#load = load;
  }

  /** Something in it has changed. */
  touch(): void {
    this.#dirty = true;
    this.#schedule(burstMs);
  }

  /** Asks now. Rejects when the engine cannot be asked. */
  async load(): Promise<void> {
    this.#asking = true;
    this.#dirty = false;
    try {
      await this.#load();
    } finally {
      this.#asking = false;
    }
    // Something changed while the list was under way.
    if (this.#dirty) this.#schedule(burstMs);
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }

  #schedule(afterMs: number): void {
    if (this.#asking || this.#disposed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      // When the engine has gone, the session ends and this with it.
      this.load().catch(() => this.#schedule(retryMs));
    }, afterMs);
  }
}
