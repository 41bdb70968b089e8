// A text in which what was searched for is marked, whatever its case.

interface MarkedTextProps {
  readonly text: string;
  readonly found: string;
}

export function MarkedText({ text, found }: MarkedTextProps) {
  if (found === '') return text;
  const lower = text.toLowerCase();
  const wanted = found.toLowerCase();
  // A letter whose lower case is longer shifts all behind it: then nothing is marked.
  if (lower.length !== text.length || !lower.includes(wanted)) return text;
  const parts = [];
  let from = 0;
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, from)) {
    parts.push(
      text.slice(from, at),
      <mark key={at} className="log-match">
        {text.slice(at, at + wanted.length)}
      </mark>,
    );
    from = at + wanted.length;
  }
  return <>{[...parts, text.slice(from)]}</>;
}
