// Keeps the one stream of figures: open while the window is visible, the engine runs and somebody shows a figure; for
// exactly the containers that are shown. It feeds the stats store.
import type { StreamHandle } from '../transport/contract-client.ts';
import { useConnection } from '../transport/connection.ts';
import { statsEvent } from '../transport/stats-schema.ts';
import { useModel } from './model-store.ts';
import { withSamples } from './stats-history.ts';
import { useStats, useWantedStats } from './stats-store.ts';

/** A list that is scrolled registers and leaves many times: the stream hears the outcome. */
const settleMs = 100;
/** After the stream broke off for no reason that we know of. */
const againMs = 3000;
/** The contract's bound. */
const mostIds = 2000;

class StatsFeed {
  #stream: StreamHandle<'stats'> | undefined;
  /** The client of the open stream: with another one it is gone. */
  #client: unknown;
  #told: readonly string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Looks again at what is wanted, soon. */
  readonly lookSoon = (): void => {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#look();
    }, settleMs);
  };

  #look(): void {
    const { client } = useConnection.getState();
    const wanted = useWantedStats.getState();
    const ids = [...wanted.ids.keys()].slice(0, mostIds);
    const runs = useModel.getState().engine?.state === 'running';
    const needed = runs && !document.hidden && (ids.length > 0 || wanted.machine > 0);
    if (this.#stream !== undefined && (!needed || client !== this.#client)) this.#close();
    if (!needed || client === undefined) return;
    if (this.#stream === undefined) {
      this.#client = client;
      this.#stream = client.open(
        'stats',
        { ids },
        { onEvent: (event) => this.#take(event), onClosed: () => this.#ended() },
      );
    } else if (ids.length !== this.#told.length || ids.some((id, index) => id !== this.#told[index])) {
      this.#stream.control({ ids });
    }
    this.#told = ids;
  }

  #take(event: unknown): void {
    const parsed = statsEvent.safeParse(event);
    if (!parsed.success) return;
    const { timeMs, samples, machine } = parsed.data;
    useStats.setState(({ history }) => ({
      latest: new Map(samples.map((sample) => [sample.id, { ...sample, timeMs }])),
      history: withSamples(history, parsed.data),
      machine,
    }));
  }

  #ended(): void {
    this.#stream = undefined;
    this.#forget();
    setTimeout(this.lookSoon, againMs);
  }

  #close(): void {
    this.#stream?.close();
    this.#stream = undefined;
    this.#forget();
  }

  #forget(): void {
    useStats.setState({ latest: new Map(), machine: undefined });
  }
}

/** Starts the feed for the life of the page. */
export function startStats(): void {
  const feed = new StatsFeed();
  useWantedStats.subscribe(feed.lookSoon);
  useConnection.subscribe(feed.lookSoon);
  useModel.subscribe((state, before) => {
    if (state.engine?.state !== before.engine?.state) feed.lookSoon();
  });
  document.addEventListener('visibilitychange', feed.lookSoon);
  feed.lookSoon();
}
