// What can be done to the selected containers, below the list while any are selected. A verb is there when it makes sense for
// at least one of them, and is done to those.
import { OctagonX, Pause, Play, RotateCw, ScrollText, Square, Trash2 } from 'lucide-react';
import { useSyncExternalStore, type ReactNode } from 'react';
import { useShallow } from 'zustand/react/shallow';
import { SelectionBar } from '../../components/SelectionBar.tsx';
import { Tip } from '../../components/Tip.tsx';
import { openMergedLogs } from '../../logs/merged-logs.ts';
import type { ContainerVerb } from '../../state/container-actions.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { command, doable } from './container-commands.ts';
import { containerSelection } from './container-selection.ts';

const words = en.containers;

const verbs: readonly { readonly verb: ContainerVerb; readonly icon: ReactNode; readonly key?: string }[] = [
  { verb: 'start', icon: <Play aria-hidden /> },
  { verb: 'stop', icon: <Square aria-hidden /> },
  { verb: 'restart', icon: <RotateCw aria-hidden />, key: 'r' },
  { verb: 'pause', icon: <Pause aria-hidden /> },
  { verb: 'unpause', icon: <Play aria-hidden /> },
  { verb: 'kill', icon: <OctagonX aria-hidden />, key: 'k' },
  { verb: 'remove', icon: <Trash2 aria-hidden />, key: 'd' },
];

/** How many are selected. */
export function useSelectedCount(): number {
  return useSyncExternalStore(containerSelection.subscribe, () => containerSelection.ids().size);
}

export function BulkBar() {
  const selected = useSyncExternalStore(containerSelection.subscribe, containerSelection.ids);
  const ids = [...selected];
  const able = useModel(
    useShallow((state) => verbs.map(({ verb }) => doable(verb, ids, state.containers).length)),
  );
  return (
    <SelectionBar label={words.bulk} selection={containerSelection}>
      {verbs.map(({ verb, icon, key }, index) => {
        const count = able[index] ?? 0;
        // One of the two is never wanted; the place is scarce.
        if (verb === 'unpause' && count === 0) return null;
        const asks = verb === 'kill' || verb === 'remove';
        const name = asks ? `${en.actions.name(verb)}…` : en.actions.name(verb);
        const tip = words.bulkTip(en.actions.name(verb), count, ids.length);
        return (
          <Tip key={verb} text={key === undefined ? tip : `${tip} (${key})`}>
            <button
              type="button"
              className={`btn h-[26px] px-2 ${verb === 'remove' ? 'text-bad' : ''}`}
              aria-label={name}
              disabled={count === 0}
              onClick={() => command(verb, ids)}
            >
              {icon}
              <span className="bulk-text">{name}</span>
            </button>
          </Tip>
        );
      })}
      <Tip text={`${en.mergedLogs.open} (m)`}>
        <button
          type="button"
          className="btn h-[26px] px-2"
          aria-label={en.mergedLogs.open}
          onClick={() => openMergedLogs(ids)}
        >
          <ScrollText aria-hidden />
          <span className="bulk-text">{en.actions.logs}</span>
        </button>
      </Tip>
    </SelectionBar>
  );
}
