// Turns what the model tells into messages: a long job that ended, a container that failed, while one looked elsewhere.
import type { ContainerModel, TaskModel } from '../../../runtime/contract/model.ts';
import { inert } from '../format/inert.ts';
import { containerStatus, isAlive } from '../pages/containers/container-status.ts';
import { containerPath, pagePath } from '../route.ts';
import { en } from '../strings/en.ts';
import { useDialog } from './dialog-store.ts';
import { useModel } from './model-store.ts';
import { usePreferences } from './preferences-store.ts';
import { keepMessage, showToast } from './toast-store.ts';

/** The tasks that ended between two states of the model; one that was cancelled was so by a person, who knows. */
export function endedTasks(
  before: ReadonlyMap<string, TaskModel>,
  after: ReadonlyMap<string, TaskModel>,
): TaskModel[] {
  if (before === after) return [];
  return [...after.values()].filter(
    (task) => (task.state === 'done' || task.state === 'failed') && before.get(task.id)?.state === 'running',
  );
}

/** The containers that ended with a failure between two states of the model. */
export function failedContainers(
  before: ReadonlyMap<string, ContainerModel>,
  after: ReadonlyMap<string, ContainerModel>,
): ContainerModel[] {
  if (before === after) return [];
  const failed: ContainerModel[] = [];
  for (const container of after.values()) {
    const known = before.get(container.id);
    if (known === undefined || known === container || isAlive(container)) continue;
    // It may have run so shortly that it was never seen running.
    if (!isAlive(known) && known.finishedMs === container.finishedMs) continue;
    if (containerStatus(container).mark === 'failed') failed.push(container);
  }
  return failed;
}

function tellTask(task: TaskModel): void {
  const { dialog } = useDialog.getState();
  // The dialog says it itself.
  if (dialog?.kind === 'pull' || dialog?.kind === 'run') return;
  // The page of builds shows its own.
  if (task.kind === 'build' && location.hash.startsWith('#/builds')) return;
  const page = task.kind === 'build' ? pagePath('builds', task.id) : pagePath('images');
  const subject = inert(task.subject);
  const kind = en.tasks.kinds[task.kind];
  if (task.state === 'failed') {
    showToast('bad', kind.failed(subject), [task.error, task.hint].filter((text) => text !== '').join(' '));
  } else if (usePreferences.getState().tellTasks) {
    showToast('info', kind.done(subject), kind.doneText, page);
  } else keepMessage('info', kind.done(subject), kind.doneText, page);
}

/** Starts telling for the life of the page. */
export function startNotices(): void {
  useModel.subscribe((state, before) => {
    for (const task of endedTasks(before.tasks, state.tasks)) tellTask(task);
    if (!usePreferences.getState().tellContainers) return;
    for (const container of failedContainers(before.containers, state.containers)) {
      keepMessage(
        'bad',
        en.notices.containerFailed(inert(container.name)),
        containerStatus(container).text,
        containerPath(container.id),
      );
    }
  });
}
