// One record of a log, as the drivers write them: `json-file` is Docker's, a JSON object in a line; `local` is a letter (o and e
// for lines of stdout and stderr, O and E for pieces without their newline), 16 hexadecimal digits of nanoseconds, and the bytes.

/** How the records of a log are written. */
export type LogFormat = 'json-file' | 'local';

export interface LogRecord {
  /** With its newline, if it has one. */
  readonly text: Buffer;
  readonly isError: boolean;
  /** Nanoseconds since the epoch. */
  timeNs(): bigint;
  /** What `logs --details` shows beside the text. */
  readonly attributes: Readonly<Record<string, unknown>> | undefined;
}

const newline = Buffer.from('\n');
const localHeadBytes = 17;
const letters: ReadonlyMap<string, { readonly isError: boolean; readonly whole: boolean }> = new Map([
  ['o', { isError: false, whole: true }],
  ['O', { isError: false, whole: false }],
  ['e', { isError: true, whole: true }],
  ['E', { isError: true, whole: false }],
]);

/** A record from its line, without the newline; undefined when it is none: torn, or written by somebody else. */
export function parseRecord(format: LogFormat, line: Buffer): LogRecord | undefined {
  return format === 'local' ? parseLocal(line) : parseJson(line);
}

/** The time of a record alone; undefined when it is none. */
export function recordTime(format: LogFormat, line: Buffer): bigint | undefined {
  return parseRecord(format, line)?.timeNs();
}

function parseLocal(line: Buffer): LogRecord | undefined {
  const kind = letters.get(line.toString('latin1', 0, 1));
  const time = line.toString('latin1', 1, localHeadBytes);
  if (kind === undefined || !/^[0-9a-f]{16}$/.test(time)) return undefined;
  const bytes = line.subarray(localHeadBytes);
  return {
    text: kind.whole ? Buffer.concat([bytes, newline]) : bytes,
    isError: kind.isError,
    timeNs: () => BigInt(`0x${time}`),
    attributes: undefined,
  };
}

function parseJson(line: Buffer): LogRecord | undefined {
  try {
    const value: unknown = JSON.parse(line.toString('utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    const { log, stream, time, attrs } = value as Partial<Record<string, unknown>>;
    if (typeof log !== 'string' || typeof stream !== 'string' || typeof time !== 'string') return undefined;
    return {
      text: Buffer.from(log),
      isError: stream === 'stderr',
      timeNs: () => parseTime(time),
      attributes: typeof attrs === 'object' && attrs !== null ? { ...attrs } : undefined,
    };
  } catch {
    return undefined;
  }
}

/** An RFC 3339 time in nanoseconds since the epoch. */
export function parseTime(text: string): bigint {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  const milliseconds = Date.parse(text.replace(/\.\d+/, ''));
  return (
    BigInt(Number.isNaN(milliseconds) ? 0 : milliseconds) * 1_000_000n +
    BigInt(fraction.padEnd(9, '0').slice(0, 9))
  );
}

/** RFC 3339 with all nine digits, so that columns line up. */
export function formatTime(ns: bigint): string {
  const seconds = new Date(Number(ns / 1_000_000_000n) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${String(ns % 1_000_000_000n).padStart(9, '0')}Z`;
}

/** Attributes as `logs --details` shows them: `key=value` sorted by key, escaped as in a query, with commas between. */
export function formatAttributes(attributes: LogRecord['attributes']): string {
  return Object.entries(attributes ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${escapeQuery(key)}=${escapeQuery(String(value))}`)
    .join(',');
}

/** Go's url.QueryEscape. */
function escapeQuery(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString())
    .replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
