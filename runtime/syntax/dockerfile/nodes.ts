// An instruction taken apart, before anything of it is understood: keyword, flags, and the rest as a list, as one text, or as
// pairs, which depends on the keyword alone.
import type { Heredoc, Line } from './lines.ts';
import { DockerfileError, type SourceRange } from './source.ts';
import { splitWordsAt } from './words.ts';

/** A piece of an instruction and where it stands. */
export interface Token {
  readonly text: string;
  readonly range: SourceRange;
}

/** `--name=value` or `--name`. */
export interface Flag extends Token {
  readonly name: string;
  /** undefined without `=`. */
  readonly value: string | undefined;
}

export interface Node {
  /** In small letters. */
  readonly name: string;
  readonly keyword: Token;
  readonly flags: readonly Flag[];
  readonly words: readonly Token[];
  /** Of ENV and LABEL: whether a word was written as `name=value`; in the old form there is one pair. */
  readonly pairs: readonly { readonly name: Token; readonly value: Token; readonly equals: boolean }[];
  /** The rest was a JSON list. */
  readonly json: boolean;
  /** All behind keyword and flags. */
  readonly rest: Token;
  /** The trigger of ONBUILD. */
  readonly trigger: Node | undefined;
  /** The whole line. */
  readonly text: string;
  readonly heredocs: readonly Heredoc[];
  readonly range: SourceRange;
}

type Form = 'words' | 'jsonOrWords' | 'jsonOrText' | 'text' | 'pairs' | 'shellWords' | 'health' | 'trigger';

const forms: ReadonlyMap<string, Form> = new Map<string, Form>([
  ['add', 'jsonOrWords'],
  ['arg', 'shellWords'],
  ['cmd', 'jsonOrText'],
  ['copy', 'jsonOrWords'],
  ['entrypoint', 'jsonOrText'],
  ['env', 'pairs'],
  ['expose', 'words'],
  ['from', 'words'],
  ['healthcheck', 'health'],
  ['label', 'pairs'],
  ['maintainer', 'text'],
  ['onbuild', 'trigger'],
  ['run', 'jsonOrText'],
  ['shell', 'jsonOrText'],
  ['stopsignal', 'text'],
  ['user', 'text'],
  ['volume', 'jsonOrWords'],
  ['workdir', 'text'],
]);

/** Every keyword, in small letters. */
export const keywords: readonly string[] = [...forms.keys()];

/** Takes a line apart. Throws {@link DockerfileError}. */
export function parseNode(line: Line, escape: string): Node {
  return parseAt(line, 0, escape, false);
}

function parseAt(line: Line, start: number, escape: string, inTrigger: boolean): Node {
  const { text } = line;
  const token = (from: number, to: number): Token => ({
    text: text.slice(from, to),
    range: line.rangeOf(from, to),
  });
  const keywordEnd = endOf(text, start, /[\t\v\f\r ]/);
  const keyword = token(start, keywordEnd);
  const name = keyword.text.toLowerCase();
  const { flags, end } = readFlags(line, skipBlanks(text, keywordEnd), escape);
  const rest = token(end, text.length);
  const base: Node = {
    name,
    keyword,
    flags,
    words: [],
    pairs: [],
    json: false,
    rest,
    trigger: undefined,
    text,
    heredocs: line.heredocs,
    range: line.range,
  };
  const form = forms.get(name) ?? 'words';
  if (rest.text === '') return base;
  switch (form) {
    case 'text':
      return { ...base, words: [rest] };
    case 'words':
      return { ...base, words: blankSeparated(text, end, token) };
    case 'shellWords':
      return { ...base, words: shellWords(rest.text, end, escape, token) };
    case 'jsonOrText':
    case 'jsonOrWords': {
      const list = jsonList(rest);
      if (list !== undefined) return { ...base, words: list, json: true };
      return { ...base, words: form === 'jsonOrText' ? [rest] : blankSeparated(text, end, token) };
    }
    case 'pairs':
      return { ...base, pairs: readPairs(name.toUpperCase(), text, end, escape, token) };
    case 'health': {
      const typeEnd = endOf(text, end, /\s/);
      const type = token(end, typeEnd);
      const command = token(skipBlanks(text, typeEnd), text.length);
      if (command.text === '') return { ...base, words: [type] };
      const list = jsonList(command);
      if (list !== undefined) return { ...base, words: [type, ...list], json: true };
      return { ...base, words: [type, command] };
    }
    case 'trigger':
      if (inTrigger) return base;
      return { ...base, trigger: parseAt(line, end, escape, true) };
  }
}

type TokenOf = (from: number, to: number) => Token;

function blankSeparated(text: string, start: number, token: TokenOf): Token[] {
  const tail = text.slice(start);
  return [...tail.matchAll(/[^\t\v\f\r ]+/g)].map((match) =>
    token(start + match.index, start + match.index + match[0].length),
  );
}

function shellWords(text: string, start: number, escape: string, token: TokenOf): Token[] {
  return splitWordsAt(text, escape).map(({ word, at }) => ({
    text: word,
    range: token(start + at, start + at + word.length).range,
  }));
}

function endOf(text: string, start: number, stop: RegExp): number {
  const length = text.slice(start).search(stop);
  return length < 0 ? text.length : start + length;
}

function skipBlanks(text: string, at: number): number {
  return text.length - text.slice(at).trimStart().length;
}

/** Flags come first; quotes and escapes in them are taken out, a lone `--` ends them. */
function readFlags(line: Line, start: number, escape: string): { flags: Flag[]; end: number } {
  const { text } = line;
  const flags: Flag[] = [];
  let at = start;
  while (text.startsWith('--', at)) {
    const from = at;
    let word = '';
    let quote = '';
    for (; at < text.length && (quote !== '' || !/\s/.test(text.charAt(at))); at++) {
      const character = text.charAt(at);
      if (quote !== '' && character === quote) quote = '';
      else if (quote === '' && (character === '"' || character === "'")) quote = character;
      else if (character === escape) word += text.charAt(++at);
      else word += character;
    }
    const end = Math.min(at, text.length);
    at = skipBlanks(text, end);
    if (word === '--') break;
    const equals = word.indexOf('=');
    flags.push({
      text: word,
      name: word.slice(2, equals < 0 ? undefined : equals),
      value: equals < 0 ? undefined : word.slice(equals + 1),
      range: line.rangeOf(from, end),
    });
  }
  return { flags, end: at };
}

/** The strings of a JSON list; broken JSON is no list, a list of other things is an error. */
function jsonList(rest: Token): Token[] | undefined {
  if (!rest.text.startsWith('[')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(rest.text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  const words: unknown[] = value;
  return words.map((word) => {
    if (typeof word === 'string') return { text: word, range: rest.range };
    throw new DockerfileError(
      'when using JSON array syntax, arrays must be comprised of strings only',
      rest.range,
    );
  });
}

function readPairs(
  keyword: string,
  text: string,
  start: number,
  escape: string,
  token: TokenOf,
): Node['pairs'] {
  const words = shellWords(text.slice(start), start, escape, token);
  const first = words[0];
  if (first === undefined) return [];
  if (!first.text.includes('=')) {
    const nameEnd = endOf(text, start, /[\t\v\f\r ]/);
    const value = token(skipBlanks(text, nameEnd), text.length);
    if (value.text === '') throw new DockerfileError(`${keyword} must have two arguments`, first.range);
    return [{ name: token(start, nameEnd), value, equals: false }];
  }
  return words.map((word) => {
    const equals = word.text.indexOf('=');
    if (equals < 0) {
      throw new DockerfileError(
        `Syntax error - can't find = in ${JSON.stringify(word.text)}. Must be of the form: name=value`,
        word.range,
      );
    }
    const name = { text: word.text.slice(0, equals), range: word.range };
    return { name, value: { text: word.text.slice(equals + 1), range: word.range }, equals: true };
  });
}
