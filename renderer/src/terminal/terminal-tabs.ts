// Which session of each container is in front, what is being begun, and how a session is begun, repeated and closed.
import { create } from 'zustand';
import type { TerminalModel } from '../../../runtime/contract/model.ts';
import { useModel } from '../state/model-store.ts';
import { openClient, useConnection } from '../transport/connection.ts';
import { asFailure, type ContractFailure } from '../transport/contract-failure.ts';
import { beginFresh, screenOf } from './terminal-screens.ts';

/** What to begin in a container. */
export interface TerminalWish {
  readonly kind: 'exec' | 'attach';
  /** Empty: the first of bash, ash, sh that is there. */
  readonly command: readonly string[];
  /** Empty: the container's own. */
  readonly user: string;
}

export const defaultShell: TerminalWish = { kind: 'exec', command: [], user: '' };

interface TerminalTabs {
  /** The session in front, by container. */
  readonly front: ReadonlyMap<string, string>;
  /** Containers in which a session is being begun. */
  readonly opening: ReadonlySet<string>;
  readonly failures: ReadonlyMap<string, { readonly wish: TerminalWish; readonly failure: ContractFailure }>;
  /** Containers whose terminal was looked at: a shell is begun by itself the first time only. */
  readonly visited: ReadonlySet<string>;
}

export const useTerminalTabs = create<TerminalTabs>(() => ({
  front: new Map(),
  opening: new Set(),
  failures: new Map(),
  visited: new Set(),
}));

/** Brings a session to the front. */
export function showSession(container: string, session: string): void {
  useTerminalTabs.setState(({ front }) => ({ front: new Map(front).set(container, session) }));
}

export function markVisited(container: string): void {
  useTerminalTabs.setState(({ visited }) => ({ visited: new Set(visited).add(container) }));
}

/** Begins a session and brings it to the front; one at a time in each container. */
export async function beginSession(container: string, wish: TerminalWish): Promise<void> {
  const { opening, front } = useTerminalTabs.getState();
  if (opening.has(container)) return;
  useTerminalTabs.setState(({ failures }) => ({
    opening: new Set(opening).add(container),
    failures: without(failures, container),
  }));
  const beside = front.get(container);
  const known = beside !== undefined && useModel.getState().terminals.has(beside);
  const size = known ? screenOf(beside).size : { rows: 24, columns: 80 };
  try {
    const client = openClient();
    const request = { container, ...wish, command: [...wish.command], ...size };
    const { id } = await beginFresh(container, () => client.call('terminals.create', request));
    showSession(container, id);
  } catch (error) {
    const failure = asFailure(error);
    useTerminalTabs.setState(({ failures }) => ({
      failures: new Map(failures).set(container, { wish, failure }),
    }));
  }
  useTerminalTabs.setState((state) => {
    const rest = new Set(state.opening);
    rest.delete(container);
    return { opening: rest };
  });
}

/** Begins an ended session again, in its place. */
export async function repeatSession(session: TerminalModel): Promise<void> {
  const { container, kind, command, user } = session;
  await beginSession(container, { kind, command, user });
  if (!useTerminalTabs.getState().failures.has(container)) closeSession(session);
}

/** Ends a session and forgets it; the one beside it comes to the front. */
export function closeSession(session: TerminalModel): void {
  const { client } = useConnection.getState();
  const beside = sessionsOf(useModel.getState().terminals, session.container);
  const at = beside.findIndex(({ id }) => id === session.id);
  const next = beside[at + 1] ?? beside[at - 1];
  if (next !== undefined && frontSession(session.container)?.id === session.id)
    showSession(session.container, next.id);
  // Gone already is as good.
  client?.call('terminals.close', { id: session.id }).catch(() => undefined);
}

export function forgetFailure(container: string): void {
  useTerminalTabs.setState(({ failures }) => ({ failures: without(failures, container) }));
}

function frontSession(container: string): TerminalModel | undefined {
  const id = useTerminalTabs.getState().front.get(container);
  return id === undefined ? undefined : useModel.getState().terminals.get(id);
}

/** A container's sessions, the oldest first. */
export function sessionsOf(
  terminals: ReadonlyMap<string, TerminalModel>,
  container: string,
): readonly TerminalModel[] {
  return [...terminals.values()]
    .filter((terminal) => terminal.container === container)
    .sort((one, other) => one.startedMs - other.startedMs);
}

function without<T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  const after = new Map(map);
  after.delete(key);
  return after;
}
