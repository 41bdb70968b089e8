// The last minute of what containers use, for sparklines and charts. Pure.
import type { StatsEvent, StatsSample } from '../../../runtime/contract/streams.ts';

/** How long a point is kept. */
export const historyMs = 60_000;

/** A sample and when it was taken, ms since the epoch. */
export interface StatsPoint extends StatsSample {
  readonly timeMs: number;
}

export type StatsHistory = ReadonlyMap<string, readonly StatsPoint[]>;

const none: readonly StatsPoint[] = [];

/**
 * The history after one second's figures: what is older than a minute before them is gone, and so is a container of which
 * nothing is left. A container that is not in them keeps its line, which may have a gap when it comes back.
 */
export function withSamples(history: StatsHistory, event: StatsEvent): StatsHistory {
  const next = new Map<string, readonly StatsPoint[]>();
  const oldestMs = event.timeMs - historyMs;
  for (const [id, points] of history) {
    const from = points.findIndex((point) => point.timeMs > oldestMs);
    if (from >= 0) next.set(id, from === 0 ? points : points.slice(from));
  }
  for (const sample of event.samples) {
    const before = next.get(sample.id) ?? none;
    next.set(sample.id, [...before, { ...sample, timeMs: event.timeMs }]);
  }
  return next;
}
