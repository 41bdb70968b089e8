// What one looks for in a log: text or a regular expression, as the expression that finds it.

export interface LogQuery {
  readonly text: string;
  readonly regex: boolean;
  readonly matchCase: boolean;
}

export type LogPattern =
  | { readonly kind: 'none' }
  | { readonly kind: 'invalid'; readonly reason: string }
  | { readonly kind: 'ready'; readonly expression: RegExp; readonly byPerson: boolean };

/** A part of a text. */
export interface TextRange {
  readonly from: number;
  readonly to: number;
}

/** Compiles a query. `byPerson` tells that it is a regular expression whose cost nobody knows. */
export function compileQuery(query: LogQuery): LogPattern {
  if (query.text === '') return { kind: 'none' };
  const source = query.regex ? query.text : query.text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  try {
    const expression = new RegExp(source, query.matchCase ? 'g' : 'gi');
    return { kind: 'ready', expression, byPerson: query.regex };
  } catch (error) {
    // The engine's sentence is "Invalid regular expression: /…/gi: Unterminated group": its end says what is wrong.
    const sentence = error instanceof Error ? error.message : '';
    return { kind: 'invalid', reason: sentence.slice(sentence.lastIndexOf(': ') + 2) };
  }
}

/** Where the expression is found in a text; empty finds count for nothing. */
export function matchRanges(expression: RegExp, text: string, most = 200): TextRange[] {
  const ranges: TextRange[] = [];
  for (const match of text.matchAll(expression)) {
    if (match[0] !== '') ranges.push({ from: match.index, to: match.index + match[0].length });
    if (ranges.length === most) break;
  }
  return ranges;
}

/** Whether the expression is found in a text, with at least one character. */
export function isFound(expression: RegExp, text: string): boolean {
  return matchRanges(expression, text, 1).length > 0;
}
