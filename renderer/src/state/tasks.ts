// What the window does with long jobs: begin a pull or a push, wait for its end, cancel, try again, forget. The tasks themselves are the
// backend's and come with the model.
import type { TaskModel } from '../../../runtime/contract/model.ts';
import { en } from '../strings/en.ts';
import { openClient, useConnection } from '../transport/connection.ts';
import { asFailure, sentenceOf } from '../transport/contract-failure.ts';
import { useModel } from './model-store.ts';
import { showToast } from './toast-store.ts';

/** Begins a pull, or joins one of the same reference, and resolves to its task's id. Rejects with a contract failure. */
export async function startPull(reference: string): Promise<string> {
  const client = openClient();
  const { id } = await client.call('tasks.pull', { reference });
  return id;
}

/** Begins a push, or joins one of the same reference, and resolves to its task's id. Rejects with a contract failure. */
export async function startPush(reference: string): Promise<string> {
  const client = openClient();
  const { id } = await client.call('tasks.push', { reference });
  return id;
}

/** Resolves when the task has ended, or is no longer known. */
export function whenEnded(id: string): Promise<TaskModel | undefined> {
  return new Promise((resolve) => {
    let seen = false;
    const check = (): boolean => {
      const task = useModel.getState().tasks.get(id);
      if (task === undefined && !seen) return false;
      seen = true;
      if (task?.state === 'running') return false;
      resolve(task);
      return true;
    };
    if (check()) return;
    const unsubscribe = useModel.subscribe(() => {
      if (check()) unsubscribe();
    });
  });
}

async function attempt(failed: string, act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    showToast('bad', failed, sentenceOf(asFailure(error)));
  }
}

/** Stops a task; what was downloaded so far stays with the engine or not, as it likes. */
export function cancelTask(task: TaskModel): Promise<void> {
  return attempt(en.tasks.kinds[task.kind].cancelFailed(task.subject), async () => {
    const client = openClient();
    await client.call('tasks.cancel', { id: task.id });
  });
}

/** Takes an ended task off the list. One that is gone already is as good. */
export async function forgetTask(id: string): Promise<void> {
  const client = useConnection.getState().client;
  try {
    await client?.call('tasks.forget', { id });
  } catch (error) {
    if (asFailure(error).code !== 'notFound') throw error;
  }
}

/** Begins an ended task anew, in its place. */
export function retryTask(task: TaskModel): Promise<void> {
  return attempt(en.tasks.kinds[task.kind].failed(task.subject), async () => {
    await forgetTask(task.id);
    await (task.kind === 'push' ? startPush : startPull)(task.subject);
  });
}

/** Takes all ended tasks off the list. */
export async function forgetEnded(): Promise<void> {
  const ended = [...useModel.getState().tasks.values()].filter((task) => task.state !== 'running');
  await Promise.all(ended.map((task) => forgetTask(task.id)));
}

/** The tasks in the order of the list: what runs first, then the newest. */
export function tasksInOrder(tasks: Iterable<TaskModel>): TaskModel[] {
  return [...tasks].sort(
    (a, b) =>
      Number(b.state === 'running') - Number(a.state === 'running') ||
      (b.endedMs ?? b.startedMs) - (a.endedMs ?? a.startedMs),
  );
}

/** How far a task is, 0 to 1, by bytes; undefined while nothing is known. */
export function taskShare(task: TaskModel): number | undefined {
  if (task.state === 'done') return 1;
  let current = 0;
  let total = 0;
  for (const part of task.parts) {
    current += part.currentBytes;
    total += part.totalBytes;
  }
  return total > 0 ? Math.min(1, current / total) : undefined;
}
