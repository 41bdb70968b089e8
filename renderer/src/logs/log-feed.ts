// One open view of logs: the streams of one or several containers that fill one store, in the order of their times, and the
// news for whoever shows it, once per frame of the screen. While the window is hidden nothing is taken and nothing
// acknowledged, so the backend waits. A log that ended with its container goes on from there when asked.
import { logsEvent } from '../../../runtime/contract/streams.ts';
import { streamWindowBytes } from '../../../runtime/contract/wire.ts';
import type { ContractClient, StreamHandle } from '../transport/contract-client.ts';
import type { ContractFailure } from '../transport/contract-failure.ts';
import { LogMerge } from './log-merge.ts';
import { logLimits, LogStore } from './log-store.ts';
import type { TimeBounds } from './time-range.ts';

/** What a view needs to know; a new object whenever something changed. */
export interface LogFeedState {
  readonly first: number;
  readonly end: number;
  readonly phase: 'opening' | 'open' | 'ended' | 'failed';
  readonly failure: ContractFailure | undefined;
  /** Whose log failed: its place among those asked for. */
  readonly failedSource: number;
}

/** One container's log. */
interface Source {
  readonly id: string;
  stream: StreamHandle<'logs'> | undefined;
  ended: boolean;
  failure: ContractFailure | undefined;
  /** Bytes taken and not yet acknowledged. */
  takenBytes: number;
  /** The time of its newest line; when it is opened again, only later ones count. */
  newestMs: number;
}

/** In a flood nobody reads each frame: so many new lines are told together, and no oftener than that. */
const floodLines = 200;
const floodMs = 100;
/** Meanwhile fewer bytes than these are not worth a message that says they were taken. */
const floodAckBytes = streamWindowBytes / 4;
/** With several logs each brings fewer lines of its past, but never less than this. */
const leastTail = 10_000;

export const noFeedState: LogFeedState = {
  first: 0,
  end: 0,
  phase: 'opening',
  failure: undefined,
  failedSource: 0,
};

export class LogFeed {
  readonly store = new LogStore();
  readonly #client: ContractClient;
  readonly #bounds: TimeBounds;
  readonly #sources: readonly Source[];
  readonly #merge: LogMerge;
  readonly #listeners = new Set<() => void>();
  #state = noFeedState;
  #frame = 0;
  #publishedMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #publishing: ReturnType<typeof setTimeout> | undefined;

  constructor(client: ContractClient, containerIds: readonly string[], bounds: TimeBounds) {
    this.#client = client;
    this.#bounds = bounds;
    this.#merge = new LogMerge(containerIds.length, nowMs());
    this.#sources = containerIds.map((id) => ({
      id,
      stream: undefined,
      ended: false,
      failure: undefined,
      takenBytes: 0,
      newestMs: 0,
    }));
    for (const [index, source] of this.#sources.entries()) this.#open(index, source);
    document.addEventListener('visibilitychange', this.#wake);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly state = (): LogFeedState => this.#state;

  /** Goes on with the logs that ended or failed; with an id only with that one's. What was read stays. */
  goOn(containerId?: string): void {
    for (const [index, source] of this.#sources.entries()) {
      if (!source.ended || (containerId !== undefined && source.id !== containerId)) continue;
      this.#merge.begin(index, nowMs());
      this.#open(index, source);
      this.#publish();
    }
  }

  dispose(): void {
    document.removeEventListener('visibilitychange', this.#wake);
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    clearTimeout(this.#publishing);
    this.#listeners.clear();
    for (const source of this.#sources) source.stream?.close();
  }

  #open(index: number, source: Source): void {
    const { sinceMs, untilMs } = this.#bounds;
    source.ended = false;
    source.failure = undefined;
    source.takenBytes = 0;
    const readMs = source.newestMs;
    source.stream = this.#client.open(
      'logs',
      {
        id: source.id,
        tail: Math.max(leastTail, Math.floor(logLimits.lines / this.#sources.length)),
        follow: untilMs === null || untilMs > Date.now(),
        sinceMs: readMs > 0 ? readMs : sinceMs,
        untilMs,
        tellsCaughtUp: this.#sources.length > 1,
      },
      {
        onEvent: (event) => {
          if (!logsEvent.safeParse(event).success) return;
          this.#merge.caughtUp(index);
          this.#wake();
        },
        onData: (data) => {
          const news = readMs > 0 ? laterRecords(data, readMs) : data;
          // What is not wanted will not be given out: it is taken here and now.
          if (news.length < data.length) source.stream?.ack(data.length - news.length);
          this.#merge.push(index, news);
          this.#wake();
        },
        onClosed: (failure) => {
          source.stream = undefined;
          source.ended = true;
          source.failure = failure;
          this.#merge.end(index);
          // Also in a hidden window: the end was said, and there is no one left to wait for.
          if (document.hidden) this.#publish();
          this.#wake();
        },
      },
    );
  }

  readonly #wake = (): void => {
    if (document.hidden || this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#take();
      const floods = this.store.end - this.#state.end > floodLines;
      if (floods && performance.now() - this.#publishedMs < floodMs) {
        this.#acknowledge(floodAckBytes);
        this.#wake();
        return;
      }
      this.#acknowledge(1);
      // So much is prepared between two frames, and painted with the second.
      if (floods) this.#publishing ??= setTimeout(this.#publish);
      else this.#publish();
    });
  };

  #take(): void {
    const waitMs = this.#merge.take(nowMs(), (index, records) => {
      this.store.append(records, index);
      const source = this.#sources[index];
      if (source !== undefined) source.newestMs = Math.max(source.newestMs, newestTime(this.store));
    });
    clearTimeout(this.#timer);
    if (waitMs !== undefined) this.#timer = setTimeout(this.#wake, waitMs);
  }

  /** Tells what was taken, of each log that has so much to tell. */
  #acknowledge(leastBytes: number): void {
    for (const [index, source] of this.#sources.entries()) {
      source.takenBytes += this.#merge.takenBytes(index);
      if (source.takenBytes < leastBytes) continue;
      source.stream?.ack(source.takenBytes);
      source.takenBytes = 0;
    }
  }

  readonly #publish = (): void => {
    clearTimeout(this.#publishing);
    this.#publishing = undefined;
    const { first, end } = this.store;
    const failedSource = this.#sources.findIndex((source) => source.failure !== undefined);
    const phase =
      failedSource >= 0
        ? 'failed'
        : this.#sources.every((source) => source.ended)
          ? 'ended'
          : end === 0
            ? 'opening'
            : 'open';
    const failure = this.#sources[failedSource]?.failure;
    const before = this.#state;
    if (before.end === end && before.first === first && before.phase === phase && before.failure === failure)
      return;
    this.#publishedMs = performance.now();
    this.#state = { first, end, phase, failure, failedSource: Math.max(0, failedSource) };
    for (const listener of this.#listeners) listener();
  };
}

/** Since the epoch, and never backwards. */
function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

function newestTime(store: LogStore): number {
  return store.line(store.end - 1, 0)?.timeMs ?? 0;
}

/** The records of a frame that are later than a time: those in front were read before. */
function laterRecords(frame: Uint8Array, timeMs: number): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  let at = 0;
  while (at < frame.length) {
    const recordMs = view.getFloat64(at + 1);
    if (recordMs === 0 || recordMs > timeMs) break;
    at += 13 + view.getUint32(at + 9);
  }
  return frame.subarray(at);
}
