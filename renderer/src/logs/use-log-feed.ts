// The feed behind a log view: opened for its containers and its range of time, closed with the view. A container that
// starts again writes on, so its log is gone on with.
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useModel } from '../state/model-store.ts';
import { useConnection } from '../transport/connection.ts';
import { LogFeed, noFeedState, type LogFeedState } from './log-feed.ts';
import { useLogView } from './log-view-store.ts';
import { boundsOf } from './time-range.ts';

const never = (): (() => void) => () => {};

export interface OpenFeed {
  readonly feed: LogFeed | undefined;
  readonly state: LogFeedState;
}

/** `ids` must be the same array as long as it holds the same. */
export function useLogFeed(ids: readonly string[]): OpenFeed {
  const client = useConnection((connection) => connection.client);
  const range = useLogView((view) => view.range);
  const [feed, setFeed] = useState<LogFeed>();
  const state = useSyncExternalStore(feed?.subscribe ?? never, feed?.state ?? (() => noFeedState));

  useEffect(() => {
    if (client === undefined) return;
    const opened = new LogFeed(client, ids, boundsOf(range, Date.now()));
    setFeed(opened);
    return () => opened.dispose();
  }, [client, ids, range]);

  const starts = useModel((model) =>
    ids.map((id) => String(model.containers.get(id)?.startedMs ?? '')).join(' '),
  );
  const startsBefore = useRef(starts);
  useEffect(() => {
    if (startsBefore.current === starts) return;
    const before = startsBefore.current.split(' ');
    startsBefore.current = starts;
    for (const [index, start] of starts.split(' ').entries()) {
      const id = ids[index];
      if (id !== undefined && start !== '' && start !== before[index]) feed?.goOn(id);
    }
  }, [feed, ids, starts]);
  return { feed, state };
}
