// What a letter, a menu or the bulk bar does to containers: to those in whose state it makes sense, after a question where
// something would be lost.
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { openMergedLogs } from '../../logs/merged-logs.ts';
import { containerPath } from '../../route.ts';
import { actOnContainers, type ContainerVerb } from '../../state/container-actions.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { canDo, isAlive } from './container-status.ts';

/** The containers of these ids to which it can be done now. */
export function doable(
  verb: ContainerVerb,
  ids: readonly string[],
  containers: ReadonlyMap<string, ContainerModel> = useModel.getState().containers,
): readonly string[] {
  return ids.filter((id) => {
    const container = containers.get(id);
    return container !== undefined && canDo(verb, container);
  });
}

/** Does it to those that it can be done to; kill and remove ask first. */
export function command(verb: ContainerVerb, ids: readonly string[]): void {
  const able = doable(verb, ids);
  if (able.length === 0) return;
  if (verb === 'remove') openDialog({ kind: 'removeContainers', ids: able });
  else if (verb === 'kill') openDialog({ kind: 'killContainers', ids: able });
  else void actOnContainers(able, verb);
}

/** What `s` and `p` mean: stop if anything runs, else start; pause if anything runs unpaused, else go on. */
export function toggleVerb(letter: 's' | 'p', ids: readonly string[]): ContainerVerb {
  const { containers } = useModel.getState();
  if (letter === 'p') return doable('pause', ids).length > 0 ? 'pause' : 'unpause';
  const runs = ids.some((id) => {
    const container = containers.get(id);
    return container !== undefined && isAlive(container);
  });
  return runs ? 'stop' : 'start';
}

/**
 * Acts on a letter pressed on a row; false when it means nothing. `ids` are what it acts on: more than one when the row is
 * one of those selected, or the head of a project.
 */
export function actByLetter(
  letter: string,
  ids: readonly string[],
  navigate: (path: string) => void,
): boolean {
  const [first] = ids;
  switch (letter) {
    case 's':
    case 'p':
      command(toggleVerb(letter, ids), ids);
      return true;
    case 'r':
      command('restart', ids);
      return true;
    case 'k':
      command('kill', ids);
      return true;
    case 'd':
      command('remove', ids);
      return true;
  }
  if (letter === 'm' && ids.length > 1) {
    openMergedLogs(ids);
    return true;
  }
  if (first === undefined || ids.length !== 1) return false;
  switch (letter) {
    case 'm':
      navigate(containerPath(first, 'logs'));
      return true;
    case 'e':
      navigate(containerPath(first, 'terminal'));
      return true;
    case 'i':
      navigate(containerPath(first, 'inspect'));
      return true;
    case 'R':
    case 'F2':
      openDialog({ kind: 'renameContainer', id: first });
      return true;
    default:
      return false;
  }
}
