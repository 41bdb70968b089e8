// Regular expressions that come from outside: Go's syntax, as Docker's filters take it, matched in time that grows with the
// text and not beyond. JavaScript's own may take for ever.
import { RE2JS, RE2JSException } from 're2js';

/** Compiles a pattern to a test of texts, which find it anywhere in them; undefined when it is none. */
export function linearPattern(source: string): ((text: string) => boolean) | undefined {
  try {
    const pattern = RE2JS.compile(source);
    return (text) => pattern.matcher(text).find();
  } catch (error) {
    if (error instanceof RE2JSException) return undefined;
    throw error;
  }
}
