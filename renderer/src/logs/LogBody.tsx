// The lines of a log with what lies over and under them: the way to the latest, and how the log ended.
import { ArrowDown } from 'lucide-react';
import { useCallback, useState } from 'react';
import { inert } from '../format/inert.ts';
import { en } from '../strings/en.ts';
import type { LogFeedState } from './log-feed.ts';
import { LogLines } from './LogLines.tsx';
import type { LineSource } from './line-source.ts';
import { useLogView } from './log-view-store.ts';
import { WrappedLogLines } from './WrappedLogLines.tsx';

interface LogBodyProps {
  readonly source: LineSource;
  /** The whole text of the line at a position. */
  readonly whole: (position: number) => string;
  readonly state: LogFeedState;
  readonly title: string;
  readonly names: readonly string[];
  readonly current: { readonly number: number } | undefined;
  /** What to highlight in the log's line of that number. */
  readonly expression: (number: number) => RegExp | undefined;
  readonly onAgain: () => void;
}

export function LogBody(props: LogBodyProps) {
  const { source, whole, state, title, names, current, expression, onAgain } = props;
  const { wrap, time, follow } = useLogView();
  const [seenEnd, setSeenEnd] = useState(source.end);
  const [opened, setOpened] = useState<ReadonlyMap<number, number>>(new Map());
  const [target, setTarget] = useState<{ readonly position: number }>();
  const [shownCurrent, setShownCurrent] = useState<typeof current>(undefined);
  if (follow && seenEnd !== source.end) setSeenEnd(source.end);
  if (current !== shownCurrent) {
    setShownCurrent(current);
    setTarget(current === undefined ? undefined : { position: source.position(current.number) });
  }
  const onOpen = useCallback((position: number, rows: number) => {
    // Whoever opens a line wants to read it: it stays where it is.
    useLogView.setState({ follow: false });
    setOpened((before) => {
      const after = new Map(before);
      if (!after.delete(position)) after.set(position, rows);
      return after;
    });
  }, []);
  const Lines = wrap ? WrappedLogLines : LogLines;
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <Lines
        source={source}
        whole={whole}
        time={time}
        names={names}
        follow={follow}
        label={en.logs.region(title)}
        highlight={(position) => expression(source.number(position))}
        target={target}
        opened={opened}
        onOpen={onOpen}
        onFollow={(next) => useLogView.setState({ follow: next })}
      />
      {!follow && (
        <button
          type="button"
          className="btn btn-primary absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full shadow-[var(--shadow-pop)]"
          onClick={() => useLogView.setState({ follow: true })}
        >
          <ArrowDown aria-hidden />
          {en.logs.latest}
          {source.end > seenEnd && ` · ${en.logs.newLines(source.end - seenEnd)}`}
        </button>
      )}
      <LogEnd state={state} names={names} onAgain={onAgain} />
    </div>
  );
}

interface LogEndProps {
  readonly state: LogFeedState;
  readonly names: readonly string[];
  readonly onAgain: () => void;
}

function LogEnd({ state, names, onAgain }: LogEndProps) {
  const range = useLogView((view) => view.range);
  if (state.phase === 'ended') {
    const bounded = range.kind === 'custom' && range.toMs !== null;
    return (
      <p className="flex-none border-t border-line px-[18px] py-1 text-sm text-ink-3">
        {bounded ? en.logs.range.ended : names.length > 1 ? en.logs.endedAll : en.logs.ended}
      </p>
    );
  }
  if (state.phase !== 'failed') return null;
  const sentence = inert(state.failure?.message ?? '');
  const name = names.length > 1 ? names[state.failedSource] : undefined;
  return (
    <p
      className="flex flex-none items-center gap-3 border-t border-line bg-bad-soft px-[18px] py-1 text-sm"
      role="alert"
    >
      {name === undefined ? en.logs.failed(sentence) : en.logs.failedOf(name, sentence)}
      <button type="button" className="link" onClick={onAgain}>
        {en.logs.again}
      </button>
    </p>
  );
}
