// What was acquired, to be given back in reverse when a later step fails.
import { messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';

/** Undoes of one operation. */
export class UndoList {
  readonly #log: Logger;
  readonly #steps: { readonly name: string; readonly undo: () => void | Promise<void> }[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Remembers how to give something back. */
  add(name: string, undo: () => void | Promise<void>): void {
    this.#steps.push({ name, undo });
  }

  /** Gives everything back, last first. A step that fails is logged and does not stop the others. */
  async rollBack(): Promise<void> {
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step.undo();
      } catch (error) {
        this.#log.warn('a failed operation could not be undone fully', {
          step: step.name,
          error: messageOf(error),
        });
      }
    }
  }
}
