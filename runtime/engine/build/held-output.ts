// What a quiet build would have said: told when it fails, and then the last of it where it is much.
import type { ProgressMessage } from '../services.ts';

/** Characters that are kept. */
const mostCharacters = 1 << 20;

export class HeldOutput {
  readonly #messages: ProgressMessage[] = [];
  #characters = 0;

  readonly add = (message: ProgressMessage): void => {
    this.#messages.push(message);
    this.#characters += lengthOf(message);
    while (this.#characters > mostCharacters) this.#characters -= lengthOf(this.#messages.shift() ?? message);
  };

  tell(report: (message: ProgressMessage) => void): void {
    for (const message of this.#messages.splice(0)) report(message);
  }
}

/** A message costs something even without a text. */
function lengthOf({ stream }: ProgressMessage): number {
  return (stream ?? '').length + 64;
}
