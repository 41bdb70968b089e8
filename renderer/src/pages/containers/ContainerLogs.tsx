// The log of one container, live. Only the lines in view exist as elements. It follows the end until one scrolls up.
import { ArrowDown, ScrollText } from 'lucide-react';
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { inert } from '../../format/inert.ts';
import { FindField } from '../../logs/FindField.tsx';
import { allLines, listedLines, type LineSource } from '../../logs/line-source.ts';
import { LogBar } from '../../logs/LogBar.tsx';
import { LogFeed, type LogFeedState } from '../../logs/log-feed.ts';
import { LogLines } from '../../logs/LogLines.tsx';
import { mostCopiedLines, textFile, textToCopy } from '../../logs/log-text.ts';
import { useLogView } from '../../logs/log-view-store.ts';
import { useLogSearch } from '../../logs/use-log-search.ts';
import { WrappedLogLines } from '../../logs/WrappedLogLines.tsx';
import { showToast } from '../../state/toast-store.ts';
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
    <LogView
      key={feed === undefined ? 'opening' : 'open'}
      container={container}
      feed={feed}
      state={state}
      onAgain={() => setAttempt(attempt + 1)}
    />
  );
}

interface LogViewProps {
  readonly container: ContainerModel;
  readonly feed: LogFeed | undefined;
  readonly state: LogFeedState;
  readonly onAgain: () => void;
}

function LogView({ container, feed, state, onAgain }: LogViewProps) {
  const { matchesOnly, errorsOnly, time } = useLogView();
  const { pattern, search, state: searched } = useLogSearch(feed?.store, state.end);
  const [clearedTo, setClearedTo] = useState(0);
  const [current, setCurrent] = useState<{ readonly number: number }>();
  const from = Math.max(state.first, Math.min(clearedTo, state.end));
  const lines = state.end - from;

  const { criteria, matches } = search ?? {};
  const looked = criteria?.expression !== undefined && matches !== undefined ? matches : undefined;
  const filtering = search !== undefined && (errorsOnly || (matchesOnly && looked !== undefined));
  const source =
    feed === undefined
      ? undefined
      : !filtering
        ? allLines(feed.store, from, state.end)
        : listedLines(feed.store, matchesOnly && looked !== undefined ? looked : search.errors, from);
  const firstMatch = looked?.position(from) ?? 0;
  const count = looked === undefined ? 0 : looked.end - firstMatch;
  const index =
    looked === undefined || current === undefined || !looked.has(current.number)
      ? 0
      : looked.position(current.number) - firstMatch + 1;

  const step = (by: 1 | -1): void => {
    if (looked === undefined || count === 0) return;
    const next = index > 0 ? (index - 1 + by + count) % count : by > 0 ? 0 : count - 1;
    const number = looked.at(firstMatch + next);
    if (number === undefined) return;
    useLogView.setState({ follow: false });
    setCurrent({ number });
  };
  const copy = (): void => {
    if (source === undefined) return;
    const copied = Math.min(mostCopiedLines, source.end - source.first);
    navigator.clipboard.writeText(textToCopy(source, time)).then(
      () =>
        showToast(
          'info',
          en.logs.copied(copied),
          copied < source.end - source.first ? en.logs.copiedLast : '',
        ),
      (error: unknown) => showToast('bad', en.logs.copyFailed, error instanceof Error ? error.message : ''),
    );
  };
  const error =
    pattern.kind === 'invalid'
      ? en.logs.invalid(inert(pattern.reason))
      : searched.tooSlow
        ? en.logs.tooSlow
        : undefined;
  return (
    <>
      <LogBar
        find={
          <FindField index={index} count={count} complete={searched.complete} error={error} onStep={step} />
        }
        lines={lines}
        shown={source === undefined ? 0 : source.end - source.first}
        sizeBytes={feed?.store.sizeBytes(from) ?? 0}
        dropped={state.first}
        onCopy={copy}
        onDownload={() => {
          if (source !== undefined) void download(source, time, en.logs.fileName(inert(container.name)));
        }}
        onClear={() => setClearedTo(state.end)}
      />
      {clearedTo > state.first && (
        <p className="flex flex-none items-center gap-3 border-b border-line px-[18px] py-1 text-sm text-ink-2">
          {en.logs.cleared(from - state.first)}
          <button type="button" className="link" onClick={() => setClearedTo(0)}>
            {en.logs.restore}
          </button>
        </p>
      )}
      {source === undefined || lines === 0 ? (
        <NoLines container={container} state={state} onAgain={onAgain} />
      ) : filtering && source.end === source.first ? (
        <NothingPasses hidden={lines} complete={searched.complete} />
      ) : (
        <LogBody
          key={
            filtering
              ? `${String(errorsOnly)} ${String(matchesOnly)} ${criteria?.expression?.source ?? ''}`
              : ''
          }
          source={source}
          state={state}
          name={inert(container.name)}
          current={current}
          expression={(number) =>
            looked !== undefined && looked.has(number) ? criteria?.expression : undefined
          }
          onAgain={onAgain}
        />
      )}
    </>
  );
}

/** Hands the lines to the browser as a file. */
async function download(source: LineSource, time: boolean, name: string): Promise<void> {
  const address = URL.createObjectURL(await textFile(source, time));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function NothingPasses({ hidden, complete }: { readonly hidden: number; readonly complete: boolean }) {
  return (
    <div className="flex min-h-0 flex-1 flex-col bg-sunken">
      <EmptyState
        icon={<ScrollText aria-hidden />}
        title={complete ? en.logs.filteredEmpty : en.logs.filtering}
        text={en.logs.filteredText(hidden)}
        action={
          <button
            type="button"
            className="btn"
            onClick={() => useLogView.setState({ matchesOnly: false, errorsOnly: false })}
          >
            {en.logs.clearFilter}
          </button>
        }
      />
    </div>
  );
}

interface LogBodyProps {
  readonly source: LineSource;
  readonly state: LogFeedState;
  readonly name: string;
  readonly current: { readonly number: number } | undefined;
  /** What to highlight in the log's line of that number. */
  readonly expression: (number: number) => RegExp | undefined;
  readonly onAgain: () => void;
}

function LogBody({ source, state, name, current, expression, onAgain }: LogBodyProps) {
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
        time={time}
        follow={follow}
        label={en.logs.region(name)}
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
