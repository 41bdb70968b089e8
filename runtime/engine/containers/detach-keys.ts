// The key sequence that leaves a terminal without ending the container, default ctrl-p ctrl-q. It is looked for in
// what a client types, also when it arrives in pieces; keys that only began the sequence are passed on.
import { EngineError } from '../errors.ts';

const controlCodes = new Map<string, number>([
  ['@', 0],
  ['[', 27],
  ['\\', 28],
  [']', 29],
  ['^', 30],
  ['_', 31],
]);

/** The bytes of `ctrl-p,ctrl-q`. Throws invalid in Docker's words, which are `escape` keys for an exec. */
export function parseDetachKeys(text: string | undefined, what = 'detach'): Buffer {
  const keys = text === undefined || text === '' ? 'ctrl-p,ctrl-q' : text;
  const bytes: number[] = [];
  for (const key of keys.split(',')) {
    const control = /^ctrl-(.)$/i.exec(key)?.[1]?.toLowerCase();
    if (key.length === 1) {
      bytes.push(key.charCodeAt(0) & 0xff);
    } else if (control !== undefined && control >= 'a' && control <= 'z') {
      bytes.push(control.charCodeAt(0) - 96);
    } else {
      const code = control === undefined ? undefined : controlCodes.get(control);
      if (code === undefined) throw new EngineError('invalid', `Invalid ${what} keys (${keys}) provided`);
      bytes.push(code);
    }
  }
  return Buffer.from(bytes);
}

/** Looks for a key sequence in a stream of input. */
export class DetachKeyFilter {
  readonly #keys: Buffer;
  #matched = 0;

  constructor(keys: Buffer) {
    this.#keys = keys;
  }

  /** What to pass on of `input`, and whether the sequence is complete; what follows it is dropped. */
  feed(input: Buffer): { readonly pass: Buffer; readonly detached: boolean } {
    const held = this.#matched;
    // All that is held or passed is a run of held + input, but for the sequence itself.
    const bytes = held === 0 ? input : Buffer.concat([this.#keys.subarray(0, held), input]);
    for (let at = held; at < bytes.length; at += 1) {
      while (this.#matched > 0 && bytes[at] !== this.#keys[this.#matched]) this.#matched = this.#shorter();
      if (bytes[at] === this.#keys[this.#matched]) this.#matched += 1;
      if (this.#matched === this.#keys.length) {
        this.#matched = 0;
        return { pass: bytes.subarray(0, at + 1 - this.#keys.length), detached: true };
      }
    }
    return { pass: bytes.subarray(0, bytes.length - this.#matched), detached: false };
  }

  /** The longest beginning of the sequence that is also an end of what matched so far. */
  #shorter(): number {
    for (let length = this.#matched - 1; length > 0; length -= 1) {
      const end = this.#keys.subarray(this.#matched - length, this.#matched);
      if (end.equals(this.#keys.subarray(0, length))) return length;
    }
    return 0;
  }
}
