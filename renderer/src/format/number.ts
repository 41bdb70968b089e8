// Numbers, sizes and dates in the person's own notation.

const decimal = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const percent = new Intl.NumberFormat(undefined, { style: 'percent', maximumFractionDigits: 0 });
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
const sizeUnits = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

export function formatCount(value: number): string {
  return whole.format(value);
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

const tenth = new Intl.NumberFormat(undefined, {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** Of one CPU: 4.1 %, 11 %, 231 %. One figure behind the point only where it tells something. */
export function formatPercent(value: number): string {
  return (Math.abs(value) < 9.95 ? tenth : percent).format(value / 100);
}
