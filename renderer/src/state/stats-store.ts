// What containers and the machine use, live. Whoever shows figures of a container registers its id while it does; the feed
// (`stats-feed.ts`) keeps one stream open for all of them. Nothing is measured that nobody looks at.
import { useEffect } from 'react';
import { create } from 'zustand';
import type { MachineSample } from '../../../runtime/contract/streams.ts';
import type { StatsHistory, StatsPoint } from './stats-history.ts';

interface StatsState {
  /** By container id: its figures now. Empty while nothing is heard from the engine: old figures are no figures. */
  readonly latest: ReadonlyMap<string, StatsPoint>;
  /** By container id: the last minute, oldest first. */
  readonly history: StatsHistory;
  /** Absent where the engine does not tell, and while nothing is heard from it. */
  readonly machine: MachineSample | undefined;
}

export const useStats = create<StatsState>(() => ({
  latest: new Map(),
  history: new Map(),
  machine: undefined,
}));

interface Wanted {
  /** By container id: how many show it. */
  readonly ids: ReadonlyMap<string, number>;
  /** How many show the machine's figures. */
  readonly machine: number;
}

/** Who is registered. For the feed; everybody else registers. */
export const useWantedStats = create<Wanted>(() => ({ ids: new Map(), machine: 0 }));

function count(id: string, by: 1 | -1): void {
  useWantedStats.setState(({ ids }) => {
    const next = new Map(ids);
    const left = (ids.get(id) ?? 0) + by;
    if (left > 0) next.set(id, left);
    else next.delete(id);
    return { ids: next };
  });
}

/** Asks for a container's figures until the returned function is called. */
export function registerStats(id: string): () => void {
  count(id, 1);
  return () => count(id, -1);
}

const noPoints: readonly StatsPoint[] = [];

/** A container's figures now, asked for while the component is there and `wanted`: a stopped container has none. */
export function useContainerStats(id: string, wanted = true): StatsPoint | undefined {
  useRegistered(id, wanted);
  return useStats((state) => (wanted ? state.latest.get(id) : undefined));
}

/** A container's last minute, oldest first, asked for in the same way. */
export function useContainerHistory(id: string, wanted = true): readonly StatsPoint[] {
  useRegistered(id, wanted);
  return useStats((state) => (wanted ? state.history.get(id) : undefined)) ?? noPoints;
}

function useRegistered(id: string, wanted: boolean): void {
  useEffect(() => (wanted ? registerStats(id) : undefined), [id, wanted]);
}

/** What the machine uses, asked for while the component is there. */
export function useMachineStats(): MachineSample | undefined {
  useEffect(() => {
    useWantedStats.setState(({ machine }) => ({ machine: machine + 1 }));
    return () => useWantedStats.setState(({ machine }) => ({ machine: machine - 1 }));
  }, []);
  return useStats((state) => state.machine);
}
