// An engine that we started, as those see it who show it; and the same at the other end of a channel, since the one who
// keeps it is often another process (as root, or beside Electron's main process).
import { z } from 'zod';

/** What can be had of an engine of ours beyond its API. */
export interface KeptEngine {
  /** The last lines of its own log. */
  log(): Promise<string>;
  /** Ends it if it runs, by force if it hangs, and starts it. Resolves when it answers; rejects with a sentence. */
  restart(): Promise<void>;
}

/** What is asked of a keeper through a channel. */
export const keeperAsk = z.object({ id: z.number().int(), ask: z.enum(['log', 'restart']) }).strict();
export type KeeperAsk = z.infer<typeof keeperAsk>;

/** Its answer: `error` is a sentence, and empty when it went well. */
export const keeperAnswer = z.object({ id: z.number().int(), text: z.string(), error: z.string() }).strict();
export type KeeperAnswer = z.infer<typeof keeperAnswer>;

/** Answers what was asked through a channel. Never rejects. */
export async function answerKeeperAsk(
  engine: KeptEngine | undefined,
  { id, ask }: KeeperAsk,
): Promise<KeeperAnswer> {
  try {
    if (engine === undefined) throw new Error('The engine is not ours to start.');
    if (ask === 'log') return { id, text: await engine.log(), error: '' };
    await engine.restart();
    return { id, text: '', error: '' };
  } catch (error) {
    return { id, text: '', error: error instanceof Error ? error.message : String(error) };
  }
}

/** A kept engine at the other end of a channel. */
export class RemoteKeptEngine implements KeptEngine {
  readonly #send: (ask: KeeperAsk) => void;
  readonly #waiting = new Map<number, (answer: KeeperAnswer) => void>();
  #lastId = 0;
  #lost: string | undefined;

  constructor(send: (ask: KeeperAsk) => void) {
    this.#send = send;
  }

  log(): Promise<string> {
    return this.#ask('log');
  }

  async restart(): Promise<void> {
    await this.#ask('restart');
  }

  /** An answer has come. */
  hear(answer: KeeperAnswer): void {
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }

  /** The channel is gone: whatever is asked, now or later, fails with this sentence. */
  lose(reason: string): void {
    this.#lost = reason;
    for (const [id, settle] of this.#waiting) settle({ id, text: '', error: reason });
    this.#waiting.clear();
  }

  async #ask(ask: KeeperAsk['ask']): Promise<string> {
    if (this.#lost !== undefined) throw new Error(this.#lost);
    const id = ++this.#lastId;
    const answered = new Promise<KeeperAnswer>((resolve) => this.#waiting.set(id, resolve));
    this.#send({ id, ask });
    const { text, error } = await answered;
    if (error !== '') throw new Error(error);
    return text;
  }
}
