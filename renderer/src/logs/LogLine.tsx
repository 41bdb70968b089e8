// One line of a log: time, text, tint for stderr and level, links, what was searched for. Text is only ever text. A very
// long line is shown in part; one that is a JSON object can be folded open.
import { ChevronRight } from 'lucide-react';
import { memo } from 'react';
import { inertLine } from '../format/inert.ts';
import { formatLogTime } from '../format/number.ts';
import { en } from '../strings/en.ts';
import { openedJson } from './json-line.ts';
import { logSegments, type LogSegment } from './log-segments.ts';
import type { LogLine as Line } from './log-store.ts';

const mostCharacters = 4000;

interface LogLineProps {
  readonly line: Line | undefined;
  readonly position: number;
  readonly time: boolean;
  /** What to highlight in this line. */
  readonly expression: RegExp | undefined;
  /** The match one is at. */
  readonly current: boolean;
  readonly opened: boolean;
  /** Folds the line open, to so many rows more, or closed again. */
  readonly onOpen: (position: number, rows: number) => void;
}

export const LogLine = memo(
  function LogLine({ line, position, time, expression, current, opened, onOpen }: LogLineProps) {
    if (line === undefined) return <div className="log-line" />;
    const hidden = line.text.length - mostCharacters;
    const json = openedJson(line.text);
    const text = hidden > 0 ? line.text.slice(0, mostCharacters) : line.text;
    return (
      <div className="log-line" data-stream={line.stream} data-current={current || undefined}>
        {json !== undefined && (
          <button
            type="button"
            className="log-fold"
            aria-expanded={opened}
            aria-label={en.logs.json}
            onClick={() => onOpen(position, json.split('\n').length)}
          >
            <ChevronRight aria-hidden />
          </button>
        )}
        {time && line.timeMs > 0 && <span className="log-time">{formatLogTime(line.timeMs)}</span>}
        {logSegments(text, expression).map((segment, index) => (
          <Segment key={index} segment={segment} />
        ))}
        {hidden > 0 && <span className="log-more">{en.logs.moreCharacters(hidden)}</span>}
        {opened && json !== undefined && (
          <pre className="log-json">{json.split('\n').map(inertLine).join('\n')}</pre>
        )}
      </div>
    );
  },
  (before, after) =>
    before.time === after.time &&
    before.position === after.position &&
    before.expression === after.expression &&
    before.current === after.current &&
    before.opened === after.opened &&
    before.onOpen === after.onOpen &&
    before.line?.text === after.line?.text &&
    before.line?.timeMs === after.line?.timeMs &&
    before.line?.stream === after.line?.stream,
);

function Segment({ segment }: { readonly segment: LogSegment }) {
  const { text, style, href, match } = segment;
  const inside = match ? <mark className="log-match">{text}</mark> : text;
  if (href !== undefined) {
    return (
      <a className={`log-link ${style}`} href={href} target="_blank" rel="noopener noreferrer">
        {inside}
      </a>
    );
  }
  return style === '' ? inside : <span className={style}>{inside}</span>;
}
