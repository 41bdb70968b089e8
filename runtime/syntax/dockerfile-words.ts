// Words of a Dockerfile's instructions: split at blanks outside of quotes, then freed of quotes and escapes, with variables
// replaced. As Docker's own shell lexer has it, for `\` as the escape character.

/** Text that is no valid word or instruction, in Docker's words. */
export class DockerfileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DockerfileError';
  }
}

/** Looks a variable up. */
export type Lookup = (name: string) => string | undefined;

/** The words of a text, with their quotes and escapes still in them. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote === '' && /\s/.test(character)) {
      if (word !== '') words.push(word);
      word = '';
      continue;
    }
    word += character;
    if (character === '\\' && quote !== "'" && at + 1 < text.length) word += text.charAt(++at);
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = '';
  }
  if (word !== '') words.push(word);
  return words;
}

/** One word without its quotes and escapes, its variables replaced. Throws {@link DockerfileError}. */
export function expandWord(word: string, lookup: Lookup): string {
  const reader = new WordReader(word, lookup);
  return reader.read('');
}

class WordReader {
  #at = 0;
  readonly #text: string;
  readonly #lookup: Lookup;

  constructor(text: string, lookup: Lookup) {
    this.#text = text;
    this.#lookup = lookup;
  }

  /** Reads up to the character `end`, which is taken; "" is the end of the text. */
  read(end: string): string {
    let result = '';
    for (;;) {
      if (this.#at >= this.#text.length) {
        if (end !== '') {
          throw new DockerfileError(`syntax error: missing '${end}' in ${JSON.stringify(this.#text)}`);
        }
        return result;
      }
      const character = this.#text.charAt(this.#at);
      if (character === end) {
        this.#at++;
        return result;
      }
      if (character === "'") result += this.#singleQuoted();
      else if (character === '"') result += this.#doubleQuoted();
      else if (character === '$') result += this.#variable();
      else if (character === '\\') {
        result += this.#text.charAt(this.#at + 1);
        this.#at += 2;
      } else {
        result += character;
        this.#at++;
      }
    }
  }

  #singleQuoted(): string {
    const close = this.#text.indexOf("'", this.#at + 1);
    if (close < 0) {
      throw new DockerfileError('unexpected end of statement while looking for matching single-quote');
    }
    const inside = this.#text.slice(this.#at + 1, close);
    this.#at = close + 1;
    return inside;
  }

  #doubleQuoted(): string {
    let result = '';
    this.#at++;
    for (;;) {
      const character = this.#text.charAt(this.#at);
      if (character === '') {
        throw new DockerfileError('unexpected end of statement while looking for matching double-quote');
      }
      if (character === '"') {
        this.#at++;
        return result;
      }
      if (character === '$') {
        result += this.#variable();
        continue;
      }
      const next = this.#text.charAt(this.#at + 1);
      if (character === '\\' && next !== '' && '"$\\'.includes(next)) {
        result += next;
        this.#at += 2;
      } else {
        result += character;
        this.#at++;
      }
    }
  }

  /** `$name`, `${name}`, `${name:-word}`, and a dollar that stands for itself. */
  #variable(): string {
    const rest = this.#text.slice(this.#at + 1);
    const plain = /^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9@*#?!$-])/.exec(rest)?.[0];
    if (plain !== undefined) {
      this.#at += 1 + plain.length;
      return this.#lookup(plain) ?? '';
    }
    if (!rest.startsWith('{')) {
      this.#at++;
      return '$';
    }
    const braced = /^\{([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?!$-])(\}|:?[-+?])/.exec(rest);
    const [whole, name = '', operator = ''] = braced ?? [];
    if (whole === undefined) throw new DockerfileError(`bad substitution in ${JSON.stringify(this.#text)}`);
    this.#at += 1 + whole.length;
    const value = this.#lookup(name);
    if (operator === '}') return value ?? '';
    const word = this.read('}');
    const isSet = value !== undefined && (!operator.startsWith(':') || value !== '');
    if (operator.endsWith('-')) return isSet ? value : word;
    if (operator.endsWith('+')) return isSet ? word : '';
    if (isSet) return value;
    throw new DockerfileError(`${name}: ${word === '' ? 'is not allowed to be unset' : word}`);
  }
}
