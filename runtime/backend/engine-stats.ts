// Figures from an engine that offers `stats`: one stream of all that is asked for, and of the machine. A change of the set
// opens it anew; it is also opened again when it breaks off while its engine is there.
import { berthStatsLine } from '../client/engine-answers.ts';
import type { EngineClient } from '../client/engine-client.ts';
import type { StatsEvent } from '../contract/streams.ts';
import { JsonLines } from './json-lines.ts';
import type { StatsSource } from './stats-hub.ts';

const retryMs = 1000;
/** The source on `POST /berth/stats`. */
export class EngineStats implements StatsSource {
  readonly #client: EngineClient;
  readonly #tell: (event: StatsEvent) => void;
  #key: string | undefined;
  #abort = new AbortController();
  #retry: NodeJS.Timeout | undefined;

  constructor(client: EngineClient, tell: (event: StatsEvent) => void) {
    this.#client = client;
    this.#tell = tell;
  }

  setIds(ids: ReadonlySet<string>): void {
    const key = [...ids].join(',');
    if (key === this.#key) return;
    this.#key = key;
    this.#open([...ids]);
  }

  dispose(): void {
    clearTimeout(this.#retry);
    this.#abort.abort();
  }

  #open(ids: readonly string[]): void {
    this.dispose();
    const abort = new AbortController();
    this.#abort = abort;
    // Whatever ends it, it is wanted until it is disposed of.
    void this.#follow(ids, abort.signal)
      .catch(() => undefined)
      .then(() => {
        if (!abort.signal.aborted) this.#retry = setTimeout(() => this.#open(ids), retryMs);
      });
  }

  async #follow(ids: readonly string[], signal: AbortSignal): Promise<void> {
    const response = await this.#client.stream({
      method: 'POST',
      path: '/berth/stats',
      body: { ids },
      signal,
    });
    signal.addEventListener('abort', () => response.destroy());
    if (signal.aborted) response.destroy();
    response.on('error', () => undefined);
    const lines = new JsonLines();
    await new Promise<void>((resolve, reject) => {
      response.on('close', resolve);
      response.on('data', (chunk: Buffer) => {
        try {
          for (const value of lines.push(chunk)) {
            const { timeMs, containers, machine } = berthStatsLine.parse(value);
            if (signal.aborted) return;
            this.#tell({ timeMs, samples: containers, ...(machine === null ? {} : { machine }) });
          }
        } catch (error) {
          response.destroy();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }
}
