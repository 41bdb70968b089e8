// One line of a log: time, text, tint for stderr. Text is only ever text. A very long line is shown in part.
import { memo } from 'react';
import { formatLogTime } from '../format/number.ts';
import { en } from '../strings/en.ts';
import { styledRuns } from './ansi.ts';
import type { LogLine as Line } from './log-store.ts';

const mostCharacters = 4000;

interface LogLineProps {
  readonly line: Line | undefined;
  readonly time: boolean;
}

export const LogLine = memo(
  function LogLine({ line, time }: LogLineProps) {
    if (line === undefined) return <div className="log-line" />;
    const hidden = line.text.length - mostCharacters;
    return (
      <div className="log-line" data-stream={line.stream}>
        {time && line.timeMs > 0 && <span className="log-time">{formatLogTime(line.timeMs)}</span>}
        {styledRuns(hidden > 0 ? line.text.slice(0, mostCharacters) : line.text).map((run, index) =>
          run.style === '' ? (
            run.text
          ) : (
            <span key={index} className={run.style}>
              {run.text}
            </span>
          ),
        )}
        {hidden > 0 && <span className="log-more">{en.logs.moreCharacters(hidden)}</span>}
      </div>
    );
  },
  (before, after) =>
    before.time === after.time &&
    before.line?.text === after.line?.text &&
    before.line?.timeMs === after.line?.timeMs &&
    before.line?.stream === after.line?.stream,
);
