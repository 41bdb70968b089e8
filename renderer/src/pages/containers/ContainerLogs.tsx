// The log of one container, live.
import { useMemo } from 'react';
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { inert } from '../../format/inert.ts';
import { LogView } from '../../logs/LogView.tsx';
import { useLogFeed } from '../../logs/use-log-feed.ts';
import { en } from '../../strings/en.ts';
import { isAlive } from './container-status.ts';

const none: ReadonlySet<number> = new Set();
const noNames: readonly string[] = [];

export function ContainerLogs({ container }: { readonly container: ContainerModel }) {
  const { id, name } = container;
  const ids = useMemo(() => [id], [id]);
  const { feed, state } = useLogFeed(ids);
  return (
    <LogView
      feed={feed}
      state={state}
      title={inert(name)}
      names={noNames}
      hidden={none}
      emptyText={isAlive(container) ? en.logs.empty : en.logs.emptyStopped}
    />
  );
}
