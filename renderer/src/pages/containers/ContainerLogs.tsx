// The log of one container, live. Only the lines in view exist as elements. It follows the end until one scrolls up.
import { ArrowDown, ScrollText } from 'lucide-react';
import { useEffect, useState, useSyncExternalStore } from 'react';
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { inert } from '../../format/inert.ts';
import { LogFeed, type LogFeedState } from '../../logs/log-feed.ts';
import { LogLines } from '../../logs/LogLines.tsx';
import { useLogView } from '../../logs/log-view-store.ts';
import { WrappedLogLines } from '../../logs/WrappedLogLines.tsx';
import { en } from '../../strings/en.ts';
import { useConnection } from '../../transport/connection.ts';
import { isAlive } from './container-status.ts';

const nothing: LogFeedState = { first: 0, end: 0, phase: 'opening', failure: undefined };
const never = (): (() => void) => () => {};

export function ContainerLogs({ container }: { readonly container: ContainerModel }) {
  const client = useConnection((state) => state.client);
  const [feed, setFeed] = useState<LogFeed>();
  const [attempt, setAttempt] = useState(0);
  const { id, startedMs } = container;

  // A new start writes on: the stream that ended with the last run is opened again.
  const [openedFor, setOpenedFor] = useState(startedMs);
  const state = useSyncExternalStore(feed?.subscribe ?? never, feed?.state ?? (() => nothing));
  if (startedMs !== openedFor) {
    setOpenedFor(startedMs);
    if (state.phase === 'ended' || state.phase === 'failed') setAttempt(attempt + 1);
  }

  useEffect(() => {
    if (client === undefined) return;
    const opened = new LogFeed(client, id);
    // eslint-disable-next-line react-hooks/set-state-in-effect -- the feed is an open stream; it lives as long as the effect
    setFeed(opened);
    return () => opened.dispose();
  }, [client, id, attempt]);

  return (
    <>
      <LogBar state={state} />
      {feed === undefined || state.end === 0 ? (
        <NoLines container={container} state={state} onAgain={() => setAttempt(attempt + 1)} />
      ) : (
        <LogBody
          feed={feed}
          state={state}
          name={inert(container.name)}
          onAgain={() => setAttempt(attempt + 1)}
        />
      )}
    </>
  );
}

function LogBar({ state }: { readonly state: LogFeedState }) {
  const view = useLogView();
  return (
    <div className="flex flex-none items-center gap-2 border-b border-line px-[18px] py-[7px]">
      <Chip text={en.logs.follow} on={view.follow} onToggle={(follow) => useLogView.setState({ follow })} />
      <Chip text={en.logs.wrap} on={view.wrap} onToggle={(wrap) => useLogView.setState({ wrap })} />
      <Chip text={en.logs.time} on={view.time} onToggle={(time) => useLogView.setState({ time })} />
      <span className="flex-1" />
      <span className="truncate text-sm text-ink-3 tabular-nums">
        {state.end > 0 && en.logs.lines(state.end - state.first)}
        {state.first > 0 && ` · ${en.logs.dropped(state.first)}`}
      </span>
    </div>
  );
}

interface ChipProps {
  readonly text: string;
  readonly on: boolean;
  readonly onToggle: (on: boolean) => void;
}

function Chip({ text, on, onToggle }: ChipProps) {
  return (
    <button type="button" className="chip" aria-pressed={on} onClick={() => onToggle(!on)}>
      {text}
    </button>
  );
}

interface LogBodyProps {
  readonly feed: LogFeed;
  readonly state: LogFeedState;
  readonly name: string;
  readonly onAgain: () => void;
}

function LogBody({ feed, state, name, onAgain }: LogBodyProps) {
  const { wrap, time, follow } = useLogView();
  const [seenEnd, setSeenEnd] = useState(state.end);
  if (follow && seenEnd !== state.end) setSeenEnd(state.end);
  const Lines = wrap ? WrappedLogLines : LogLines;
  return (
    <div className="relative flex min-h-0 flex-1 flex-col">
      <Lines
        store={feed.store}
        first={state.first}
        end={state.end}
        time={time}
        follow={follow}
        label={en.logs.region(name)}
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
          {state.end > seenEnd && ` · ${en.logs.newLines(state.end - seenEnd)}`}
        </button>
      )}
      <LogEnd state={state} onAgain={onAgain} />
    </div>
  );
}

function LogEnd({ state, onAgain }: { readonly state: LogFeedState; readonly onAgain: () => void }) {
  if (state.phase === 'ended') {
    return (
      <p className="flex-none border-t border-line px-[18px] py-1 text-sm text-ink-3">{en.logs.ended}</p>
    );
  }
  if (state.phase !== 'failed') return null;
  return (
    <p
      className="flex flex-none items-center gap-3 border-t border-line bg-bad-soft px-[18px] py-1 text-sm"
      role="alert"
    >
      {en.logs.failed(inert(state.failure?.message ?? ''))}
      <button type="button" className="link" onClick={onAgain}>
        {en.logs.again}
      </button>
    </p>
  );
}

interface NoLinesProps {
  readonly container: ContainerModel;
  readonly state: LogFeedState;
  readonly onAgain: () => void;
}

function NoLines({ container, state, onAgain }: NoLinesProps) {
  if (state.phase === 'failed' && state.failure !== undefined) {
    return (
      <div className="flex-1 bg-sunken px-[18px]">
        <FailureNotice title={en.logs.failed('')} failure={state.failure} />
        <button type="button" className="btn mt-3" onClick={onAgain}>
          {en.logs.again}
        </button>
      </div>
    );
  }
  const text = isAlive(container) ? en.logs.empty : en.logs.emptyStopped;
  return (
    <div className="flex min-h-0 flex-1 flex-col bg-sunken">
      <EmptyState icon={<ScrollText aria-hidden />} title={text} text="" />
    </div>
  );
}
