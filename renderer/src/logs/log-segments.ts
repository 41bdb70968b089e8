// A log line cut into what is drawn: its terminal colours with links, its level's word and what was searched for laid over.
import { styledRuns, type TextRun } from './ansi.ts';
import { levelOf, type FoundLevel } from './log-level.ts';
import { matchRanges, type TextRange } from './log-query.ts';

export interface LogSegment {
  readonly text: string;
  /** Class names; empty for plain text. */
  readonly style: string;
  /** An http or https address, when it is a link. */
  readonly href: string | undefined;
  readonly match: boolean;
}

interface Link extends TextRange {
  readonly href: string;
}

const mostLinks = 50;
const address = /\bhttps?:\/\/[^\s"'<>`\\^{}|‹›]+/gi;

/** The line as a reader sees it: without escapes, with every control character shown. This is what is searched. */
export function shownText(line: string): string {
  const runs = styledRuns(line);
  const [only] = runs;
  return runs.length === 1 && only !== undefined ? only.text : runs.map((run) => run.text).join('');
}

/** Cuts a line; `expression` finds what to highlight. */
export function logSegments(line: string, expression: RegExp | undefined): LogSegment[] {
  const runs = styledRuns(line);
  const text = runs.map((run) => run.text).join('');
  const level = levelOf(text);
  return cut(
    runs,
    linksIn(text),
    level === undefined ? [] : [level],
    expression === undefined ? [] : matchRanges(expression, text),
  );
}

/** Addresses a browser can go to. Full stops and closing brackets at the end belong to the sentence around. */
export function linksIn(text: string): Link[] {
  const links: Link[] = [];
  for (const match of text.matchAll(address)) {
    const found = match[0].slice(0, addressLength(match[0]));
    if (!URL.canParse(found)) continue;
    const { href, protocol } = new URL(found);
    if (protocol === 'http:' || protocol === 'https:')
      links.push({ from: match.index, to: match.index + found.length, href });
    if (links.length === mostLinks) break;
  }
  return links;
}

/** How much of what looks like an address is one: not the stops at its end, nor brackets that were not opened in it. */
function addressLength(found: string): number {
  let round = 0;
  let square = 0;
  for (const character of found) {
    if (character === '(') round += 1;
    else if (character === ')') round -= 1;
    else if (character === '[') square += 1;
    else if (character === ']') square -= 1;
  }
  let length = found.length;
  for (;;) {
    const last = found.charAt(length - 1);
    if (last === ')' && round < 0) round += 1;
    else if (last === ']' && square < 0) square += 1;
    else if (!'.,;:!?'.includes(last) || last === '') return length;
    length -= 1;
  }
}

/** Lays links, the level and what was found over the runs. Each list is in order and does not overlap itself. */
function cut(
  runs: readonly TextRun[],
  links: readonly Link[],
  levels: readonly FoundLevel[],
  matches: readonly TextRange[],
): LogSegment[] {
  const segments: LogSegment[] = [];
  const overs = [new Over(links), new Over(levels), new Over(matches)] as const;
  const [link, level, match] = overs;
  let runFrom = 0;
  for (const run of runs) {
    const runTo = runFrom + run.text.length;
    for (let from = runFrom; from < runTo;) {
      let to = runTo;
      for (const over of overs) to = Math.min(to, over.next(from));
      const levelStyle = level.at === undefined ? '' : `log-${level.at.level}`;
      segments.push({
        text: run.text.slice(from - runFrom, to - runFrom),
        style: run.style !== '' && levelStyle !== '' ? `${run.style} ${levelStyle}` : run.style + levelStyle,
        href: link.at?.href,
        match: match.at !== undefined,
      });
      from = to;
    }
    runFrom = runTo;
  }
  return segments;
}

/** Walks along ranges that are in order. */
class Over<T extends TextRange> {
  /** The range one is in. */
  at: T | undefined;
  readonly #ranges: readonly T[];
  #index = 0;

  constructor(ranges: readonly T[]) {
    this.#ranges = ranges;
  }

  /** Goes to a place, never back; returns where the next range begins or this one ends. */
  next(place: number): number {
    let range = this.#ranges[this.#index];
    while (range !== undefined && range.to <= place) range = this.#ranges[++this.#index];
    this.at = range !== undefined && range.from <= place ? range : undefined;
    return this.at?.to ?? range?.from ?? Number.POSITIVE_INFINITY;
  }
}
