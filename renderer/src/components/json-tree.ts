// A JSON document as a flat list of lines, one per value, in document order: what is below a value follows it until `end`. The
// tree shows the lines that no fold hides; a document of a megabyte is some ten thousand lines, which is little. Pure.
import { inert } from '../format/inert.ts';

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

export interface JsonLine {
  /** Its place in the document: stays the same when the document is read anew. */
  readonly path: string;
  readonly depth: number;
  /** Its name or its index; undefined for the whole document. */
  readonly name: string | undefined;
  readonly kind: JsonKind;
  /** A simple value as JSON, harmless to the eye and cut when it is very long; empty for what has members. */
  readonly text: string;
  /** Members of an object or an array. */
  readonly size: number;
  /** Index of the line after everything below it. */
  readonly end: number;
  /** Index of the line it belongs to; -1 for the whole document. */
  readonly parent: number;
}

const longestText = 2000;
/** Bigger documents open with what is deep in them folded. */
const manyLines = 3000;

/** The lines of a parsed document. */
export function jsonLines(document: unknown): readonly JsonLine[] {
  const lines: { -readonly [K in keyof JsonLine]: JsonLine[K] }[] = [];
  const add = (
    value: unknown,
    name: string | undefined,
    path: string,
    depth: number,
    parent: number,
  ): void => {
    const at = lines.length;
    const members = membersOf(value);
    const kind = kindOf(value);
    const text = members === undefined ? shortText(value) : '';
    lines.push({ path, depth, name, kind, text, size: members?.length ?? 0, end: at + 1, parent });
    for (const [key, member] of members ?? []) add(member, key, `${path}/${escaped(key)}`, depth + 1, at);
    const line = lines[at];
    if (line !== undefined) line.end = lines.length;
  };
  add(document, undefined, '', 0, -1);
  return lines;
}

/** As in a JSON pointer (RFC 6901): no two places have the same path. */
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function membersOf(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (Array.isArray(value)) return value.map((member, index) => [String(index), member]);
  return typeof value === 'object' && value !== null ? Object.entries(value) : undefined;
}

function kindOf(value: unknown): JsonKind {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      if (value === null) return 'null';
      return Array.isArray(value) ? 'array' : 'object';
  }
}

function shortText(value: unknown): string {
  const text = typeof value === 'string' && value.length > longestText ? value.slice(0, longestText) : value;
  return inert(JSON.stringify(text) ?? '') + (text === value ? '' : '…');
}

/** The folds that a document opens with: none, or in a big one all that is below its second level. */
export function firstFolds(lines: readonly JsonLine[]): ReadonlySet<string> {
  if (lines.length <= manyLines) return new Set();
  return new Set(lines.filter((line) => line.depth >= 2 && line.size > 0).map((line) => line.path));
}

/** Indices of the lines that no fold hides. */
export function visibleLines(lines: readonly JsonLine[], folded: ReadonlySet<string>): readonly number[] {
  const visible: number[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at];
    if (line === undefined) break;
    visible.push(at);
    at = line.size > 0 && folded.has(line.path) ? line.end : at + 1;
  }
  return visible;
}

/** Indices of the lines whose name or value holds the text, whatever its case; none for an empty text. */
export function findLines(lines: readonly JsonLine[], text: string): readonly number[] {
  const wanted = text.toLowerCase();
  if (wanted === '') return [];
  return lines.flatMap((line, at) =>
    (line.name ?? '').toLowerCase().includes(wanted) || line.text.toLowerCase().includes(wanted) ? [at] : [],
  );
}

/** The folds without those that hide this line. */
export function unfoldedTo(
  lines: readonly JsonLine[],
  at: number,
  folded: ReadonlySet<string>,
): ReadonlySet<string> {
  const next = new Set(folded);
  for (let up = lines[at]?.parent ?? -1; up >= 0; up = lines[up]?.parent ?? -1) {
    const line = lines[up];
    if (line !== undefined) next.delete(line.path);
  }
  return next.size === folded.size ? folded : next;
}

/**
 * The document, one value a line. It is the text that came, never parsed and written again: a number of 64 bits keeps all its
 * digits.
 */
export function indentJson(json: string): string {
  let out = '';
  let depth = 0;
  const line = (): string => `\n${'  '.repeat(depth)}`;
  // Strings whole, the signs of structure, and what is neither: numbers and words. White space between them is dropped.
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s[\]{},:"]+/g)) {
    const opened = out.endsWith('{') || out.endsWith('[');
    if (token === '}' || token === ']') {
      depth -= 1;
      out += opened ? token : line() + token;
      continue;
    }
    if (opened) out += line();
    out += token;
    if (token === '{' || token === '[') depth += 1;
    else if (token === ',') out += line();
    else if (token === ':') out += ' ';
  }
  return out;
}
