// Start, stop, restart, kill and remove, with what the row shows meanwhile: the verb under way, or why the last one failed.
import { create } from 'zustand';
import { en } from '../strings/en.ts';
import { asFailure, connectionLost, sentenceOf } from '../transport/contract-failure.ts';
import { useConnection } from '../transport/connection.ts';
import { useModel } from './model-store.ts';
import { showToast } from './toast-store.ts';

export type ContainerVerb = 'start' | 'stop' | 'restart' | 'kill' | 'remove';

interface ActionState {
  /** By container id: what is under way. */
  readonly busy: ReadonlyMap<string, ContainerVerb>;
  /** By container id: the sentence of the last failure, until the next action. */
  readonly failed: ReadonlyMap<string, string>;
}

export const useContainerActions = create<ActionState>(() => ({ busy: new Map(), failed: new Map() }));

function withEntry<V>(map: ReadonlyMap<string, V>, id: string, value: V | undefined): ReadonlyMap<string, V> {
  const next = new Map(map);
  if (value === undefined) next.delete(id);
  else next.set(id, value);
  return next;
}

/** Does it, shows it on the row, and on failure says so there and in a toast. Resolves to whether it went well. */
export async function actOnContainer(id: string, verb: ContainerVerb): Promise<boolean> {
  if (useContainerActions.getState().busy.has(id)) return false;
  const name = useModel.getState().containers.get(id)?.name ?? id.slice(0, 12);
  useContainerActions.setState((state) => ({
    busy: withEntry(state.busy, id, verb),
    failed: withEntry(state.failed, id, undefined),
  }));
  try {
    const client = useConnection.getState().client;
    if (client === undefined) throw connectionLost();
    if (verb === 'remove') await client.call('containers.remove', { id, force: true });
    else await client.call(`containers.${verb}`, { id });
    return true;
  } catch (error) {
    const sentence = sentenceOf(asFailure(error));
    useContainerActions.setState((state) => ({ failed: withEntry(state.failed, id, sentence) }));
    showToast('bad', en.actions.failed(verb, name), sentence);
    return false;
  } finally {
    useContainerActions.setState((state) => ({ busy: withEntry(state.busy, id, undefined) }));
  }
}

/** Forgets what is known of containers that are gone. */
export function startForgettingActions(): void {
  useModel.subscribe((state, before) => {
    if (state.containers === before.containers) return;
    const { failed } = useContainerActions.getState();
    const kept = new Map([...failed].filter(([id]) => state.containers.has(id)));
    if (kept.size !== failed.size) useContainerActions.setState({ failed: kept });
  });
}
