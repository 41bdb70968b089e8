// One line of a log: time, name of its container when there are several, text, tint for stderr and level, links, what was
// searched for. Text is only ever text. A very long line is shown in part and can be opened, as can a JSON object.
import { ChevronRight } from 'lucide-react';
import { memo, useMemo, type ReactNode } from 'react';
import { inertLine } from '../format/inert.ts';
import { formatSize } from '../format/number.ts';
import { en } from '../strings/en.ts';
import { logSegments, shownText, type LogSegment } from './log-segments.ts';
import type { LogLine as Line } from './log-store.ts';
import { formatLogStamp, formatLogTime } from './log-time.ts';
import type { TimeDisplay } from './log-view-store.ts';
import { foldOf, unfolded } from './unfolded-line.ts';

/** As much of a line as is decoded and drawn while it is closed. */
export const shownBytes = 4096;
/** Of an opened long line so much stays as its head. */
const headCharacters = 120;

/** Beyond plain Latin letters there are marks that can be piled on one another, and letters that run from right to left. */
const beyondLatin = /[^\0-\u02ff]/;

interface LogLineProps {
  /** Its text no longer than {@link shownBytes}. */
  readonly line: Line | undefined;
  /** The whole text. */
  readonly whole: (position: number) => string;
  readonly position: number;
  readonly time: TimeDisplay;
  /** The logs' names when there are several; inert. */
  readonly names: readonly string[];
  /** What to highlight in this line. */
  readonly expression: RegExp | undefined;
  /** The match one is at. */
  readonly current: boolean;
  readonly opened: boolean;
  /** Folds the line open, to so many rows more, or closed again. */
  readonly onOpen: (position: number, rows: number) => void;
}

export const LogLine = memo(
  function LogLine(props: LogLineProps) {
    const { line, whole, position, time, names, expression, current, opened, onOpen } = props;
    const rest = useMemo(() => (opened ? unfolded(whole(position)) : undefined), [opened, whole, position]);
    if (line === undefined) return <div className="log-line" />;
    const fold = foldOf(line.text, line.moreBytes);
    const bytes = fold === 'long' ? formatSize(line.moreBytes + shownBytes) : '';
    const label = fold === 'long' ? en.logs.showAll(bytes) : en.logs.json;
    const text = opened && fold === 'long' ? line.text.slice(0, headCharacters) : line.text;
    const pieces = logSegments(text, expression).map(drawSegment);
    // What needs no isolation costs the browser less without it.
    const latin = !beyondLatin.test(text);
    return (
      <div
        className="log-line"
        data-stream={line.stream}
        data-current={current || undefined}
        data-tall={!latin || undefined}
      >
        {fold !== undefined && (
          <button
            type="button"
            className="log-fold"
            aria-expanded={opened}
            aria-label={label}
            onClick={() => onOpen(position, unfolded(whole(position)).split('\n').length)}
          >
            <ChevronRight aria-hidden />
            {fold === 'long' && <span className="log-long">{label}</span>}
          </button>
        )}
        {time !== 'off' && line.timeMs > 0 && (
          <time className="log-time" title={formatLogStamp(line.timeMs, time)}>
            {formatLogTime(line.timeMs, time)}
          </time>
        )}
        {names.length > 1 && (
          <span className="log-name" data-source={line.source % sourceColours} title={names[line.source]}>
            {names[line.source]}
          </span>
        )}
        {latin ? pieces : <bdi>{pieces}</bdi>}
        {fold === 'long' && !opened && (
          <span className="log-more">{en.logs.moreBytes(formatSize(line.moreBytes))}</span>
        )}
        {rest !== undefined && (
          <pre className="log-json">
            {rest
              .split('\n')
              .map((row) => (fold === 'long' ? shownText(row) : inertLine(row)))
              .join('\n')}
          </pre>
        )}
      </div>
    );
  },
  (before, after) =>
    before.time === after.time &&
    before.names === after.names &&
    before.whole === after.whole &&
    before.position === after.position &&
    before.expression === after.expression &&
    before.current === after.current &&
    before.opened === after.opened &&
    before.onOpen === after.onOpen &&
    before.line?.text === after.line?.text &&
    before.line?.moreBytes === after.line?.moreBytes &&
    before.line?.timeMs === after.line?.timeMs &&
    before.line?.source === after.line?.source &&
    before.line?.stream === after.line?.stream,
);

/** Colours for the names of several logs; see `.log-name` in log.css. */
export const sourceColours = 8;

/** A piece of a line. No component: there are hundreds, and they change all at once. */
function drawSegment({ text, style, href, match }: LogSegment, index: number): ReactNode {
  const inside = match ? <mark className="log-match">{text}</mark> : text;
  if (href !== undefined) {
    return (
      <a key={index} className={`log-link ${style}`} href={href} target="_blank" rel="noopener noreferrer">
        {inside}
      </a>
    );
  }
  if (style === '')
    return match ? (
      <mark key={index} className="log-match">
        {text}
      </mark>
    ) : (
      text
    );
  return (
    <span key={index} className={style}>
      {inside}
    </span>
  );
}
