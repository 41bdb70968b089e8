// Which runs of containers somebody stopped or killed from here, so that their exit by a signal is not shown as a failure. The
// engine does not tell who ended a run. A run is known by its start; this browser or window remembers the latest few hundred,
// so that a reload does not turn them red.
import { z } from 'zod';
import { create } from 'zustand';

const key = 'berth.stops';
const most = 500;
const storedStops = z.array(z.tuple([z.string(), z.number()]));

function remembered(): ReadonlyMap<string, number> {
  try {
    return new Map(storedStops.parse(JSON.parse(localStorage.getItem(key) ?? '')));
  } catch {
    return new Map();
  }
}

/** By container id: when the run that was ended had started. */
const useStops = create<{ readonly runs: ReadonlyMap<string, number> }>(() => ({ runs: remembered() }));

/** This run was stopped or killed on purpose. */
export function rememberStop(id: string, startedMs: number): void {
  const runs = new Map(useStops.getState().runs);
  // The latest stand last.
  runs.delete(id);
  runs.set(id, startedMs);
  const kept = [...runs].slice(-most);
  localStorage.setItem(key, JSON.stringify(kept));
  useStops.setState({ runs: new Map(kept) });
}

/** Whether the run that began then was stopped or killed on purpose. */
export function useAskedToStop(id: string, startedMs: number | null): boolean {
  return useStops((state) => startedMs !== null && state.runs.get(id) === startedMs);
}
