// Several logs in the order of their times. Each is in order by itself, so the earliest line among the heads of all goes
// next. A log with nothing waiting may still have something earlier on its way: it is waited for until it has caught up with its end, which
// the backend says; from then on only as long as a line written just now may take to come.
import { LogFrameError } from './log-store.ts';

const headBytes = 13;
/** How long the others wait for a log that has nothing: while it is being read from the start, at most, and live. */
const readingWaitMs = 5_000;
const liveWaitMs = 200;

interface Waiting {
  readonly frames: Uint8Array[];
  /** The first frame; where in it the next record begins, and the time of that. Infinite when nothing waits. */
  view: DataView | undefined;
  at: number;
  headMs: number;
  /** Since when there is nothing; meaningful while there is nothing. */
  emptySinceMs: number;
  /** What comes now is new. */
  caughtUp: boolean;
  ended: boolean;
  /** Bytes of frames given out whole, to be acknowledged. */
  doneBytes: number;
}

/** Takes a run of whole records of one source. */
export type MergedRun = (source: number, records: Uint8Array) => void;

export class LogMerge {
  readonly #logs: Waiting[];

  constructor(count: number, nowMs: number) {
    this.#logs = Array.from({ length: count }, () => ({
      frames: [],
      view: undefined,
      at: 0,
      headMs: Number.POSITIVE_INFINITY,
      emptySinceMs: nowMs,
      caughtUp: false,
      ended: false,
      doneBytes: 0,
    }));
  }

  push(source: number, frame: Uint8Array): void {
    const log = this.#logs[source];
    if (log === undefined || frame.length === 0) return;
    log.frames.push(frame);
    if (log.frames.length === 1) goToFirst(log);
  }

  /** Nobody waits for it any more. */
  end(source: number): void {
    const log = this.#logs[source];
    if (log !== undefined) log.ended = true;
  }

  /** It begins anew. */
  begin(source: number, nowMs: number): void {
    const log = this.#logs[source];
    if (log !== undefined) Object.assign(log, { ended: false, caughtUp: false, emptySinceMs: nowMs });
  }

  /** All that it held has been pushed. */
  caughtUp(source: number): void {
    const log = this.#logs[source];
    if (log !== undefined) log.caughtUp = true;
  }

  /** `nowMs`, here as elsewhere, is since the epoch, as the lines' times. Gives out what can go; returns after how many milliseconds more may go without anything coming, if so. */
  take(nowMs: number, give: MergedRun): number | undefined {
    for (;;) {
      let next = -1;
      let nextMs = Number.POSITIVE_INFINITY;
      let untilMs = Number.POSITIVE_INFINITY;
      for (let source = 0; source < this.#logs.length; source++) {
        const headMs = this.#logs[source]?.headMs ?? Number.POSITIVE_INFINITY;
        if (headMs < nextMs) {
          untilMs = nextMs;
          nextMs = headMs;
          next = source;
        } else if (headMs < untilMs) untilMs = headMs;
      }
      const log = this.#logs[next];
      if (log === undefined) return undefined;
      const waitMs = this.#wait(nowMs, nextMs);
      if (waitMs > 0) return waitMs;
      giveRun(log, next, untilMs, nowMs, give);
    }
  }

  /** Bytes of this source that were given out since last asked. */
  takenBytes(source: number): number {
    const log = this.#logs[source];
    if (log === undefined) return 0;
    const bytes = log.doneBytes;
    log.doneBytes = 0;
    return bytes;
  }

  /** How long to wait for those that have nothing before a line of that time may go. */
  #wait(nowMs: number, headMs: number): number {
    let longestMs = 0;
    for (const log of this.#logs) {
      if (log.ended || log.frames.length > 0) continue;
      const emptyMs = nowMs - log.emptySinceMs;
      if (emptyMs >= readingWaitMs) log.caughtUp = true;
      const waitMs = log.caughtUp ? liveWaitMs - Math.max(emptyMs, nowMs - headMs) : readingWaitMs - emptyMs;
      longestMs = Math.max(longestMs, waitMs);
    }
    return longestMs;
  }
}

/** Gives out the log's records up to a time, no further than its first frame. */
function giveRun(log: Waiting, source: number, untilMs: number, nowMs: number, give: MergedRun): void {
  const [frame] = log.frames;
  const { view, at: from } = log;
  if (frame === undefined || view === undefined) return;
  let at = from;
  do at = recordEnd(view, at);
  while (at < frame.length && recordTime(view, at) <= untilMs);
  give(source, frame.subarray(from, at));
  if (at < frame.length) {
    log.at = at;
    log.headMs = recordTime(view, at);
    return;
  }
  log.doneBytes += frame.length;
  log.frames.shift();
  goToFirst(log);
  if (log.frames.length === 0) log.emptySinceMs = nowMs;
}

function goToFirst(log: Waiting): void {
  const [frame] = log.frames;
  log.at = 0;
  log.view = frame === undefined ? undefined : new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  log.headMs = log.view === undefined ? Number.POSITIVE_INFINITY : recordTime(log.view, 0);
}

function recordTime(view: DataView, at: number): number {
  if (at + headBytes > view.byteLength) throw new LogFrameError('A log record is cut off in its head');
  return view.getFloat64(at + 1);
}

function recordEnd(view: DataView, at: number): number {
  const end = at + headBytes + view.getUint32(at + 9);
  if (end > view.byteLength) throw new LogFrameError('A log record is cut off in its text');
  return end;
}
