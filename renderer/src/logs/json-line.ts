// A log line that is one JSON object, to be folded open.

const mostCharacters = 100_000;

/** The object over several lines; undefined when the line is none. Its text is still a stranger's. */
export function openedJson(text: string): string | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{') || !trimmed.endsWith('}') || trimmed.length > mostCharacters) return undefined;
  try {
    return JSON.stringify(JSON.parse(trimmed), undefined, 2);
  } catch {
    return undefined;
  }
}
