// Start, stop, restart, pause, unpause, kill and remove, for one container or many, with what the row shows meanwhile: the
// verb under way, or why the last one failed.
import { create } from 'zustand';
import { inert } from '../format/inert.ts';
import { en } from '../strings/en.ts';
import { asFailure, sentenceOf } from '../transport/contract-failure.ts';
import { openClient } from '../transport/connection.ts';
import { rememberStop } from './asked-stops.ts';
import { useModel } from './model-store.ts';
import { showToast } from './toast-store.ts';

export type ContainerVerb = 'start' | 'stop' | 'restart' | 'pause' | 'unpause' | 'kill' | 'remove';

interface ActionState {
  /** By container id: what is under way. */
  readonly busy: ReadonlyMap<string, ContainerVerb>;
  /** By container id: the sentence of the last failure, until the next action. */
  readonly failed: ReadonlyMap<string, string>;
}

export const useContainerActions = create<ActionState>(() => ({ busy: new Map(), failed: new Map() }));

/** Calls of one bulk action that are under way at once. */
const atOnce = 8;

function withEntry<V>(map: ReadonlyMap<string, V>, id: string, value: V | undefined): ReadonlyMap<string, V> {
  const next = new Map(map);
  if (value === undefined) next.delete(id);
  else next.set(id, value);
  return next;
}

function nameOf(id: string): string {
  return inert(useModel.getState().containers.get(id)?.name ?? id.slice(0, 12));
}

/** Does it, shows it on the row, and on failure says so there and in a toast. Resolves to whether it went well. */
export async function actOnContainer(id: string, verb: ContainerVerb): Promise<boolean> {
  const name = nameOf(id);
  const failure = await attempt(id, verb);
  if (failure !== undefined && failure !== '') showToast('bad', en.actions.failed(verb, name), failure);
  return failure === undefined;
}

/** Does it to all of them, a few at once; each row shows its own, and one toast tells what failed. */
export async function actOnContainers(ids: readonly string[], verb: ContainerVerb): Promise<void> {
  const [only] = ids;
  if (ids.length === 1 && only !== undefined) {
    await actOnContainer(only, verb);
    return;
  }
  const waiting = [...ids];
  const failures: { readonly name: string; readonly sentence: string }[] = [];
  const work = async (): Promise<void> => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      const name = nameOf(id);
      const sentence = await attempt(id, verb);
      if (sentence !== undefined && sentence !== '') failures.push({ name, sentence });
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, ids.length) }, work));
  const [first] = failures;
  if (first === undefined) return;
  showToast(
    'bad',
    en.actions.failedMany(verb, failures.length, ids.length),
    en.actions.failedFirst(first.name, first.sentence),
  );
}

/** The sentence of the failure; undefined when it went well, empty when something else is under way there. */
async function attempt(id: string, verb: ContainerVerb): Promise<string | undefined> {
  if (useContainerActions.getState().busy.has(id)) return '';
  const run = useModel.getState().containers.get(id)?.startedMs ?? null;
  useContainerActions.setState((state) => ({
    busy: withEntry(state.busy, id, verb),
    failed: withEntry(state.failed, id, undefined),
  }));
  try {
    const client = openClient();
    if (verb === 'remove') await client.call('containers.remove', { id, force: true });
    else await client.call(`containers.${verb}`, { id });
    if ((verb === 'stop' || verb === 'kill') && run !== null) rememberStop(id, run);
    return undefined;
  } catch (error) {
    const sentence = sentenceOf(asFailure(error));
    useContainerActions.setState((state) => ({ failed: withEntry(state.failed, id, sentence) }));
    return sentence;
  } finally {
    useContainerActions.setState((state) => ({ busy: withEntry(state.busy, id, undefined) }));
  }
}

/** Forgets what is known of containers that are gone. */
export function startForgettingActions(): void {
  useModel.subscribe((state, before) => {
    if (state.containers === before.containers) return;
    const { failed } = useContainerActions.getState();
    if (failed.size === 0) return;
    const kept = new Map([...failed].filter(([id]) => state.containers.has(id)));
    if (kept.size !== failed.size) useContainerActions.setState({ failed: kept });
  });
}
