// Which containers the list shows, and in which order. Pure; the page calls it when the model or the filter changes.
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { isAlive } from './container-status.ts';

export type ContainerColumn = 'status' | 'name' | 'image' | 'ports' | 'up' | 'actions';
export type WhichContainers = 'all' | 'running' | 'stopped';

const stateOrder = ['running', 'restarting', 'paused', 'created', 'exited', 'dead', 'removing'];
const byText = new Intl.Collator(undefined, { numeric: true });

/** Whether the words typed are all somewhere in its name, image, id or ports. */
function matches(container: ContainerModel, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const ports = container.ports.map((port) => `${port.hostPort ?? ''}:${port.containerPort}`).join(' ');
  const text = `${container.name} ${container.image} ${container.id.slice(0, 12)} ${ports}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function compare(column: ContainerColumn, a: ContainerModel, b: ContainerModel): number {
  switch (column) {
    case 'status':
      return (
        stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state) || (a.exitCode ?? 0) - (b.exitCode ?? 0)
      );
    case 'image':
      return byText.compare(a.image, b.image);
    case 'ports':
      return (a.ports[0]?.hostPort ?? Infinity) < (b.ports[0]?.hostPort ?? Infinity) ? -1 : 1;
    case 'up':
      // The longest up first; what does not run comes last, the newest first.
      return (
        (isAlive(a) ? (a.startedMs ?? 0) : 1e15 - a.createdMs) -
        (isAlive(b) ? (b.startedMs ?? 0) : 1e15 - b.createdMs)
      );
    case 'name':
    case 'actions':
      return byText.compare(a.name, b.name);
  }
}

/** The ids to show, in order. Equal ones are ordered by name, so nothing jumps. */
export function listContainers(
  containers: ReadonlyMap<string, ContainerModel>,
  text: string,
  which: WhichContainers,
  column: ContainerColumn,
  ascending: boolean,
): string[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const shown = [...containers.values()].filter(
    (container) =>
      (which === 'all' || isAlive(container) === (which === 'running')) && matches(container, words),
  );
  const sign = ascending ? 1 : -1;
  shown.sort((a, b) => sign * compare(column, a, b) || byText.compare(a.name, b.name));
  return shown.map((container) => container.id);
}
