// A log line folded open: one JSON object over several lines, or a very long line in rows that a screen can hold.

const mostJsonCharacters = 100_000;
/** A shorter one is tried out; of a longer one its ends tell enough to offer it. */
const triedCharacters = 2000;
const rowCharacters = 200;

/** What can be opened in a line: its JSON, or what was left out of it. Must be cheap: it is asked for every line in view. */
export function foldOf(text: string, moreBytes: number): 'json' | 'long' | undefined {
  if (moreBytes > 0) return 'long';
  const trimmed = text.trim();
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}')) return undefined;
  return trimmed.length > triedCharacters || openedJson(trimmed) !== undefined ? 'json' : undefined;
}

/** The line over several lines. Its text is still a stranger's. */
export function unfolded(text: string): string {
  return openedJson(text) ?? inRows(text);
}

/** The object over several lines; undefined when the line is none. */
export function openedJson(text: string): string | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}') || trimmed.length > mostJsonCharacters)
    return undefined;
  try {
    return JSON.stringify(JSON.parse(trimmed), undefined, 2);
  } catch {
    return undefined;
  }
}

function inRows(text: string): string {
  const rows: string[] = [];
  for (let from = 0; from < text.length;) {
    let to = Math.min(text.length, from + rowCharacters);
    // Not in the middle of a surrogate pair.
    if (to < text.length && (text.charCodeAt(to - 1) & 0xfc00) === 0xd800) to += 1;
    rows.push(text.slice(from, to));
    from = to;
  }
  return rows.join('\n');
}
