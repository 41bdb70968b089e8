// The history of builds while somebody looks at it: the stream of the list, and that of one build with its steps.
import { useEffect, useState } from 'react';
import { create } from 'zustand';
import { buildEvent, buildHistoryEvent, type BuildSummary } from '../../../runtime/contract/builds.ts';
import { useConnection } from '../transport/connection.ts';
import type { ContractFailure } from '../transport/contract-failure.ts';
import { applyBuildEvent, type BuildView } from './build-view.ts';
import { useModel } from './model-store.ts';

interface BuildHistory {
  readonly builds: ReadonlyMap<string, BuildSummary>;
  /** False until the first word of the engine. */
  readonly known: boolean;
  readonly failure: ContractFailure | undefined;
}

const nothing: BuildHistory = { builds: new Map(), known: false, failure: undefined };

export const useBuildHistory = create<BuildHistory>(() => nothing);

/** Whether the engine keeps a history of builds. */
export function useKeepsHistory(): boolean {
  return useModel((state) => state.engine?.features.includes('builds') === true);
}

/** Keeps the history current while the component is there. */
export function useHistoryFeed(): void {
  const client = useConnection((connection) => connection.client);
  const offered = useKeepsHistory();
  const running = useModel((state) => state.engine?.state === 'running');
  useEffect(() => {
    if (client === undefined || !offered || !running) return;
    let isFirst = true;
    const handle = client.open(
      'builds',
      {},
      {
        onEvent: (event) => {
          const { set, remove } = buildHistoryEvent.parse(event);
          const builds = new Map(isFirst ? [] : useBuildHistory.getState().builds);
          isFirst = false;
          for (const build of set) builds.set(build.id, build);
          for (const id of remove) builds.delete(id);
          useBuildHistory.setState({ builds, known: true, failure: undefined });
        },
        onClosed: (failure) => useBuildHistory.setState({ failure }),
      },
    );
    return () => handle.close();
  }, [client, offered, running]);
}

/** Follows a build that the history knows; undefined until something is known of it. */
export function useBuild(id: string | undefined): {
  readonly view: BuildView | undefined;
  readonly failure: ContractFailure | undefined;
} {
  const client = useConnection((connection) => connection.client);
  const known = useBuildHistory((state) => id !== undefined && state.builds.has(id));
  const [found, setFound] = useState<{
    id: string;
    view: BuildView | undefined;
    failure?: ContractFailure;
  }>();
  useEffect(() => {
    if (client === undefined || id === undefined || !known) return;
    let view: BuildView | undefined;
    const handle = client.open(
      'build',
      { id },
      {
        onEvent: (event) => {
          view = applyBuildEvent(view, buildEvent.parse(event));
          setFound({ id, view });
        },
        onClosed: (failure) => {
          if (failure !== undefined) setFound({ id, view, failure });
        },
      },
    );
    return () => handle.close();
  }, [client, id, known]);
  const mine = found !== undefined && found.id === id ? found : undefined;
  return { view: mine?.view, failure: mine?.failure };
}
