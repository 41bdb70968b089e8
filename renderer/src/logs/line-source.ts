// The lines a view shows: all of a log, or those of a list. The view counts positions and need not know which it is.
import type { LineList } from './line-list.ts';
import type { LogLine, LogStore } from './log-store.ts';

export interface LineSource {
  /** Position of the oldest line shown, and one past the newest. */
  readonly first: number;
  readonly end: number;
  /** The line there, its text no longer than wanted. */
  line: (position: number, mostBytes?: number) => LogLine | undefined;
  /** The line's number in the log. */
  number: (position: number) => number;
  /** Where a line of the log stands, or the next one that is shown. */
  position: (number: number) => number;
}

/** All lines from `from` on, up to `end`. */
export function allLines(store: LogStore, from: number, end: number): LineSource {
  return {
    first: Math.min(from, end),
    end,
    line: (position, mostBytes) => store.line(position, mostBytes),
    number: (position) => position,
    position: (number) => number,
  };
}

/** The lines of a list, from the log's line `from` on. */
export function listedLines(store: LogStore, list: LineList, from: number): LineSource {
  const numberAt = (position: number): number => list.at(position) ?? -1;
  return {
    first: list.position(from),
    end: list.end,
    line: (position, mostBytes) => store.line(numberAt(position), mostBytes),
    number: numberAt,
    position: (number) => list.position(number),
  };
}
