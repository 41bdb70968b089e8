// Regular expressions as Docker's filters take them: Go's syntax (RE2), matched in time that grows with the text and not
// beyond. JavaScript's own may take for ever, and these come from outside. A pattern is parsed into a program of few kinds
// of steps (Thompson's construction), and all ways through it are followed at once, character by character. It tells
// whether there is a match, not where.

/** A code point, undefined at either end of the text. */
type Point = number | undefined;

type Step =
  | { readonly op: 'one'; readonly fits: (code: number) => boolean }
  | { readonly op: 'assert'; readonly holds: (before: Point, after: Point) => boolean }
  | { readonly op: 'fork'; readonly to: readonly number[] }
  | { readonly op: 'end' };

type Part =
  | Extract<Step, { op: 'one' | 'assert' }>
  | { readonly op: 'all' | 'any'; readonly parts: readonly Part[] }
  | { readonly op: 'repeat'; readonly part: Part; readonly least: number; readonly most: number };

/** As RE2 has it. */
const mostRepeats = 1000;
const mostSteps = 2000;
const deepest = 200;

/** Compiles a pattern to a test of texts; undefined when it is none. */
export function linearPattern(source: string): ((text: string) => boolean) | undefined {
  try {
    const program = compile(new Parser(source).parse());
    return (text) => matches(program, text);
  } catch (error) {
    if (error instanceof NoPattern) return undefined;
    throw error;
  }
}

class NoPattern extends Error {}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const isWord = (code: Point): boolean =>
  code !== undefined &&
  (isDigit(code) || code === 0x5f || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a));
const isSpace = (code: number): boolean => [9, 10, 12, 13, 32].includes(code);
const classes: ReadonlyMap<string, (code: number) => boolean> = new Map([
  ['d', isDigit],
  ['w', isWord],
  ['s', isSpace],
]);
const controls: ReadonlyMap<string, number> = new Map([
  ['a', 7],
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
]);
const asserts: ReadonlyMap<string, (before: Point, after: Point) => boolean> = new Map([
  ['A', (before: Point) => before === undefined],
  ['z', (_: Point, after: Point) => after === undefined],
  ['b', (before: Point, after: Point) => isWord(before) !== isWord(after)],
  ['B', (before: Point, after: Point) => isWord(before) === isWord(after)],
]);
const newline = 10;

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
}

/** Reads a pattern; throws {@link NoPattern}. */
class Parser {
  readonly #chars: readonly string[];
  #at = 0;
  #depth = 0;
  #flags: Flags = { i: false, m: false, s: false };

  constructor(source: string) {
    this.#chars = [...source];
  }

  parse(): Part {
    const part = this.#alternatives();
    if (this.#at < this.#chars.length) throw new NoPattern(); // a bracket too many
    return part;
  }

  #alternatives(): Part {
    if (++this.#depth > deepest) throw new NoPattern();
    const outer = this.#flags;
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    this.#flags = outer;
    this.#depth -= 1;
    return { op: 'any', parts };
  }

  #sequence(): Part {
    const parts: Part[] = [];
    for (;;) {
      const char = this.#chars[this.#at];
      if (char === undefined || char === '|' || char === ')') return { op: 'all', parts };
      parts.push(this.#repeated(this.#atom()));
    }
  }

  #repeated(part: Part): Part {
    const range = this.#range();
    if (range === undefined) return part;
    this.#take('?'); // the shortest match is a match, too
    if (this.#range() !== undefined) throw new NoPattern();
    return { op: 'repeat', part, ...range };
  }

  #range(): { least: number; most: number } | undefined {
    if (this.#take('*')) return { least: 0, most: Infinity };
    if (this.#take('+')) return { least: 1, most: Infinity };
    if (this.#take('?')) return { least: 0, most: 1 };
    const found = /^\{(\d{1,4})(?:(,)(\d{1,4})?)?\}/.exec(
      this.#chars.slice(this.#at, this.#at + 11).join(''),
    );
    if (found === null) return undefined; // a bracket that begins no range means itself
    const least = Number(found[1]);
    const most = found[2] === undefined ? least : found[3] === undefined ? Infinity : Number(found[3]);
    if (least > mostRepeats || (most !== Infinity && most > mostRepeats) || most < least)
      throw new NoPattern();
    this.#at += found[0].length;
    return { least, most };
  }

  #atom(): Part {
    const char = this.#next();
    const { i, m, s } = this.#flags;
    switch (char) {
      case '(':
        return this.#group();
      case '[':
        return one(this.#set(), i);
      case '.':
        return one((code) => s || code !== newline, false);
      case '^':
        return { op: 'assert', holds: (before) => before === undefined || (m && before === newline) };
      case '$':
        return { op: 'assert', holds: (_, after) => after === undefined || (m && after === newline) };
      case '*':
      case '+':
      case '?':
        throw new NoPattern();
      case '\\':
        return this.#escape(i);
      default:
        return one(is(codeOf(char)), i);
    }
  }

  #group(): Part {
    const outer = this.#flags;
    if (this.#take('?')) {
      const head = /^(?:P?<\w+>|([ims]*)(?:-([ims]*))?([:)]))/.exec(
        this.#chars.slice(this.#at, this.#at + 64).join(''),
      );
      if (head === null) throw new NoPattern();
      this.#at += [...head[0]].length;
      const [, on = '', off = '', end] = head;
      const flag = (name: 'i' | 'm' | 's'): boolean =>
        (outer[name] || on.includes(name)) && !off.includes(name);
      this.#flags = { i: flag('i'), m: flag('m'), s: flag('s') };
      if (end === ')') return { op: 'all', parts: [] }; // for the rest of the group around it
    }
    const part = this.#alternatives();
    this.#flags = outer;
    if (!this.#take(')')) throw new NoPattern();
    return part;
  }

  #escape(ignoreCase: boolean): Part {
    const char = this.#next();
    const holds = asserts.get(char);
    if (holds !== undefined) return { op: 'assert', holds };
    return one(this.#classOf(char) ?? is(this.#escaped(char)), ignoreCase);
  }

  /** `\d`, `\W` and the like. */
  #classOf(char: string): ((code: number) => boolean) | undefined {
    const known = classes.get(char.toLowerCase());
    if (known === undefined) return undefined;
    return classes.has(char) ? known : (code) => !known(code);
  }

  /** The character that an escape stands for. */
  #escaped(char: string): number {
    const control = controls.get(char);
    if (control !== undefined) return control;
    if (char === 'x') {
      const found = /^(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})/.exec(
        this.#chars.slice(this.#at, this.#at + 8).join(''),
      );
      if (found === null) throw new NoPattern();
      this.#at += found[0].length;
      return parseInt(found[1] ?? found[2] ?? '', 16);
    }
    if (/[0-9A-Za-z]/.test(char)) throw new NoPattern();
    return codeOf(char);
  }

  /** What stands in square brackets. */
  #set(): (code: number) => boolean {
    const negated = this.#take('^');
    const members: ((code: number) => boolean)[] = [];
    for (let first = true; first || !this.#take(']'); first = false) {
      const posix = /^\[:(\^?)(\w+):\]/.exec(this.#chars.slice(this.#at, this.#at + 12).join(''));
      if (posix !== null) {
        const named = posixClasses.get(posix[2] ?? '');
        if (named === undefined) throw new NoPattern();
        this.#at += posix[0].length;
        members.push(posix[1] === '' ? named : (code) => !named(code));
        continue;
      }
      const char = this.#next();
      const escape = char === '\\' ? this.#next() : undefined;
      const known = escape === undefined ? undefined : this.#classOf(escape);
      if (known !== undefined) {
        members.push(known);
        continue;
      }
      const low = escape === undefined ? codeOf(char) : this.#escaped(escape);
      let high = low;
      if (this.#chars[this.#at] === '-' && this.#chars[this.#at + 1] !== ']') {
        this.#at += 1;
        const end = this.#next();
        high = end === '\\' ? this.#escaped(this.#next()) : codeOf(end);
        if (high < low) throw new NoPattern();
      }
      members.push((code) => code >= low && code <= high);
    }
    return (code) => members.some((fits) => fits(code)) !== negated;
  }

  #take(char: string): boolean {
    if (this.#chars[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }

  #next(): string {
    const char = this.#chars[this.#at];
    if (char === undefined) throw new NoPattern();
    this.#at += 1;
    return char;
  }
}

const posixClasses: ReadonlyMap<string, (code: number) => boolean> = new Map(
  (
    [
      ['alnum', /[0-9A-Za-z]/],
      ['alpha', /[A-Za-z]/],
      ['digit', /[0-9]/],
      ['lower', /[a-z]/],
      ['upper', /[A-Z]/],
      ['punct', /[!-/:-@[-`{-~]/],
      ['space', /[\t\n\v\f\r ]/],
      ['word', /\w/],
      ['xdigit', /[0-9A-Fa-f]/],
    ] as const
  ).map(([name, letters]) => [name, (code: number) => letters.test(String.fromCodePoint(code))]),
);

function codeOf(char: string): number {
  return char.codePointAt(0) ?? 0;
}

function is(wanted: number): (code: number) => boolean {
  return (code) => code === wanted;
}

function one(fits: (code: number) => boolean, ignoreCase: boolean): Part {
  if (!ignoreCase) return { op: 'one', fits };
  return {
    op: 'one',
    fits: (code) => {
      const char = String.fromCodePoint(code);
      return [char, char.toLowerCase(), char.toUpperCase()].some((each) => fits(codeOf(each)));
    },
  };
}

function compile(whole: Part): Step[] {
  const program: Step[] = [];
  const push = (step: Step): number => {
    if (program.length >= mostSteps) throw new NoPattern();
    return program.push(step) - 1;
  };
  const emit = (part: Part): void => {
    switch (part.op) {
      case 'one':
      case 'assert':
        push(part);
        return;
      case 'all':
        for (const inner of part.parts) emit(inner);
        return;
      case 'any': {
        if (part.parts.length === 1) {
          for (const inner of part.parts) emit(inner);
          return;
        }
        const fork = push({ op: 'fork', to: [] });
        const begins: number[] = [];
        const jumps: number[] = [];
        for (const inner of part.parts) {
          begins.push(program.length);
          emit(inner);
          jumps.push(push({ op: 'fork', to: [] }));
        }
        program[fork] = { op: 'fork', to: begins };
        for (const jump of jumps) program[jump] = { op: 'fork', to: [program.length] };
        return;
      }
      case 'repeat': {
        const { part: inner, least, most } = part;
        for (let count = 0; count < least; count += 1) emit(inner);
        if (most === Infinity) {
          const loop = push({ op: 'fork', to: [] });
          emit(inner);
          push({ op: 'fork', to: [loop] });
          program[loop] = { op: 'fork', to: [loop + 1, program.length] };
          return;
        }
        const skips: number[] = [];
        for (let count = least; count < most; count += 1) {
          skips.push(push({ op: 'fork', to: [] }));
          emit(inner);
        }
        for (const skip of skips) program[skip] = { op: 'fork', to: [skip + 1, program.length] };
      }
    }
  };
  emit(whole);
  push({ op: 'end' });
  return program;
}

/** Whether the program comes to its end from anywhere in the text. */
function matches(program: readonly Step[], text: string): boolean {
  const codes = Array.from(text, codeOf);
  let current: number[] = [];
  for (let at = 0; at <= codes.length; at += 1) {
    const before = codes[at - 1];
    const after = codes[at];
    const seen = new Set<number>();
    const waiting = [0, ...current];
    const next: number[] = [];
    for (let place = waiting.pop(); place !== undefined; place = waiting.pop()) {
      if (seen.has(place)) continue;
      seen.add(place);
      const step = program[place];
      if (step === undefined || step.op === 'end') return true;
      if (step.op === 'fork') waiting.push(...step.to);
      else if (step.op === 'assert') {
        if (step.holds(before, after)) waiting.push(place + 1);
      } else if (after !== undefined && step.fits(after)) next.push(place + 1);
    }
    current = next;
  }
  return false;
}
