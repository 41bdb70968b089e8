// When what the backend tells of the model is shown. A single change is shown at once. Changes in a quick row are taken in with
// the frame of the screen that shows them: taken in at any other moment each would make a frame late.
import type { ModelDiff } from '../../../runtime/contract/model.ts';

/** After so long a quiet a change is a single one. */
const quietMs = 250;

export class ModelPacer {
  readonly #apply: (diff: ModelDiff) => void;
  readonly #waiting: ModelDiff[] = [];
  #appliedMs = Number.NEGATIVE_INFINITY;
  #frame = 0;

  constructor(apply: (diff: ModelDiff) => void) {
    this.#apply = apply;
  }

  /** Shows a diff now or with the next frame, after those that wait. A hidden window has no frames. */
  take(diff: ModelDiff): void {
    this.#waiting.push(diff);
    if (document.hidden || performance.now() - this.#appliedMs > quietMs) this.flush();
    else if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.flush());
  }

  /** Shows all that wait, now: what was said after them may rest on them. */
  flush(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (this.#waiting.length === 0) return;
    for (const diff of this.#waiting.splice(0)) this.#apply(diff);
    this.#appliedMs = performance.now();
  }
}
