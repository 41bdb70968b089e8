// The `stats` streams of all windows on one source of figures, which is there only while a visible window wants it. The
// source is the engine's own stream of all, or, on others' engines, Docker's stream of each container.
import type { EngineClient } from '../client/engine-client.ts';
import type { StatsEvent, StatsSample, StreamControl, StreamParams } from '../contract/streams.ts';
import type { BackendStream } from './backend-stream.ts';
import { Disposables, type Disposable } from './disposable.ts';
import { DockerStats } from './docker-stats.ts';
import { EngineStats } from './engine-stats.ts';
import type { LiveModel } from './live-model.ts';
import type { StreamOutput } from './output-queue.ts';

/** Scrolling changes the set many times in a row. */
const settleMs = 100;
/** A figure of another second may stand in for the one that a source begins without. */
const staleAfterMs = 5000;

/** Where figures come from: once a second, of the containers that were asked for last. */
export interface StatsSource extends Disposable {
  setIds(ids: ReadonlySet<string>): void;
}

interface Listener {
  ids: ReadonlySet<string>;
  visible: boolean;
  readonly output: StreamOutput<StatsEvent>;
}

/** Shares the figures among windows. */
export class StatsHub implements Disposable {
  readonly #client: EngineClient;
  readonly #model: LiveModel;
  readonly #listeners = new Set<Listener>();
  readonly #owned = new Disposables();
  #source: StatsSource | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The last CPU figure of each container, since a source that was opened anew begins without. */
  readonly #lastCpu = new Map<string, { readonly cpuPercent: number; readonly timeMs: number }>();

  constructor(client: EngineClient, model: LiveModel) {
    this.#client = client;
    this.#model = model;
    this.#owned.add(
      model.subscribe(({ engine, containers }) => {
        // A source belongs to one session with the engine.
        if (engine !== undefined && !isUsable(engine)) this.#close();
        if (engine !== undefined || containers !== undefined) this.#schedule();
      }),
    );
  }

  /** Opens a stream of one window. */
  open(
    params: StreamParams<'stats'>,
    output: StreamOutput<StatsEvent>,
  ): BackendStream<StreamControl<'stats'>> {
    const listener: Listener = { ids: new Set(params.ids), visible: false, output };
    this.#listeners.add(listener);
    return {
      input: () => undefined,
      end: () => undefined,
      control: ({ ids }) => {
        listener.ids = new Set(ids);
        this.#schedule();
      },
      setVisible: (visible) => {
        listener.visible = visible;
        this.#schedule();
      },
      dispose: () => {
        this.#listeners.delete(listener);
        this.#schedule();
      },
    };
  }

  dispose(): void {
    this.#owned.dispose();
    this.#listeners.clear();
    clearTimeout(this.#timer);
    this.#close();
  }

  #schedule(): void {
    if (this.#owned.disposed) return;
    if (this.#listeners.size === 0 && this.#source === undefined) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#reconcile();
    }, settleMs);
  }

  #reconcile(): void {
    const watching = [...this.#listeners].filter(({ visible }) => visible);
    if (watching.length === 0 || !isUsable(this.#model.engine)) {
      this.#close();
      return;
    }
    const containers = this.#model.entities('containers');
    const ids = new Set(watching.flatMap((listener) => [...listener.ids]).sort());
    for (const id of ids) {
      const state = containers.get(id)?.state;
      // What does not run uses nothing.
      if (state !== 'running' && state !== 'paused') ids.delete(id);
    }
    for (const id of this.#lastCpu.keys()) if (!ids.has(id)) this.#lastCpu.delete(id);
    this.#source ??= this.#openSource();
    this.#source.setIds(ids);
  }

  #openSource(): StatsSource {
    const tell = (event: StatsEvent) => this.#tell(event);
    return this.#model.engine.features.includes('stats')
      ? new EngineStats(this.#client, tell)
      : new DockerStats(this.#client, tell);
  }

  #close(): void {
    this.#source?.dispose();
    this.#source = undefined;
    this.#lastCpu.clear();
  }

  #tell({ timeMs, samples, machine }: StatsEvent): void {
    const filled = samples.map((sample) => this.#withCpu(sample, timeMs));
    for (const { ids, visible, output } of this.#listeners) {
      if (!visible) continue;
      const wanted = filled.filter(({ id }) => ids.has(id));
      output.event({ timeMs, samples: wanted, ...(machine === undefined ? {} : { machine }) });
    }
  }

  #withCpu(sample: StatsSample, timeMs: number): StatsSample {
    const { id, cpuPercent } = sample;
    if (cpuPercent !== null) {
      this.#lastCpu.set(id, { cpuPercent, timeMs });
      return sample;
    }
    const last = this.#lastCpu.get(id);
    return last === undefined || timeMs - last.timeMs > staleAfterMs
      ? sample
      : { ...sample, cpuPercent: last.cpuPercent };
  }
}

function isUsable({ state }: LiveModel['engine']): boolean {
  return state === 'running' || state === 'hung';
}
