// A log line cut into what is drawn: its terminal colours with links, its level's word and what was searched for laid over.
import { styledRuns, type TextRun } from './ansi.ts';
import { levelOf } from './log-level.ts';
import { matchRanges, type TextRange } from './log-query.ts';

export interface LogSegment {
  readonly text: string;
  /** Class names; empty for plain text. */
  readonly style: string;
  /** An http or https address, when it is a link. */
  readonly href: string | undefined;
  readonly match: boolean;
}

interface Mark extends TextRange {
  readonly style?: string;
  readonly href?: string;
  readonly match?: boolean;
}

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
  const marks: Mark[] = linksIn(text);
  const level = levelOf(text);
  if (level !== undefined) marks.push({ from: level.from, to: level.to, style: `log-${level.level}` });
  if (expression !== undefined)
    for (const range of matchRanges(expression, text)) marks.push({ ...range, match: true });
  return cut(runs, marks);
}

/** Addresses a browser can go to. Full stops and closing brackets at the end belong to the sentence around. */
export function linksIn(text: string): (TextRange & { readonly href: string })[] {
  const links: (TextRange & { readonly href: string })[] = [];
  for (const match of text.matchAll(address)) {
    let found = match[0].replace(/[.,;:!?]+$/, '');
    while (/[)\]]$/.test(found) && !balanced(found)) found = found.slice(0, -1).replace(/[.,;:!?]+$/, '');
    if (!URL.canParse(found)) continue;
    const { href, protocol } = new URL(found);
    if (protocol === 'http:' || protocol === 'https:')
      links.push({ from: match.index, to: match.index + found.length, href });
  }
  return links;
}

function balanced(text: string): boolean {
  const opening = text.endsWith(')') ? '(' : '[';
  const closing = text.slice(-1);
  return text.split(opening).length >= text.split(closing).length;
}

function cut(runs: readonly TextRun[], marks: readonly Mark[]): LogSegment[] {
  if (marks.length === 0) return runs.map((run) => ({ ...run, href: undefined, match: false }));
  const bounds = [...new Set(marks.flatMap((mark) => [mark.from, mark.to]))].sort((a, b) => a - b);
  const segments: LogSegment[] = [];
  let runFrom = 0;
  for (const run of runs) {
    const runTo = runFrom + run.text.length;
    let from = runFrom;
    for (const to of [...bounds.filter((bound) => bound > runFrom && bound < runTo), runTo]) {
      const over = marks.filter((mark) => mark.from <= from && mark.to >= to);
      const styles = [run.style, ...over.map((mark) => mark.style ?? '')].filter((style) => style !== '');
      segments.push({
        text: run.text.slice(from - runFrom, to - runFrom),
        style: styles.join(' '),
        href: over.find((mark) => mark.href !== undefined)?.href,
        match: over.some((mark) => mark.match === true),
      });
      from = to;
    }
    runFrom = runTo;
  }
  return segments;
}
