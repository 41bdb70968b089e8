// A log as one works with it, of one container or of several: the bar, what is found and filtered, and the lines. Only the
// lines in view exist as elements. It follows the end until one scrolls up.
import { ScrollText } from 'lucide-react';
import { useCallback, useLayoutEffect, useRef, useState } from 'react';
import { EmptyState } from '../components/EmptyState.tsx';
import { FailureNotice } from '../components/FailureNotice.tsx';
import { inert } from '../format/inert.ts';
import { showToast } from '../state/toast-store.ts';
import { en } from '../strings/en.ts';
import { clearFilters, FilterStrip } from './FilterStrip.tsx';
import { FindField } from './FindField.tsx';
import { allLines, listedLines, type LineSource } from './line-source.ts';
import { LogBar } from './LogBar.tsx';
import { LogBody } from './LogBody.tsx';
import type { LogFeed, LogFeedState } from './log-feed.ts';
import { mostCopiedLines, textFile, textToCopy, type TextStyle } from './log-text.ts';
import { useLogView } from './log-view-store.ts';
import { useLogSearch } from './use-log-search.ts';

interface LogViewProps {
  readonly feed: LogFeed | undefined;
  readonly state: LogFeedState;
  /** Whose log it is; inert. */
  readonly title: string;
  /** The logs' names when there are several, else empty; inert. The same array as long as they are the same. */
  readonly names: readonly string[];
  /** Of several logs those not wanted now. The same set as long as it is the same. */
  readonly hidden: ReadonlySet<number>;
  /** Said when nothing was written. */
  readonly emptyText: string;
}

export function LogView({ feed, state, title, names, hidden, emptyText }: LogViewProps) {
  const { matchesOnly, errorsOnly, time } = useLogView();
  const { pattern, search, state: searched } = useLogSearch(feed?.store, state.end, hidden);
  const [clearedTo, setClearedTo] = useState(0);
  const [current, setCurrent] = useState<{ readonly number: number }>();
  // Another feed counts its lines anew; the bar stays as it is, and with it the focus.
  const [epoch, setEpoch] = useState({ feed, number: 0 });
  if (feed !== epoch.feed) {
    setEpoch({ feed, number: epoch.number + 1 });
    setClearedTo(0);
    setCurrent(undefined);
  }
  const from = Math.max(state.first, Math.min(clearedTo, state.end));
  const lines = state.end - from;

  const { criteria, matches } = search ?? {};
  const looked = criteria?.expression !== undefined && matches !== undefined ? matches : undefined;
  const byMatch = matchesOnly && looked !== undefined;
  const list =
    search === undefined || (!errorsOnly && !byMatch && hidden.size === 0)
      ? undefined
      : byMatch
        ? looked
        : search.passing;
  const store = feed?.store;
  const source =
    store === undefined
      ? undefined
      : list === undefined
        ? allLines(store, from, state.end)
        : listedLines(store, list, from);
  const whole = useCallback(
    (position: number) => store?.line(list === undefined ? position : (list.at(position) ?? -1))?.text ?? '',
    [store, list],
  );
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
  const error =
    pattern.kind === 'invalid'
      ? en.logs.invalid(inert(pattern.reason))
      : searched.tooSlow
        ? en.logs.tooSlow
        : undefined;
  const shown = source === undefined ? 0 : source.end - source.first;
  const goOn = (): void => feed?.goOn();
  // The bar's buttons stay the same while lines come; what they do is done with the lines of that moment.
  const latest = useRef({ source, step, end: state.end });
  useLayoutEffect(() => {
    latest.current = { source, step, end: state.end };
  });
  const onStep = useCallback((by: 1 | -1): void => latest.current.step(by), []);
  const onCopy = useCallback((): void => {
    const { source } = latest.current;
    if (source !== undefined) copy(source, { time, names });
  }, [time, names]);
  const onDownload = useCallback((): void => {
    const { source } = latest.current;
    if (source !== undefined) void download(source, { time, names }, en.logs.fileName(title));
  }, [time, names, title]);
  const onClear = useCallback((): void => setClearedTo(latest.current.end), []);
  return (
    <>
      <LogBar
        find={
          <FindField index={index} count={count} complete={searched.complete} error={error} onStep={onStep} />
        }
        lines={lines}
        shown={shown}
        sizeBytes={store?.sizeBytes(from) ?? 0}
        dropped={state.first}
        onCopy={onCopy}
        onDownload={onDownload}
        onClear={onClear}
      />
      <FilterStrip matching={looked !== undefined} />
      {clearedTo > state.first && (
        <p className="flex flex-none items-center gap-3 border-b border-line px-[18px] py-1 text-sm text-ink-2">
          {en.logs.cleared(from - state.first)}
          <button type="button" className="link" onClick={() => setClearedTo(0)}>
            {en.logs.restore}
          </button>
        </p>
      )}
      {source === undefined || lines === 0 ? (
        <NoLines state={state} text={emptyText} onAgain={goOn} />
      ) : list !== undefined && shown === 0 ? (
        <NothingPasses
          hidden={lines}
          complete={searched.complete}
          sources={hidden.size === names.length && names.length > 0}
        />
      ) : (
        <LogBody
          key={
            list === undefined
              ? epoch.number
              : `${epoch.number} ${String(errorsOnly)} ${String(matchesOnly)} ${[...hidden].join(' ')} ${criteria?.expression?.source ?? ''}`
          }
          source={source}
          whole={whole}
          state={state}
          title={title}
          names={names}
          current={current}
          expression={(number) =>
            looked !== undefined && looked.has(number) ? criteria?.expression : undefined
          }
          onAgain={goOn}
        />
      )}
    </>
  );
}

function copy(source: LineSource, style: TextStyle): void {
  const all = source.end - source.first;
  const copied = Math.min(mostCopiedLines, all);
  navigator.clipboard.writeText(textToCopy(source, style)).then(
    () => showToast('info', en.logs.copied(copied), copied < all ? en.logs.copiedLast : ''),
    (error: unknown) => showToast('bad', en.logs.copyFailed, error instanceof Error ? error.message : ''),
  );
}

/** Hands the lines to the browser as a file. */
async function download(source: LineSource, style: TextStyle, name: string): Promise<void> {
  const address = URL.createObjectURL(await textFile(source, style));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

interface NothingPassesProps {
  readonly hidden: number;
  readonly complete: boolean;
  /** All of several logs are switched off. */
  readonly sources: boolean;
}

function NothingPasses({ hidden, complete, sources }: NothingPassesProps) {
  return (
    <div className="flex min-h-0 flex-1 flex-col bg-sunken">
      <EmptyState
        icon={<ScrollText aria-hidden />}
        title={sources ? en.logs.allOff : complete ? en.logs.filteredEmpty : en.logs.filtering}
        text={en.logs.filteredText(hidden)}
        {...(sources
          ? {}
          : {
              action: (
                <button type="button" className="btn" onClick={clearFilters}>
                  {en.logs.clearFilter}
                </button>
              ),
            })}
      />
    </div>
  );
}

interface NoLinesProps {
  readonly state: LogFeedState;
  readonly text: string;
  readonly onAgain: () => void;
}

function NoLines({ state, text, onAgain }: NoLinesProps) {
  const ranged = useLogView((view) => view.range.kind !== 'all');
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
  return (
    <div className="flex min-h-0 flex-1 flex-col bg-sunken">
      <EmptyState
        icon={<ScrollText aria-hidden />}
        title={ranged ? en.logs.range.empty : text}
        text={ranged ? en.logs.range.emptyText : ''}
        {...(ranged
          ? {
              action: (
                <button type="button" className="btn" onClick={clearFilters}>
                  {en.logs.showAllLines}
                </button>
              ),
            }
          : {})}
      />
    </div>
  );
}
