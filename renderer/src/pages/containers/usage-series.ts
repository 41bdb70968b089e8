// What the charts of a container draw, made of its samples: levels as they are, and of counters how much they grew a second.
// Pure.
import type { StatsPoint } from '../../state/stats-history.ts';

/** How far back the charts go. */
export const recordMs = 10 * 60_000;
/** Between samples that lie further apart, nothing is known: the window was hidden, or the container stopped. */
const longestGapMs = 5000;

export interface UsageSeries {
  /** Seconds since the epoch. */
  readonly times: readonly number[];
  readonly cpuPercent: readonly (number | null)[];
  readonly memoryBytes: readonly (number | null)[];
  /** Bytes a second, as all that follow. */
  readonly received: readonly (number | null)[];
  readonly sent: readonly (number | null)[];
  readonly read: readonly (number | null)[];
  readonly written: readonly (number | null)[];
}

type Counter = 'receivedBytes' | 'sentBytes' | 'readBytes' | 'writtenBytes';

/** The samples with a new one, without those that are too old; the same array when it is no news. */
export function withPoint(points: readonly StatsPoint[], point: StatsPoint): readonly StatsPoint[] {
  const last = points.at(-1);
  if (last !== undefined && point.timeMs <= last.timeMs) return points;
  const from = points.findIndex(({ timeMs }) => timeMs > point.timeMs - recordMs);
  return [...(from < 0 ? [] : points.slice(from)), point];
}

/** Growth a second; null after a gap, and when the counter began anew with a new run. */
function rates(points: readonly StatsPoint[], counter: Counter): (number | null)[] {
  return points.map((point, at) => {
    const before = points[at - 1];
    if (before === undefined) return null;
    const elapsedMs = point.timeMs - before.timeMs;
    const grown = point[counter] - before[counter];
    if (elapsedMs > longestGapMs || grown < 0) return null;
    return (grown / elapsedMs) * 1000;
  });
}

/** What to draw. A gap in time is a place without values, so that no line bridges it. */
export function usageSeries(points: readonly StatsPoint[]): UsageSeries {
  const cut: (StatsPoint | number)[] = [];
  for (const [at, point] of points.entries()) {
    const before = points[at - 1];
    if (before !== undefined && point.timeMs - before.timeMs > longestGapMs) cut.push(before.timeMs + 1);
    cut.push(point);
  }
  const received = rates(points, 'receivedBytes');
  const sent = rates(points, 'sentBytes');
  const read = rates(points, 'readBytes');
  const written = rates(points, 'writtenBytes');
  const spread = (values: readonly (number | null)[]): (number | null)[] => {
    let next = 0;
    return cut.map((one) => (typeof one === 'number' ? null : (values[next++] ?? null)));
  };
  return {
    times: cut.map((one) => (typeof one === 'number' ? one : one.timeMs) / 1000),
    cpuPercent: spread(points.map((point) => point.cpuPercent)),
    memoryBytes: spread(points.map((point) => point.memoryBytes)),
    received: spread(received),
    sent: spread(sent),
    read: spread(read),
    written: spread(written),
  };
}
