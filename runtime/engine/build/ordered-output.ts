// The classic stream is one column of text, but stages run side by side: the output of the first that is not done goes out at once,
// that of later ones waits for its turn. Who has too much waiting waits himself.

/** The most characters that wait for one stage. */
const maxWaiting = 4 * 1024 * 1024;

interface Lane {
  readonly waiting: unknown[];
  size: number;
  done: boolean;
  readonly resume: (() => void)[];
}

export class OrderedOutput<Message> {
  readonly #lanes: Lane[];
  readonly #send: (message: Message) => void;
  #current = 0;

  constructor(count: number, send: (message: Message) => void) {
    this.#lanes = Array.from({ length: count }, () => ({ waiting: [], size: 0, done: false, resume: [] }));
    this.#send = send;
  }

  /** Sends, or keeps until it is this lane's turn; `size` is how much it weighs. */
  async write(index: number, message: Message, size: number): Promise<void> {
    const lane = this.#lanes[index];
    if (lane === undefined || index <= this.#current) {
      this.#send(message);
      return;
    }
    lane.waiting.push(message);
    lane.size += size;
    if (lane.size > maxWaiting) await new Promise<void>((resolve) => lane.resume.push(resolve));
  }

  /** A lane has nothing more to say. */
  close(index: number): void {
    const lane = this.#lanes[index];
    if (lane !== undefined) lane.done = true;
    while (this.#lanes[this.#current]?.done === true) {
      this.#current++;
      const next = this.#lanes[this.#current];
      if (next === undefined) return;
      for (const message of next.waiting.splice(0)) this.#send(message as Message);
      for (const resume of next.resume.splice(0)) resume();
    }
  }
}
