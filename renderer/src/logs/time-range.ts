// Which part of a log is read: all of it, its last minutes, today, or between two moments.

export type TimeRange =
  | { readonly kind: 'all' | 'quarter' | 'hour' | 'today' }
  | { readonly kind: 'custom'; readonly fromMs: number | null; readonly toMs: number | null };

/** Bounds for the `logs` stream: ms since the epoch, null for none. */
export interface TimeBounds {
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
}

/** The bounds as of now: "the last hour" begins an hour before it was asked for. */
export function boundsOf(range: TimeRange, nowMs: number): TimeBounds {
  switch (range.kind) {
    case 'all':
      return { sinceMs: null, untilMs: null };
    case 'quarter':
      return { sinceMs: nowMs - 15 * 60_000, untilMs: null };
    case 'hour':
      return { sinceMs: nowMs - 60 * 60_000, untilMs: null };
    case 'today':
      return { sinceMs: new Date(nowMs).setHours(0, 0, 0, 0), untilMs: null };
    case 'custom':
      return { sinceMs: range.fromMs, untilMs: range.toMs };
  }
}

/** The value of a `datetime-local` field for a moment, in local time, to the second. */
export function fieldOf(ms: number | null): string {
  if (ms === null) return '';
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** The moment in a `datetime-local` field; null when it is empty, undefined when it is none. */
export function momentOf(field: string): number | null | undefined {
  if (field === '') return null;
  const ms = new Date(field).getTime();
  return Number.isNaN(ms) ? undefined : ms;
}
