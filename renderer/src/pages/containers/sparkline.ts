// The line of a row's last minute, as the data of an SVG path. Pure.

export interface SparklinePoint {
  readonly timeMs: number;
  /** null where nothing was measured: the line has a gap there. */
  readonly value: number | null;
}

export interface SparklineSize {
  readonly widthPx: number;
  readonly heightPx: number;
  /** What the width stands for; its right end is the last point. */
  readonly spanMs: number;
  /** The least that the height stands for: a whisper shall not look like a storm. */
  readonly least: number;
}

const longestGapMs = 5000;

/** `M0 12L10 4`, or the empty string without two points next to each other. */
export function sparklinePath(points: readonly SparklinePoint[], size: SparklineSize): string {
  const last = points.at(-1);
  if (last === undefined) return '';
  const top = points.reduce((most, { value }) => Math.max(most, value ?? 0), size.least);
  let path = '';
  let beforeMs: number | undefined;
  for (const { timeMs, value } of points) {
    const x = size.widthPx - ((last.timeMs - timeMs) / size.spanMs) * size.widthPx;
    if (x < 0) continue;
    if (value === null) {
      beforeMs = undefined;
      continue;
    }
    // The line is a pixel and a half wide: it stays inside.
    const y = size.heightPx - 1 - (Math.max(0, value) / top) * (size.heightPx - 2);
    const joined = beforeMs !== undefined && timeMs - beforeMs <= longestGapMs;
    path += `${joined ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    beforeMs = timeMs;
  }
  return path.includes('L') ? path : '';
}
