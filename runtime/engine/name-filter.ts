// The `name` filter of Docker's lists.

/**
 * A name filter is a regular expression for Docker. Here it is a literal part of the name with `^` and `$` at its ends,
 * and `.*` inside: a pattern from outside could keep the engine busy for ever.
 */
export function matchesName(name: string, pattern: string): boolean {
  const start = pattern.startsWith('^');
  const end = pattern.endsWith('$');
  const body = pattern.slice(start ? 1 : 0, end ? -1 : undefined);
  const parts = body.replace(/^\//, '').split('.*');
  const first = parts[0] ?? '';
  if (start && !name.startsWith(first)) return false;
  let at = 0;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return !end || (name.endsWith(parts.at(-1) ?? '') && (parts.length > 1 || !start || name === first));
}
