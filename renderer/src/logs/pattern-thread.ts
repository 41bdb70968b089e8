// The window's side of the thread for regular expressions: asks, waits for so long, and ends a thread that does not answer.
import type { PatternAnswer, PatternQuestion } from './pattern-worker.ts';

const mostWaitMs = 1500;

/** Tests texts against a regular expression, elsewhere. */
export class PatternThread {
  readonly #worker = new Worker(new URL('./pattern-worker.ts', import.meta.url), { type: 'module' });
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Calls `done` with the answer, or with nothing when it took too long: the thread is gone then. One at a time. */
  ask(question: PatternQuestion, done: (answer: PatternAnswer | undefined) => void): void {
    const settle = (answer: PatternAnswer | undefined): void => {
      clearTimeout(this.#timer);
      if (answer === undefined) this.dispose();
      done(answer);
    };
    this.#worker.onmessage = (event: MessageEvent<PatternAnswer>) => settle(event.data);
    this.#worker.onerror = () => settle(undefined);
    this.#timer = setTimeout(() => settle(undefined), mostWaitMs);
    this.#worker.postMessage(question);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#worker.onmessage = null;
    this.#worker.onerror = null;
    this.#worker.terminate();
  }
}
