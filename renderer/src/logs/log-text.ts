// Lines of a log as plain text, for the clipboard and for a file.
import { shownText } from './log-segments.ts';
import type { LineSource } from './line-source.ts';

const partLines = 5000;

/** Copying more than this would hold up the window and whatever it is pasted into. */
export const mostCopiedLines = 100_000;

/** The newest lines shown, at most {@link mostCopiedLines}; with their times if wanted. */
export function textToCopy(source: LineSource, time: boolean): string {
  const first = Math.max(source.first, source.end - mostCopiedLines);
  return [...lineTexts(source, first, source.end, time)].join('');
}

/** All lines shown as a file, made in parts so that the window goes on. */
export async function textFile(source: LineSource, time: boolean): Promise<Blob> {
  const parts: Blob[] = [];
  const { end } = source;
  for (let from = source.first; from < end; from += partLines) {
    parts.push(new Blob([...lineTexts(source, from, Math.min(end, from + partLines), time)]));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return new Blob(parts, { type: 'text/plain;charset=utf-8' });
}

function* lineTexts(source: LineSource, from: number, to: number, time: boolean): Generator<string> {
  for (let position = from; position < to; position++) {
    const line = source.line(position);
    if (line === undefined) continue;
    const stamp = time && line.timeMs > 0 ? `${new Date(line.timeMs).toISOString()} ` : '';
    yield `${stamp}${shownText(line.text)}\n`;
  }
}
