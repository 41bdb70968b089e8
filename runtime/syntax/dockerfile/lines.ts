// A Dockerfile's text as instructions: directives at its top, comments left out, lines joined that go on, here-documents taken
// to the instruction they belong to. Every character of a joined line knows where it stands in the file.
import { DockerfileError, type SourceRange } from './source.ts';
import { expandWord, splitWords } from './words.ts';

/** A document written behind an instruction. */
export interface Heredoc {
  readonly name: string;
  /** `3<<NAME`: the descriptor that a shell shall see it on. */
  readonly descriptor: number;
  /** Its name was not quoted: variables in it are replaced. */
  readonly expands: boolean;
  /** `<<-`: tabs at the beginnings of lines are taken out. */
  readonly chomps: boolean;
  readonly content: string;
  readonly range: SourceRange;
}

/** One instruction's text. */
export interface Line {
  /** Joined, without comments; blanks at its ends are taken out. */
  readonly text: string;
  /** From the keyword to the end of the last line, here-documents included. */
  readonly range: SourceRange;
  /** Comments right above it, without `#`. */
  readonly comments: readonly string[];
  readonly heredocs: readonly Heredoc[];
  /** Lines inside of it that are empty. */
  readonly emptyLines: readonly number[];
  /** Where the characters from..to of the text stand. */
  rangeOf(from: number, to: number): SourceRange;
}

/** `# name=value` at the top of a file. */
export interface Directive {
  readonly name: string;
  readonly value: string;
  readonly range: SourceRange;
}

export interface SourceLines {
  readonly directives: ReadonlyMap<string, Directive>;
  /** A backslash or a backtick. */
  readonly escape: string;
  readonly lines: readonly Line[];
}

const knownDirectives: ReadonlySet<string> = new Set(['syntax', 'escape', 'check']);
/** Longer than any Dockerfile: the text comes from anybody. */
const maxLength = 4 * 1024 * 1024;

/** Reads a file's text. Throws {@link DockerfileError}. */
export function readLines(source: string): SourceLines {
  if (source.length > maxLength) throw new DockerfileError('the Dockerfile is too large');
  const physical = source.replace(/^\uFEFF/, '').split('\n');
  const directives = readDirectives(physical);
  const escape = directives.get('escape')?.value ?? '\\';
  if (escape !== '\\' && escape !== '`') {
    throw new DockerfileError(
      `invalid escape token '${escape}' does not match \` or \\`,
      directives.get('escape')?.range,
    );
  }
  return { directives, escape, lines: new LineReader(physical, escape).read() };
}

function readDirectives(physical: readonly string[]): Map<string, Directive> {
  const directives = new Map<string, Directive>();
  for (const [index, text] of physical.entries()) {
    const [, name = '', value = ''] = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(text) ?? [];
    if (name === '') break;
    const key = name.toLowerCase();
    if (!knownDirectives.has(key)) continue;
    const range = wholeLine(index, text);
    if (directives.has(key)) {
      throw new DockerfileError(`only one ${key} parser directive can be used`, range);
    }
    directives.set(key, { name: key, value, range });
  }
  return directives;
}

function wholeLine(index: number, text: string): SourceRange {
  return { startLine: index + 1, startColumn: 1, endLine: index + 1, endColumn: text.length + 1 };
}

/** A stretch of a joined line that comes from one line of the file. */
interface Piece {
  /** Where it begins in the joined text. */
  readonly at: number;
  readonly line: number;
  readonly column: number;
}

class LineReader {
  readonly #physical: readonly string[];
  readonly #goesOn: RegExp;
  readonly #escape: string;
  #next = 0;

  constructor(physical: readonly string[], escape: string) {
    this.#physical = physical;
    this.#escape = escape;
    // An escape character before it takes the meaning away.
    this.#goesOn = escape === '\\' ? /(^|[^\\])\\[ \t]*$/ : /(^|[^`])`[ \t]*$/;
  }

  read(): Line[] {
    const lines: Line[] = [];
    let comments: string[] = [];
    while (this.#next < this.#physical.length) {
      const text = this.#take();
      const trimmed = text.trimStart();
      if (trimmed.startsWith('#')) {
        comments.push(trimmed.slice(1).trim());
        continue;
      }
      if (trimmed !== '') {
        const line = this.#readInstruction(text, comments);
        if (line !== undefined) lines.push(line);
      }
      comments = [];
    }
    return lines;
  }

  #take(): string {
    return (this.#physical[this.#next++] ?? '').replace(/\r$/, '');
  }

  #readInstruction(first: string, comments: readonly string[]): Line | undefined {
    const startLine = this.#next;
    const indent = first.length - first.trimStart().length;
    const pieces: Piece[] = [{ at: 0, line: startLine, column: indent + 1 }];
    const emptyLines: number[] = [];
    let joined = '';
    let text = first.slice(indent);
    for (;;) {
      const open = this.#goesOn.test(text);
      joined += open ? text.replace(this.#goesOn, '$1') : text;
      if (!open) break;
      const following = this.#follow(emptyLines);
      if (following === undefined) break;
      text = following;
      pieces.push({ at: joined.length, line: this.#next, column: 1 });
    }
    const trimmed = joined.trim();
    if (trimmed === '') return undefined;
    const shift = joined.length - joined.trimStart().length;
    const place = (at: number): [line: number, column: number] => {
      const piece = pieces.findLast((candidate) => candidate.at <= at + shift) ?? {
        at: 0,
        line: 1,
        column: 1,
      };
      return [piece.line, piece.column + at + shift - piece.at];
    };
    const rangeOf = (from: number, to: number): SourceRange => {
      const [line, column] = place(from);
      // The character behind the last may stand on another line.
      const [endLine, endColumn] = to > from ? place(to - 1) : [line, column - 1];
      return { startLine: line, startColumn: column, endLine, endColumn: endColumn + 1 };
    };
    const heredocs = this.#readHeredocs(trimmed, rangeOf);
    const [line, startColumn] = place(0);
    const endLine = this.#next;
    const endColumn = (this.#physical[endLine - 1] ?? '').replace(/\r$/, '').length + 1;
    const range = { startLine: line, startColumn, endLine, endColumn };
    return { text: trimmed, range, comments, heredocs, emptyLines, rangeOf };
  }

  /** The next line of an instruction that goes on; comments and empty lines are passed over. */
  #follow(emptyLines: number[]): string | undefined {
    while (this.#next < this.#physical.length) {
      const text = this.#take();
      if (text.trim() === '') {
        // What is behind the last newline is no line.
        if (this.#next < this.#physical.length) emptyLines.push(this.#next);
      } else if (!text.trimStart().startsWith('#')) {
        return text;
      }
    }
    return undefined;
  }

  #readHeredocs(text: string, rangeOf: Line['rangeOf']): Heredoc[] {
    const keyword = /^(?:onbuild\s+)?(\S+)/i.exec(text)?.[1]?.toLowerCase() ?? '';
    if (!['run', 'copy', 'add'].includes(keyword) || !text.includes('<<')) return [];
    const rest = text.replace(/^(?:onbuild\s+)?\S+\s*/i, '').replace(/^(?:--\S+\s+)*/, '');
    if (isJsonList(rest)) return [];
    const heredocs: Heredoc[] = [];
    for (const word of heredocWords(rest, this.#escape)) {
      const found = parseHeredocWord(word, this.#escape);
      if (found === undefined) continue;
      const from = this.#next;
      const { content, closed } = this.#readDocument(found);
      if (!closed) throw new DockerfileError('unterminated heredoc', rangeOf(0, text.length));
      const range = { startLine: from + 1, startColumn: 1, endLine: this.#next, endColumn: 1 };
      heredocs.push({ ...found, content, range });
    }
    return heredocs;
  }

  #readDocument({ name, chomps }: { name: string; chomps: boolean }): { content: string; closed: boolean } {
    let content = '';
    while (this.#next < this.#physical.length) {
      const raw = this.#physical[this.#next++] ?? '';
      const bare = raw.replace(/\r$/, '');
      if ((chomps ? bare.replace(/^\t+/, '') : bare) === name) return { content, closed: true };
      content += `${raw}\n`;
    }
    return { content, closed: false };
  }
}

function isJsonList(text: string): boolean {
  try {
    return Array.isArray(JSON.parse(text));
  } catch {
    return false;
  }
}

/** The words that may be here-documents; a blank may stand between `<<` and the name. */
function heredocWords(text: string, escape: string): string[] {
  const words = splitWords(text, escape);
  const joined: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const next = words[at + 1];
    if (/^\d*<<-?$/.test(word) && next !== undefined && !next.startsWith('<')) {
      joined.push(word + next);
      at++;
    } else {
      joined.push(word);
    }
  }
  return joined;
}

/** `<<NAME`, `<<-"NAME"`, `3<<NAME`; undefined when it is another word. */
export function parseHeredocWord(
  word: string,
  escape = '\\',
): Pick<Heredoc, 'name' | 'descriptor' | 'expands' | 'chomps'> | undefined {
  const [, digits = '', dash = '', rest = ''] = /^(\d*)<<(-?)\s*([^<]+)$/.exec(word) ?? [];
  if (rest === '') return undefined;
  let name: string;
  try {
    name = expandWord(rest, () => undefined, { escape, keepsUnknown: true });
  } catch {
    return undefined;
  }
  if (name === '' || /\s/.test(name)) return undefined;
  return { name, descriptor: Number(digits || '0'), expands: name === rest, chomps: dash === '-' };
}
