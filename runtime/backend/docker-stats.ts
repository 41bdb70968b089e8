// Figures from any engine that speaks Docker's API: a stream per container, counted as `docker stats` counts, and told
// together once a second. Of the machine Docker tells nothing.
import { dockerStatsLine, type DockerStatsLine } from '../client/engine-answers.ts';
import { segment, type EngineClient } from '../client/engine-client.ts';
import type { StatsEvent, StatsSample } from '../contract/streams.ts';
import { JsonLines } from './json-lines.ts';
import type { StatsSource } from './stats-hub.ts';

const tellEveryMs = 1000;
/** Each costs the engine a connection and a collector: more than a window shows at once are not opened. */
const maxStreams = 100;

/** The source on `GET /containers/{id}/stats`. */
export class DockerStats implements StatsSource {
  readonly #client: EngineClient;
  readonly #tell: (event: StatsEvent) => void;
  readonly #streams = new Map<string, AbortController>();
  /** The newest sample of each since the last time it was told. */
  readonly #samples = new Map<string, StatsSample>();
  #timer: NodeJS.Timeout | undefined;

  constructor(client: EngineClient, tell: (event: StatsEvent) => void) {
    this.#client = client;
    this.#tell = tell;
  }

  setIds(ids: ReadonlySet<string>): void {
    const wanted = new Set([...ids].slice(0, maxStreams));
    for (const [id, abort] of this.#streams) if (!wanted.has(id)) abort.abort();
    for (const id of wanted) if (!this.#streams.has(id)) this.#open(id);
    if (wanted.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    } else this.#timer ??= setInterval(() => this.#tellAll(), tellEveryMs);
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    for (const abort of this.#streams.values()) abort.abort();
    this.#streams.clear();
    this.#samples.clear();
  }

  #tellAll(): void {
    if (this.#samples.size === 0) return;
    const samples = [...this.#samples.values()];
    this.#samples.clear();
    this.#tell({ timeMs: Date.now(), samples });
  }

  /** A stream that ends is opened again when the container is next asked for: it has stopped, most likely. */
  #open(id: string): void {
    const abort = new AbortController();
    this.#streams.set(id, abort);
    abort.signal.addEventListener('abort', () => this.#forget(id, abort), { once: true });
    void this.#follow(id, abort.signal)
      .catch(() => undefined)
      .then(() => this.#forget(id, abort));
  }

  #forget(id: string, abort: AbortController): void {
    if (this.#streams.get(id) !== abort) return;
    this.#streams.delete(id);
    this.#samples.delete(id);
  }

  async #follow(id: string, signal: AbortSignal): Promise<void> {
    const path = `/containers/${segment(id)}/stats`;
    const response = await this.#client.stream({ method: 'GET', path, query: { stream: true }, signal });
    signal.addEventListener('abort', () => response.destroy());
    if (signal.aborted) response.destroy();
    response.on('error', () => undefined);
    const lines = new JsonLines();
    await new Promise<void>((resolve, reject) => {
      response.on('close', resolve);
      response.on('data', (chunk: Buffer) => {
        try {
          for (const value of lines.push(chunk)) {
            if (!signal.aborted) this.#samples.set(id, toStatsSample(id, dockerStatsLine.parse(value)));
          }
        } catch (error) {
          response.destroy();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }
}

/** One line of Docker's stats as `docker stats` shows it. */
export function toStatsSample(id: string, line: DockerStatsLine): StatsSample {
  const { memory_stats: memory, networks, blkio_stats: blkio } = line;
  const bytesOf = (operation: string) =>
    sum(
      blkio.io_service_bytes_recursive
        .filter(({ op }) => op.toLowerCase() === operation)
        .map(({ value }) => value),
    );
  return {
    id,
    cpuPercent: cpuPercent(line),
    memoryBytes: memoryWithoutCache(memory),
    memoryLimitBytes: memory.limit,
    receivedBytes: sum(networks.map(([, { rx_bytes }]) => rx_bytes)),
    sentBytes: sum(networks.map(([, { tx_bytes }]) => tx_bytes)),
    readBytes: bytesOf('read'),
    writtenBytes: bytesOf('write'),
    pids: line.pids_stats.current,
  };
}

/** Of one CPU. The first line has nothing to compare with: its `precpu_stats` are empty. */
function cpuPercent({ cpu_stats: now, precpu_stats: before }: DockerStatsLine): number | null {
  if (before.system_cpu_usage === 0) return null;
  const used = now.cpu_usage.total_usage - before.cpu_usage.total_usage;
  const passed = now.system_cpu_usage - before.system_cpu_usage;
  if (used <= 0 || passed <= 0) return 0;
  // Engines before API 1.27 do not tell the number of CPUs.
  const cpus = now.online_cpus === 0 ? now.cpu_usage.percpu_usage.length : now.online_cpus;
  return (used / passed) * cpus * 100;
}

/** The page cache that the kernel may take back does not count: `total_inactive_file` of cgroup v1, `inactive_file` of v2. */
function memoryWithoutCache({ usage, stats }: DockerStatsLine['memory_stats']): number {
  const figures = new Map(stats);
  const cache = figures.get('total_inactive_file') ?? figures.get('inactive_file') ?? 0;
  return cache < usage ? usage - cache : usage;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
