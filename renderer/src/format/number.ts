// Numbers, sizes and dates in the person's own notation.
import { en } from '../strings/en.ts';

const decimal = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 });
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const sizeUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

export function formatCount(value: number): string {
  return whole.format(value);
}

/** One figure behind the point at most: 12.5. */
export function formatDecimal(value: number): string {
  return decimal.format(value);
}

/** `share` is 0 to 1. */
export function formatShare(share: number): string {
  return percent.format(share);
}

/** Decimal units, as the docker CLI shows them: 4.3 MB. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < sizeUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${(value >= 100 || unit === 0 ? whole : decimal).format(value)} ${sizeUnits[unit] ?? 'B'}`;
}

/** Binary units, as memory is sold: 24 GiB. */
export function formatMemory(bytes: number): string {
  return `${decimal.format(bytes / 2 ** 30)} GiB`;
}

export function formatDateTime(ms: number): string {
  return dateTime.format(ms);
}

/** The time of the day with its seconds. */
export function formatClock(ms: number): string {
  return clock.format(ms);
}

/** Two amounts of memory in one unit: 1.2 of 24 GiB. */
export function formatMemoryOf(usedBytes: number, totalBytes: number): string {
  return en.ofTotal(decimal.format(usedBytes / 2 ** 30), formatMemory(totalBytes));
}

/** Two sizes in the unit of the bigger one: 64 of 502 GB. */
export function formatSizeOf(usedBytes: number, totalBytes: number): string {
  const power = Math.min(sizeUnits.length - 1, Math.max(0, Math.floor(Math.log10(totalBytes) / 3)));
  const used = usedBytes / 1000 ** power;
  return en.ofTotal((used >= 10 ? whole : decimal).format(used), formatSize(totalBytes));
}

const tenth = new Intl.NumberFormat(undefined, {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** Of one CPU: 4.1 %, 11 %, 231 %. One figure behind the point only where it tells something. */
export function formatPercent(value: number): string {
  return (Math.abs(value) < 9.95 ? tenth : percent).format(value / 100);
}
