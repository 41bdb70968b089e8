// The search that goes with what is in the bar: a new one for every new query, woken when lines come.
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { compileQuery, type LogPattern } from './log-query.ts';
import { LogSearch, type LogSearchState } from './log-search.ts';
import type { LogStore } from './log-store.ts';
import { useLogView } from './log-view-store.ts';

const idle: LogSearchState = { complete: true, tooSlow: false };
const never = (): (() => void) => () => {};

export interface OpenSearch {
  readonly pattern: LogPattern;
  /** Undefined when nothing is looked for and nothing filtered. */
  readonly search: LogSearch | undefined;
  readonly state: LogSearchState;
}

/** `end` is the log's newest line as shown; `hidden` are those of several logs that are not wanted. */
export function useLogSearch(
  store: LogStore | undefined,
  end: number,
  hidden: ReadonlySet<number>,
): OpenSearch {
  const query = useLogView((view) => view.query);
  const errorsOnly = useLogView((view) => view.errorsOnly);
  const pattern = useMemo(() => compileQuery(query), [query]);
  const [search, setSearch] = useState<LogSearch>();
  useEffect(() => {
    const expression = pattern.kind === 'ready' ? pattern.expression : undefined;
    const byPerson = pattern.kind === 'ready' && pattern.byPerson;
    const opened =
      store === undefined || (expression === undefined && !errorsOnly && hidden.size === 0)
        ? undefined
        : new LogSearch(store, { expression, byPerson, errorsOnly, hidden });
    setSearch(opened);
    return () => opened?.dispose();
  }, [store, pattern, errorsOnly, hidden]);
  useEffect(() => search?.wake(), [search, end]);
  const state = useSyncExternalStore(search?.subscribe ?? never, search?.state ?? (() => idle));
  return { pattern, search, state };
}
