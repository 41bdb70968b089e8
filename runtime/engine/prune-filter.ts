// The filters of Docker's prune calls: `until`, `label` and `label!`.
import { EngineError } from './errors.ts';
import type { Filters } from './services.ts';

/** The names that a prune of containers, networks and the like takes. */
export const pruneFilterNames: ReadonlySet<string> = new Set(['until', 'label', 'label!']);

const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** What is asked about each thing. */
export type PruneTest = (thing: {
  readonly createdMs: number;
  readonly labels: Readonly<Record<string, string>>;
}) => boolean;

/** Whether a thing may go. Throws invalid for a time that is none. */
export function pruneTest(filters: Filters, nowMs: number): PruneTest {
  const until = filters.get('until') ?? [];
  const [first] = until;
  if (until.length > 1) throw new EngineError('invalid', 'more than one until filter specified');
  const latestMs = first === undefined ? Infinity : timeMs(first, nowMs);
  const wanted = filters.get('label') ?? [];
  const spared = filters.get('label!') ?? [];
  return ({ createdMs, labels }) =>
    createdMs <= latestMs &&
    wanted.every((label) => hasLabel(labels, label)) &&
    !spared.some((label) => hasLabel(labels, label));
}

/** A moment as Docker's filters write it: so long ago (`10m`), seconds since the epoch, or a date. */
function timeMs(text: string, nowMs: number): number {
  const ago = durationMs(text);
  if (ago !== undefined) return nowMs - ago;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const date = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(date))
    throw new EngineError('invalid', `failed to parse value as time or duration: ${JSON.stringify(text)}`);
  return date;
}

/** A duration of Go, `1h30m`; undefined when it is not one. */
function durationMs(text: string): number | undefined {
  if (!/^(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, value, , unit] of text.matchAll(/(\d+(\.\d*)?)(ns|us|µs|ms|s|m|h)/g)) {
    sum += Number(value) * (unitMs[unit ?? ''] ?? 0);
  }
  return sum;
}

/** Whether there is such a label: `name`, or `name=value`. */
export function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const equals = wanted.indexOf('=');
  const value = labels[equals < 0 ? wanted : wanted.slice(0, equals)];
  return value !== undefined && (equals < 0 || value === wanted.slice(equals + 1));
}
