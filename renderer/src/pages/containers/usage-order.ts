// By what the list is ordered when it is ordered by CPU or memory: everybody's use at one moment, taken anew every few seconds
// only, so that rows stand still long enough to be read and clicked.
import { useEffect, useState } from 'react';
import { useModel } from '../../state/model-store.ts';
import { registerStats, useStats } from '../../state/stats-store.ts';
import { isAlive } from './container-status.ts';

const everyMs = 3000;

/** By id: CPU percent or bytes; undefined while the list is ordered by something else. */
export function useUsageOrder(column: string): ReadonlyMap<string, number> | undefined {
  const wanted = column === 'cpu' || column === 'memory' ? column : undefined;
  const [usage, setUsage] = useState<ReadonlyMap<string, number>>();
  useEffect(() => {
    if (wanted === undefined) return;
    const leave = registerAll();
    let takenMs = -Infinity;
    const take = (): void => {
      const { latest } = useStats.getState();
      if (latest.size === 0 || performance.now() - takenMs < everyMs) return;
      takenMs = performance.now();
      setUsage(
        new Map(
          [...latest.values()].map((point) => [
            point.id,
            wanted === 'cpu' ? (point.cpuPercent ?? 0) : point.memoryBytes,
          ]),
        ),
      );
    };
    // Figures come once a second; each is an occasion, none is a timer of ours.
    const stop = useStats.subscribe(take);
    take();
    return () => {
      stop();
      leave();
      setUsage(undefined);
    };
  }, [wanted]);
  return wanted === undefined ? undefined : usage;
}

/** Asks for the figures of all that run, also of those that come. */
function registerAll(): () => void {
  const leavers = new Map<string, () => void>();
  const follow = (): void => {
    const { containers } = useModel.getState();
    for (const container of containers.values()) {
      if (isAlive(container) && !leavers.has(container.id))
        leavers.set(container.id, registerStats(container.id));
    }
    for (const [id, leave] of leavers) {
      const container = containers.get(id);
      if (container !== undefined && isAlive(container)) continue;
      leave();
      leavers.delete(id);
    }
  };
  follow();
  const stop = useModel.subscribe((state, before) => {
    if (state.containers !== before.containers) follow();
  });
  return () => {
    stop();
    for (const leave of leavers.values()) leave();
  };
}
