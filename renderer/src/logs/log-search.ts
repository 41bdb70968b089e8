// Goes over a log for one query and one filter, in slices of a few milliseconds so that the window never waits, and goes on
// as lines come. Text is looked for here; a person's regular expression runs on a thread of its own, which is ended when
// it takes too long.
import { LineList } from './line-list.ts';
import { levelOf } from './log-level.ts';
import { isFound } from './log-query.ts';
import { shownText } from './log-segments.ts';
import type { LogLine, LogStore } from './log-store.ts';
import { PatternThread } from './pattern-thread.ts';

export interface LogCriteria {
  readonly expression: RegExp | undefined;
  /** The expression is a person's: it may take for ever. */
  readonly byPerson: boolean;
  /** Only what was written to stderr or calls itself an error. */
  readonly errorsOnly: boolean;
  /** Of several logs those whose lines are not wanted. */
  readonly hidden: ReadonlySet<number>;
}

/** A new object whenever something was found or finished. */
export interface LogSearchState {
  /** Everything the log holds was gone over. */
  readonly complete: boolean;
  readonly tooSlow: boolean;
}

const sliceMs = 6;
/** While it goes through a long log it tells news this often. */
const newsMs = 80;
/** A line that takes longer is one the window would stutter on when it highlights it. */
const mostLineMs = 100;
const batchLines = 2000;
const batchCharacters = 500_000;

export class LogSearch {
  readonly criteria: LogCriteria;
  /** Lines that hold the expression, of those that pass. */
  readonly matches = new LineList();
  /** Lines that pass `errorsOnly` and `hidden`; kept when there is either. */
  readonly passing = new LineList();
  readonly #store: LogStore;
  readonly #listeners = new Set<() => void>();
  #state: LogSearchState = { complete: false, tooSlow: false };
  #next: number;
  #thread: PatternThread | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #busy = false;
  #toldMs = 0;

  constructor(store: LogStore, criteria: LogCriteria) {
    this.#store = store;
    this.criteria = criteria;
    this.#next = store.first;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly state = (): LogSearchState => this.#state;

  /** Goes on: lines came. */
  readonly wake = (): void => {
    if (this.#busy || this.#state.tooSlow) return;
    this.#busy = true;
    this.#timer = setTimeout(() => this.#slice(), 0);
  };

  dispose(): void {
    clearTimeout(this.#timer);
    this.#thread?.dispose();
    this.#thread = undefined;
    this.#listeners.clear();
    this.#busy = false;
  }

  #slice(): void {
    const startedMs = performance.now();
    const numbers: number[] = [];
    const texts: string[] = [];
    let characters = 0;
    const { expression, byPerson, errorsOnly, hidden } = this.criteria;
    const filters = errorsOnly || hidden.size > 0;
    const reads = errorsOnly || expression !== undefined;
    this.#next = Math.max(this.#next, this.#store.first);
    this.matches.dropBelow(this.#store.first);
    this.passing.dropBelow(this.#store.first);
    while (this.#next < this.#store.end && performance.now() - startedMs < sliceMs) {
      const number = this.#next++;
      if (hidden.size > 0 && hidden.has(this.#store.source(number) ?? 0)) continue;
      const line = reads ? this.#store.line(number) : undefined;
      const text = line === undefined ? '' : shownText(line.text);
      if (errorsOnly && line !== undefined && !isError(line, text)) continue;
      if (filters) this.passing.push(number);
      if (expression === undefined) continue;
      if (!byPerson) {
        if (isFound(expression, text)) this.matches.push(number);
        continue;
      }
      numbers.push(number);
      texts.push(text);
      characters += text.length;
      if (texts.length >= batchLines || characters >= batchCharacters) break;
    }
    if (expression !== undefined && texts.length > 0) this.#ask(expression, numbers, texts);
    else this.#sliced(false);
  }

  #ask(expression: RegExp, numbers: readonly number[], texts: readonly string[]): void {
    this.#thread ??= new PatternThread();
    this.#thread.ask({ expression, texts }, (answer) => {
      if (answer !== undefined)
        for (const [index, number] of numbers.entries())
          if (answer.found[index] === 1) this.matches.push(number);
      this.#sliced(answer === undefined || answer.slowestMs > mostLineMs);
    });
  }

  #sliced(tooSlow: boolean): void {
    const complete = this.#next >= this.#store.end;
    this.#busy = false;
    const nowMs = performance.now();
    if (complete || tooSlow || nowMs - this.#toldMs >= newsMs) {
      this.#toldMs = nowMs;
      this.#state = { complete, tooSlow };
      for (const listener of this.#listeners) listener();
    }
    if (!complete) this.wake();
  }
}

function isError(line: LogLine, text: string): boolean {
  return line.stream === 2 || levelOf(text)?.level === 'error';
}
