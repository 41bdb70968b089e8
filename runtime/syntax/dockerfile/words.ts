// Words of a Dockerfile's instructions: split at blanks outside of quotes; then freed of quotes and escapes, with variables
// replaced. As BuildKit's shell lexer has it.
import { DockerfileError } from './source.ts';
import { wildcardExpression } from './wildcards.ts';

/** Looks a variable up. */
export type Lookup = (name: string) => string | undefined;

/** How words are read. */
export interface WordRules {
  /** The escape character: a backslash, or a backtick by directive. */
  readonly escape?: string;
  /** Quotes stay in the result: a command for a shell needs them. */
  readonly keepsQuotes?: boolean;
  /** Escapes stay in the result. */
  readonly keepsEscapes?: boolean;
  /** A variable that is not known stays as it is written. */
  readonly keepsUnknown?: boolean;
  /** Told of every variable that was looked up and is not known. */
  readonly onUnknown?: (name: string) => void;
}

const isBlank = (character: string): boolean => /^\s$/u.test(character);

/** The words of a text, with their quotes and escapes still in them, and where each begins. */
export function splitWordsAt(text: string, escape = '\\'): { word: string; at: number }[] {
  const words: { word: string; at: number }[] = [];
  let word = '';
  let begin = 0;
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote === '' && isBlank(character)) {
      if (word !== '') words.push({ word, at: begin });
      word = '';
      continue;
    }
    if (word === '') begin = at;
    if (character === escape && quote !== "'") {
      // One at the very end is dropped, outside of quotes and inside.
      if (at + 1 === text.length) break;
      word += character + text.charAt(++at);
      continue;
    }
    word += character;
    if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = '';
  }
  if (word !== '') words.push({ word, at: begin });
  return words;
}

/** The words of a text, with their quotes and escapes still in them. */
export function splitWords(text: string, escape = '\\'): string[] {
  return splitWordsAt(text, escape).map(({ word }) => word);
}

/** One word without its quotes and escapes, its variables replaced. Throws {@link DockerfileError}. */
export function expandWord(word: string, lookup: Lookup, rules: WordRules = {}): string {
  return new WordReader(word, lookup, rules).read('').text;
}

/**
 * The same, split at blanks that are neither quoted nor escaped, also at those that come out of a variable. Words have no quotes, and nothing of
 * variables that are not known.
 */
export function expandWords(text: string, lookup: Lookup, rules: WordRules = {}): string[] {
  const plain = { ...rules, keepsQuotes: false, keepsUnknown: false };
  return new WordReader(text, lookup, plain).read('').words;
}

/** The words that a reader has found so far. */
class WordList {
  readonly words: string[] = [];
  #word = '';
  #open = false;

  /** What may be split. */
  add(text: string): void {
    for (const character of text) {
      if (isBlank(character)) this.close();
      else this.addWhole(character);
    }
  }

  /** What may not: it was quoted or escaped. */
  addWhole(text: string): void {
    this.#word += text;
    this.#open = true;
  }

  close(): void {
    if (this.#open) this.words.push(this.#word);
    this.#word = '';
    this.#open = false;
  }
}

class WordReader {
  #at = 0;
  readonly #characters: readonly string[];
  readonly #lookup: Lookup;
  readonly #rules: WordRules;
  readonly #escape: string;

  constructor(text: string, lookup: Lookup, rules: WordRules) {
    this.#characters = [...text];
    this.#lookup = lookup;
    this.#rules = rules;
    this.#escape = rules.escape ?? '\\';
  }

  /** Reads up to the character `end`, which is taken; "" is the end of the text. */
  read(end: string, keepsEscapes = this.#rules.keepsEscapes === true): { text: string; words: string[] } {
    let text = '';
    const list = new WordList();
    for (;;) {
      const character = this.#peek();
      if (character === end) {
        this.#at++;
        list.close();
        return { text, words: list.words };
      }
      if (character === '') {
        throw new DockerfileError(`unexpected end of statement while looking for matching ${end}`);
      }
      if (character === "'" || character === '"') {
        const inside = character === "'" ? this.#singleQuoted() : this.#doubleQuoted(keepsEscapes);
        text += inside;
        list.addWhole(inside);
      } else if (character === '$') {
        const value = this.#variable();
        text += value;
        list.add(value);
      } else if (character === this.#escape) {
        this.#at++;
        const next = this.#next();
        const escaped = (keepsEscapes ? character : '') + next;
        text += escaped;
        if (next !== '' || keepsEscapes) list.addWhole(escaped);
      } else {
        this.#at++;
        text += character;
        list.add(character);
      }
    }
  }

  #peek(): string {
    return this.#characters[this.#at] ?? '';
  }

  #next(): string {
    const character = this.#peek();
    if (character !== '') this.#at++;
    return character;
  }

  #singleQuoted(): string {
    const close = this.#characters.indexOf("'", this.#at + 1);
    if (close < 0) {
      throw new DockerfileError('unexpected end of statement while looking for matching single-quote');
    }
    const inside = this.#characters.slice(this.#at + 1, close).join('');
    this.#at = close + 1;
    return this.#rules.keepsQuotes === true ? `'${inside}'` : inside;
  }

  #doubleQuoted(keepsEscapes: boolean): string {
    const quote = this.#rules.keepsQuotes === true ? '"' : '';
    let result = quote;
    this.#at++;
    for (;;) {
      const character = this.#peek();
      if (character === '') {
        throw new DockerfileError('unexpected end of statement while looking for matching double-quote');
      }
      if (character === '$') {
        result += this.#variable();
        continue;
      }
      this.#at++;
      if (character === '"') return result + quote;
      if (character !== this.#escape) {
        result += character;
        continue;
      }
      const next = this.#peek();
      const escapes = next === '"' || next === '$' || next === this.#escape;
      if (escapes) this.#at++;
      if (!escapes || keepsEscapes) result += next === '' && !keepsEscapes ? '' : character;
      if (escapes) result += next;
    }
  }

  #lookUp(name: string): string | undefined {
    const value = this.#lookup(name);
    if (value === undefined) this.#rules.onUnknown?.(name);
    return value;
  }

  /** `$name`, `${name}` with or without a modifier, and a dollar that stands for itself. */
  #variable(): string {
    this.#at++;
    if (this.#peek() !== '{') {
      const name = this.#name();
      if (name === '') return '$';
      return this.#lookUp(name) ?? (this.#rules.keepsUnknown === true ? `$${name}` : '');
    }
    this.#at++;
    const first = this.#peek();
    if (first === '') throw new DockerfileError("syntax error: missing '}'");
    if (first === '{' || first === '}' || first === ':') {
      throw new DockerfileError('syntax error: bad substitution');
    }
    const name = this.#name();
    let modifier = this.#next();
    if (modifier === '}') {
      return this.#lookUp(name) ?? (this.#rules.keepsUnknown === true ? `\${${name}}` : '');
    }
    if (modifier === '/') return this.#replaced(name);
    const emptyIsUnset = modifier === ':';
    if (emptyIsUnset) modifier += this.#next();
    const kind = modifier.at(-1) ?? '';
    if (!(emptyIsUnset ? '-+?' : '-+?#%').includes(kind) || kind === '' || modifier === ':') {
      throw new DockerfileError(`unsupported modifier (${modifier}) in substitution`);
    }
    const trims = kind === '#' || kind === '%';
    const word = this.#argument('}', trims, "syntax error: missing '}'");
    const value = this.#lookUp(name);
    if (value === undefined && this.#rules.keepsUnknown === true) return `\${${name}${modifier}${word}}`;
    if (trims) return trimmed(value ?? '', word, kind);
    const isSet = value !== undefined && !(emptyIsUnset && value === '');
    if (kind === '-') return isSet ? value : word;
    if (kind === '+') return isSet ? word : '';
    if (isSet) return value;
    const reason = value === undefined ? 'is not allowed to be unset' : 'is not allowed to be empty';
    throw new DockerfileError(`${name}: ${word === '' ? reason : word}`);
  }

  /** `${name/pattern/replacement}`, with two slashes for every match. */
  #replaced(name: string): string {
    const all = this.#peek() === '/';
    if (all) this.#at++;
    const pattern = this.#argument('/', true, "syntax error: missing '/' in ${}");
    const replacement = this.#argument('}', true, "syntax error: missing '}'");
    const value = this.#lookUp(name);
    if (value === undefined && this.#rules.keepsUnknown === true) {
      return `\${${name}/${pattern}/${replacement}}`;
    }
    const expression = new RegExp(wildcardExpression(pattern, true), all ? 'gsu' : 'su');
    return (value ?? '').replace(expression, () => replacement);
  }

  #argument(end: string, keepsEscapes: boolean, missing: string): string {
    try {
      return this.read(end, keepsEscapes).text;
    } catch (error) {
      if (error instanceof DockerfileError && this.#peek() === '') throw new DockerfileError(missing);
      throw error;
    }
  }

  #name(): string {
    const rest = this.#characters.slice(this.#at, this.#at + 512).join('');
    const name = /^(?:\p{Nd}+|[@*#?$!-]|[\p{L}_][\p{L}\p{Nd}_]*)/u.exec(rest)?.[0] ?? '';
    this.#at += [...name].length;
    return name;
  }
}

/** `${x#word}`, `##`, `%` and `%%`. */
function trimmed(value: string, word: string, kind: string): string {
  const greedy = word.startsWith(kind);
  const pattern = greedy ? word.slice(1) : word;
  if (kind === '#') return value.replace(new RegExp(`^${wildcardExpression(pattern, greedy)}`, 'su'), '');
  const expression = new RegExp(`^${wildcardExpression(pattern, true)}$`, 'su');
  // The longest end that matches is the one that begins first.
  const starts = Array.from({ length: value.length + 1 }, (_, index) => index);
  const at = (greedy ? starts : starts.reverse()).find((start) => expression.test(value.slice(start)));
  return at === undefined ? value : value.slice(0, at);
}
