// Has the old files of logs compressed, behind the backs of those who write them: one job at a time for each container.
import { existsSync } from 'node:fs';
import { messageOf } from '../errors.ts';
import type { LogWorker } from '../helper/log-worker.ts';
import type { Logger } from '../log.ts';
import type { Container } from './container.ts';
import type { Folders } from './folders.ts';
import { logPlan } from './log-options.ts';

/** Compresses logs that were rotated. */
export class LogCompressor {
  readonly #folders: Folders;
  readonly #worker: Pick<LogWorker, 'compress'>;
  readonly #log: Logger;
  readonly #jobs = new Map<string, Promise<void>>();
  readonly #again = new Set<string>();
  readonly #closed = new AbortController();

  constructor(folders: Folders, worker: Pick<LogWorker, 'compress'>, log: Logger) {
    this.#folders = folders;
    this.#worker = worker;
    this.#log = log;
  }

  /** Looks whether a container's log has an old file to compress; the work goes on behind. */
  check(container: Container): void {
    const { id } = container;
    const plan = logPlan(container.record);
    if (plan?.compress !== true || this.#closed.signal.aborted) return;
    const file = this.#folders.log(id, plan.driver);
    if (!existsSync(`${file}.1`)) return;
    if (this.#jobs.has(id)) {
      this.#again.add(id);
      return;
    }
    const job = this.#worker
      .compress(file, this.#closed.signal)
      .catch((error: unknown) => {
        if (this.#closed.signal.aborted || container.removing) return;
        this.#log.warn('an old log cannot be compressed', { container: id, error: messageOf(error) });
      })
      .then(() => {
        this.#jobs.delete(id);
        if (this.#again.delete(id)) this.check(container);
      });
    this.#jobs.set(id, job);
  }

  /** Ends the work; what is not done is done when the log is looked at again. */
  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all(this.#jobs.values());
  }
}
