// The last of a terminal's output, for whoever looks later. Kept in blocks that are filled once and never changed, so that a
// view that replays shares them; whole blocks are dropped from the front.

const blockBytes = 64 * 1024;
const escape = 0x1b;
const newline = 0x0a;

/** Keeps at least the last `keepBytes` of what is pushed, and up to two blocks more. */
export class ReplayRing {
  readonly #keepBytes: number;
  #full: Buffer[] = [];
  #fullBytes = 0;
  #last: Buffer = Buffer.alloc(0);
  #filledBytes = 0;
  #dropped = false;

  constructor(keepBytes: number) {
    this.#keepBytes = keepBytes;
  }

  /** Takes a copy. */
  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.#filledBytes === this.#last.length) this.#nextBlock();
      const part = bytes.subarray(at, at + this.#last.length - this.#filledBytes);
      this.#last.set(part, this.#filledBytes);
      this.#filledBytes += part.length;
      at += part.length;
    }
  }

  /**
   * What is kept, in pieces that nobody changes any more. When something was dropped it begins where a terminal can begin:
   * at an escape sequence, else behind a line's end, else at a character.
   */
  replay(): Buffer[] {
    const pieces = [...this.#full, Buffer.from(this.#last.subarray(0, this.#filledBytes))];
    const first = pieces[0];
    if (this.#dropped && first !== undefined) pieces[0] = first.subarray(cleanStart(first));
    return pieces.filter((piece) => piece.length > 0);
  }

  #nextBlock(): void {
    if (this.#last.length > 0) {
      this.#full.push(this.#last);
      this.#fullBytes += this.#last.length;
    }
    // The first one may lose almost a block at its beginning: it does not count.
    while (this.#fullBytes - 2 * blockBytes >= this.#keepBytes) {
      this.#full.shift();
      this.#fullBytes -= blockBytes;
      this.#dropped = true;
    }
    this.#last = Buffer.allocUnsafe(blockBytes);
    this.#filledBytes = 0;
  }
}

/**
 * Where in a block cut off in front a terminal may begin to read. An ESC always begins something new: of a string that was
 * cut, it is its end, which alone does nothing.
 */
export function cleanStart(block: Buffer): number {
  const atEscape = block.indexOf(escape);
  if (atEscape >= 0) return atEscape;
  const atNewline = block.indexOf(newline);
  if (atNewline >= 0) return atNewline + 1;
  let at = 0;
  // Bytes 10xxxxxx continue a character of UTF-8; there are at most three.
  while (at < 3 && ((block[at] ?? 0) & 0xc0) === 0x80) at += 1;
  return at;
}
