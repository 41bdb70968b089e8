// Wildcards as regular expressions: the shell's in `${x#word}`, and those of paths in COPY and ADD. Pure text to text: the
// expressions for paths are run by a worker, whose time is linear in the path.
import { DockerfileError } from './source.ts';

const literal = (character: string): string => character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** The shell's `*` and `?`, for a text; escapes are taken out. Greedy: `*` takes as much as it can. */
export function wildcardExpression(pattern: string, greedy: boolean): string {
  let result = '';
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === '*') result += greedy ? '.*' : '.*?';
    else if (character === '?') result += '.';
    else if (character !== '\\') result += literal(character);
    else {
      const next = characters[++at];
      if (next === undefined) throw new DockerfileError('invalid escape');
      // `}` and `/` are escaped because they would end the word.
      if (!'*?\\}/'.includes(next)) {
        throw new DockerfileError(`invalid escape '\\${next}'`);
      }
      result += literal(next);
    }
  }
  return result;
}

/** Whether a path of COPY or ADD has wildcards; an escaped one is none. */
export function hasWildcards(path: string): boolean {
  return /[*?[]/.test(path.replace(/\\./gs, ''));
}

/**
 * A path pattern by Go's rules (`*`, `?`, `[a-z]`, `[^a]`, `\x`; none of them matches a slash), where `**` stands for any
 * number of folders. Answers the text of an expression without anchors. Throws on a broken class or escape.
 */
export function pathExpression(pattern: string): string {
  let result = '';
  const characters = [...pattern];
  const bad = (): never => {
    throw new DockerfileError(`syntax error in pattern: ${JSON.stringify(pattern)}`);
  };
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? '';
    if (character === '*' && characters[at + 1] === '*') {
      at++;
      // `**/x` also matches x itself; `x/**` everything below x.
      if (characters[at + 1] === '/') {
        at++;
        result += '(?:.*/)?';
      } else {
        result += '.*';
      }
    } else if (character === '*') result += '[^/]*';
    else if (character === '?') result += '[^/]';
    else if (character === '\\') result += literal(characters[++at] ?? bad());
    else if (character === '[') {
      const close = classEnd(characters, at);
      if (close < 0) bad();
      result += classExpression(characters.slice(at + 1, close));
      at = close;
    } else result += literal(character);
  }
  return result;
}

function classEnd(characters: readonly string[], open: number): number {
  for (let at = open + 1 + (characters[open + 1] === '^' ? 1 : 0); at < characters.length; at++) {
    if (characters[at] === '\\') at++;
    else if (characters[at] === ']' && at > open + 1) return at;
  }
  return -1;
}

function classExpression(inside: readonly string[]): string {
  const negated = inside[0] === '^';
  let result = negated ? '[^/' : '[';
  for (let at = negated ? 1 : 0; at < inside.length; at++) {
    const character = inside[at] ?? '';
    if (character === '\\') result += escapedInClass(inside[++at] ?? '');
    else if (character === '-') result += '-';
    else result += escapedInClass(character);
  }
  return `${result}]`;
}

const escapedInClass = (character: string): string => character.replace(/[\\\]^[-]/g, '\\$&');
