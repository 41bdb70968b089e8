// Pulls under way and just ended, by reference. They belong to the window, not to a dialog: closing the dialog leaves the
// pull running, and it can be shown again.
import { create } from 'zustand';
import { connectionLost } from '../transport/contract-failure.ts';
import { useConnection } from '../transport/connection.ts';
import { pullEvent } from '../transport/model-schema.ts';

export interface PullLayer {
  readonly id: string;
  readonly status: string;
  readonly currentBytes: number;
  readonly totalBytes: number;
}

export interface Pull {
  readonly reference: string;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  /** What the engine says about the pull as a whole. */
  readonly status: string;
  readonly layers: readonly PullLayer[];
  readonly error: string;
  readonly hint: string;
}

export const usePulls = create<{ readonly pulls: ReadonlyMap<string, Pull> }>(() => ({ pulls: new Map() }));

const closers = new Map<string, () => void>();

function update(reference: string, change: (pull: Pull) => Pull): void {
  usePulls.setState((state) => {
    const pull = state.pulls.get(reference);
    if (pull === undefined) return state;
    return { pulls: new Map(state.pulls).set(reference, change(pull)) };
  });
}

/** Starts a pull unless one of the same reference runs. Resolves when it ends; the store says how. */
export function startPull(reference: string): Promise<Pull | undefined> {
  const running = closers.has(reference);
  if (!running) {
    const pull: Pull = { reference, state: 'running', status: '', layers: [], error: '', hint: '' };
    usePulls.setState((state) => ({ pulls: new Map(state.pulls).set(reference, pull) }));
    open(reference);
  }
  return new Promise((resolve) => {
    const check = (): boolean => {
      const pull = usePulls.getState().pulls.get(reference);
      if (pull !== undefined && pull.state === 'running') return false;
      resolve(pull);
      return true;
    };
    if (check()) return;
    const unsubscribe = usePulls.subscribe(() => {
      if (check()) unsubscribe();
    });
  });
}

function open(reference: string): void {
  const client = useConnection.getState().client;
  if (client === undefined) {
    const failure = connectionLost();
    update(reference, (pull) => ({ ...pull, state: 'failed', error: failure.message, hint: failure.hint }));
    return;
  }
  const stream = client.open(
    'pull',
    { reference },
    {
      onEvent: (event) => {
        const parsed = pullEvent.safeParse(event);
        if (!parsed.success) return;
        const { layer, status, current, total } = parsed.data;
        update(reference, (pull) => {
          if (layer === '') return { ...pull, status };
          const at = pull.layers.findIndex((known) => known.id === layer);
          const next: PullLayer = { id: layer, status, currentBytes: current, totalBytes: total };
          return { ...pull, layers: at < 0 ? [...pull.layers, next] : pull.layers.with(at, next) };
        });
      },
      onClosed: (failure) => {
        closers.delete(reference);
        update(reference, (pull) =>
          failure === undefined
            ? { ...pull, state: 'done' }
            : { ...pull, state: 'failed', error: failure.message, hint: failure.hint },
        );
      },
    },
  );
  closers.set(reference, () => stream.close());
}

/** Stops a pull; what was downloaded so far stays with the engine or not, as it likes. */
export function cancelPull(reference: string): void {
  closers.get(reference)?.();
  closers.delete(reference);
  update(reference, (pull) => (pull.state === 'running' ? { ...pull, state: 'cancelled' } : pull));
}

/** Takes an ended pull off the list. */
export function forgetPull(reference: string): void {
  if (closers.has(reference)) return;
  usePulls.setState((state) => {
    const pulls = new Map(state.pulls);
    pulls.delete(reference);
    return { pulls };
  });
}

/** How far a pull is, 0 to 1, by downloaded bytes; undefined while nothing is known. */
export function pullShare(pull: Pull): number | undefined {
  if (pull.state === 'done') return 1;
  let current = 0;
  let total = 0;
  for (const layer of pull.layers) {
    current += layer.currentBytes;
    total += layer.totalBytes;
  }
  return total > 0 ? Math.min(1, current / total) : undefined;
}
