// A fixed number of slots: whoever comes when all are taken waits in line, or leaves it when aborted.

/** Lets at most `count` holders work at once, first come, first served. */
export class Slots {
  #free: number;
  readonly #line: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Whether a slot could be had at once. */
  get available(): boolean {
    return this.#free > 0;
  }

  /** Takes a slot; the answer gives it back. Rejects with the signal's reason. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#free > 0) {
      this.#free--;
    } else {
      await new Promise<void>((resolve, reject) => {
        const turn = () => {
          signal.removeEventListener('abort', leave);
          resolve();
        };
        const leave = () => {
          this.#line.splice(this.#line.indexOf(turn), 1);
          reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
        };
        this.#line.push(turn);
        signal.addEventListener('abort', leave, { once: true });
      });
    }
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      const next = this.#line.shift();
      if (next === undefined) this.#free++;
      else next();
    };
  }
}
