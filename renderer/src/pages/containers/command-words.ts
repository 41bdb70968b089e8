// Splits a typed command into words as a POSIX shell would, without expanding anything: quotes and backslashes only.

/** The words; undefined when a quote is not closed. */
export function commandWords(command: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let at = 0; at < command.length; at++) {
    const character = command.charAt(at);
    if (quote === "'") {
      if (character === "'") quote = undefined;
      else word = (word ?? '') + character;
    } else if (character === '\\') {
      const next = command.charAt(at + 1);
      // Inside double quotes a backslash only escapes these four.
      const escapes = quote === undefined ? next !== '' : next !== '' && '"\\$`'.includes(next);
      word = (word ?? '') + (escapes ? next : '\\');
      if (escapes) at += 1;
    } else if (character === quote) quote = undefined;
    else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quote !== undefined) return undefined;
  if (word !== undefined) words.push(word);
  return words;
}
