// The level of a log line, where it says one at the usual places: a word near the start, `level=…`, or `"level":"…"`.
import type { TextRange } from './log-query.ts';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export interface FoundLevel extends TextRange {
  readonly level: LogLevel;
}

const words = 'trace|debug|info|notice|warning|warn|error|err|fatal|critical|panic';
const levels = new Map<string, LogLevel>([
  ['trace', 'debug'],
  ['debug', 'debug'],
  ['info', 'info'],
  ['notice', 'info'],
  ['warning', 'warn'],
  ['warn', 'warn'],
  ['error', 'error'],
  ['err', 'error'],
  ['fatal', 'error'],
  ['critical', 'error'],
  ['panic', 'error'],
]);
/** Where a level is looked for; what comes later is the message. */
const headCharacters = 120;

// After at most four words without it (date, time, process), in capitals or in brackets or before a colon.
const leading = new RegExp(
  `^(?:\\S+\\s+){0,4}?[[(<|]?((?:${words.toUpperCase()})(?![\\w-])|(?:${words})(?=[\\])>|:]))`,
);
const named = new RegExp(`["']?\\b(?:level|lvl|severity)["']?\\s*[=:]\\s*["']?(${words})\\b`, 'i');

/** The level and where its word stands; undefined when the line says none. */
export function levelOf(text: string): FoundLevel | undefined {
  const head = text.slice(0, headCharacters);
  const match = named.exec(head) ?? leading.exec(head);
  const word = match?.[1];
  const level = levels.get(word?.toLowerCase() ?? '');
  if (match === null || word === undefined || level === undefined) return undefined;
  const to = match.index + match[0].length;
  return { level, from: to - word.length, to };
}
