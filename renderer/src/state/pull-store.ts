// Pulls that run, or ended, by reference. They are tasks of the backend: closing a dialog or the window leaves a pull
// running, and it can be shown again. What could not even be begun is kept here.
import { create } from 'zustand';
import type { TaskModel } from '../../../runtime/contract/model.ts';
import { asFailure, connectionLost, type ContractFailure } from '../transport/contract-failure.ts';
import { useConnection } from '../transport/connection.ts';
import { useModel } from './model-store.ts';

export type PullLayer = TaskModel['parts'][number];

export interface Pull {
  readonly reference: string;
  readonly state: 'running' | 'done' | 'failed' | 'cancelled';
  /** What the engine says about the pull as a whole. */
  readonly status: string;
  readonly layers: readonly PullLayer[];
  readonly error: string;
  readonly hint: string;
}

interface PullState {
  readonly pulls: ReadonlyMap<string, Pull>;
  /** Pulls without a task: being asked for, or refused. */
  readonly untasked: ReadonlyMap<string, Pull>;
}

export const usePulls = create<PullState>(() => ({ pulls: new Map(), untasked: new Map() }));

const shown = new WeakMap<TaskModel, Pull>();

function pullOf(task: TaskModel): Pull {
  const known = shown.get(task);
  if (known !== undefined) return known;
  const { subject: reference, state, status, parts: layers, error, hint } = task;
  const pull: Pull = { reference, state, status, layers, error, hint };
  shown.set(task, pull);
  return pull;
}

function tasksOf(reference?: string): TaskModel[] {
  return [...useModel.getState().tasks.values()]
    .filter(({ kind, subject }) => kind === 'pull' && (reference === undefined || subject === reference))
    .sort((one, other) => one.startedMs - other.startedMs);
}

/** The newest pull of each reference. */
function show(untasked: ReadonlyMap<string, Pull>): void {
  const pulls = new Map(tasksOf().map((task) => [task.subject, pullOf(task)]));
  for (const [reference, pull] of untasked) pulls.set(reference, pull);
  usePulls.setState({ pulls, untasked });
}

useModel.subscribe((state, before) => {
  if (state.tasks !== before.tasks) show(usePulls.getState().untasked);
});

function setUntasked(reference: string, pull: Pull | undefined): void {
  const untasked = new Map(usePulls.getState().untasked);
  if (pull === undefined) untasked.delete(reference);
  else untasked.set(reference, pull);
  show(untasked);
}

function untasked(reference: string, failure?: ContractFailure): Pull {
  return {
    reference,
    state: failure === undefined ? 'running' : 'failed',
    status: '',
    layers: [],
    error: failure?.message ?? '',
    hint: failure?.hint ?? '',
  };
}

/** Starts a pull unless one of the same reference runs. Resolves when it ends; the store says how. */
export async function startPull(reference: string): Promise<Pull | undefined> {
  setUntasked(reference, untasked(reference));
  try {
    const client = useConnection.getState().client;
    if (client === undefined) throw connectionLost();
    const { id } = await client.call('tasks.pull', { reference });
    const task = await taskWhere(id, () => true);
    setUntasked(reference, undefined);
    return pullOf(await taskWhere(id, ({ state }) => state !== 'running', task));
  } catch (error) {
    const pull = untasked(reference, asFailure(error));
    setUntasked(reference, pull);
    return pull;
  }
}

/** The task as soon as that holds for it. One that goes away after it was seen counts as cancelled. */
function taskWhere(id: string, holds: (task: TaskModel) => boolean, seen?: TaskModel): Promise<TaskModel> {
  return new Promise((resolve) => {
    const check = (): boolean => {
      const task = useModel.getState().tasks.get(id);
      if (task !== undefined && holds(task)) resolve(task);
      else if (task === undefined && seen !== undefined) resolve({ ...seen, state: 'cancelled' });
      else return false;
      return true;
    };
    if (check()) return;
    const unsubscribe = useModel.subscribe(() => {
      if (check()) unsubscribe();
    });
  });
}

function ask(method: 'tasks.cancel' | 'tasks.forget', id: string): void {
  // What cannot be done now is done already, or will be seen: the list stays as the backend has it.
  useConnection
    .getState()
    .client?.call(method, { id })
    .catch(() => undefined);
}

/** Stops a pull; what was downloaded so far stays with the engine or not, as it likes. */
export function cancelPull(reference: string): void {
  for (const { id, state } of tasksOf(reference)) if (state === 'running') ask('tasks.cancel', id);
}

/** Takes an ended pull off the list. */
export function forgetPull(reference: string): void {
  if (usePulls.getState().untasked.get(reference)?.state === 'failed') setUntasked(reference, undefined);
  for (const { id, state } of tasksOf(reference)) if (state !== 'running') ask('tasks.forget', id);
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
