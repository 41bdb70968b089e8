// Long jobs. They belong to the backend: a window that closes does not end them, and a window that comes later sees how
// they are and how they ended, until somebody takes them off the list.
import { randomUUID } from 'node:crypto';
import type { TaskModel } from '../contract/model.ts';
import type { ContractError } from '../contract/wire.ts';
import { ContractFailure, contractError, toContractError } from './contract-failure.ts';
import type { Disposable } from './disposable.ts';
import type { LiveModel } from './live-model.ts';

/** Progress is told at most so often. */
const tellEveryMs = 100;
/** Ended tasks that are kept; the oldest goes first. */
const keptTasks = 50;

/** How far a job is. */
export type TaskProgress = Pick<TaskModel, 'status' | 'parts'>;

/** A job: tells its progress as often as it likes, ends early when the signal says so, and rejects when it fails. */
export type TaskWork = (tell: (progress: TaskProgress) => void, signal: AbortSignal) => Promise<void>;

interface RunningTask {
  task: TaskModel;
  readonly abort: AbortController;
  timer: NodeJS.Timeout | undefined;
}

/** All tasks, running and ended. */
export class TaskList implements Disposable {
  readonly #model: LiveModel;
  readonly #running = new Map<string, RunningTask>();

  constructor(model: LiveModel) {
    this.#model = model;
  }

  /**
   * Begins a job and returns its id. Without an id of its own the job is the one of this kind and subject which runs already, if there is one.
   */
  begin(kind: TaskModel['kind'], subject: string, work: TaskWork, ownId?: string): string {
    for (const { task } of this.#running.values()) {
      if (ownId === undefined && task.kind === kind && task.subject === subject) return task.id;
    }
    const task: TaskModel = {
      id: ownId ?? randomUUID(),
      kind,
      subject,
      state: 'running',
      startedMs: Date.now(),
      endedMs: null,
      status: '',
      parts: [],
      error: '',
      hint: '',
    };
    const running: RunningTask = { task, abort: new AbortController(), timer: undefined };
    this.#running.set(task.id, running);
    this.#model.set('tasks', task);
    const tell = (progress: TaskProgress) => {
      running.task = { ...running.task, ...progress };
      if (!this.#running.has(task.id)) return;
      running.timer ??= setTimeout(() => {
        running.timer = undefined;
        this.#model.set('tasks', running.task);
      }, tellEveryMs);
    };
    work(tell, running.abort.signal).then(
      () => this.#end(running, 'done'),
      (error: unknown) => this.#end(running, 'failed', toContractError(error)),
    );
    return task.id;
  }

  isRunning(id: string): boolean {
    return this.#running.has(id);
  }

  /** Ends a job early. One that has ended already stays as it is. */
  cancel(id: string): void {
    const running = this.#running.get(id);
    if (running === undefined) {
      this.#known(id);
      return;
    }
    running.abort.abort();
    this.#end(running, 'cancelled');
  }

  /** Takes an ended job off the list. */
  forget(id: string): void {
    if (this.#known(id).state === 'running') {
      throw new ContractFailure(contractError('conflict', 'This task is still running.', 'Cancel it first.'));
    }
    this.#model.remove('tasks', id);
  }

  dispose(): void {
    for (const running of this.#running.values()) {
      clearTimeout(running.timer);
      running.abort.abort();
    }
    this.#running.clear();
  }

  #known(id: string): TaskModel {
    const task = this.#model.entities('tasks').get(id);
    if (task === undefined) throw new ContractFailure(contractError('notFound', 'There is no such task.'));
    return task;
  }

  /** The first end counts: what a cancelled job still says is not heard. */
  #end(running: RunningTask, state: TaskModel['state'], error?: ContractError): void {
    if (!this.#running.delete(running.task.id)) return;
    clearTimeout(running.timer);
    this.#model.set('tasks', {
      ...running.task,
      state,
      endedMs: Date.now(),
      error: error?.message ?? '',
      hint: error?.hint ?? '',
    });
    const ended = [...this.#model.entities('tasks').values()].filter(({ endedMs }) => endedMs !== null);
    ended.sort((one, other) => (one.endedMs ?? 0) - (other.endedMs ?? 0));
    for (const { id } of ended.slice(0, -keptTasks)) this.#model.remove('tasks', id);
  }
}
