// Lines of a log as plain text, for the clipboard and for a file.
import { shownText } from './log-segments.ts';
import type { LineSource } from './line-source.ts';
import { formatLogStamp } from './log-time.ts';
import type { TimeDisplay } from './log-view-store.ts';

const partLines = 5000;

/** Copying more than this would hold up the window and whatever it is pasted into. */
export const mostCopiedLines = 100_000;

/** How lines are written: with their times, and of several logs with the name of each. */
export interface TextStyle {
  readonly time: TimeDisplay;
  readonly names: readonly string[];
}

/** The newest lines shown, at most {@link mostCopiedLines}. */
export function textToCopy(source: LineSource, style: TextStyle): string {
  const first = Math.max(source.first, source.end - mostCopiedLines);
  return [...lineTexts(source, first, source.end, style)].join('');
}

/** All lines shown as a file, made in parts so that the window goes on. */
export async function textFile(source: LineSource, style: TextStyle): Promise<Blob> {
  const parts: Blob[] = [];
  const { end } = source;
  for (let from = source.first; from < end; from += partLines) {
    parts.push(new Blob([...lineTexts(source, from, Math.min(end, from + partLines), style)]));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return new Blob(parts, { type: 'text/plain;charset=utf-8' });
}

function* lineTexts(source: LineSource, from: number, to: number, style: TextStyle): Generator<string> {
  const { time, names } = style;
  for (let position = from; position < to; position++) {
    const line = source.line(position);
    if (line === undefined) continue;
    const stamp = time !== 'off' && line.timeMs > 0 ? `${formatLogStamp(line.timeMs, time)} ` : '';
    const name = names.length > 1 ? `${names[line.source] ?? ''} | ` : '';
    yield `${stamp}${name}${shownText(line.text)}\n`;
  }
}
