// Several containers' logs in one: how one gets there, and what of an address can be shown.
import { navigate } from 'wouter/use-hash-location';
import type { ContainerModel } from '../../../runtime/contract/model.ts';
import { mergedLogsPath } from '../route.ts';
import { mostSources } from './log-store.ts';

/** Goes to the logs of these containers in one; of more than can be shown the first. */
export function openMergedLogs(ids: readonly string[]): void {
  navigate(mergedLogsPath(ids.slice(0, mostSources)));
}

export interface PickedContainers {
  /** Those that are there, in the address's order, each once. */
  readonly containers: readonly ContainerModel[];
  /** How many of the address are gone. */
  readonly gone: number;
}

/** The containers an address names. */
export function pickedContainers(
  ids: readonly string[],
  known: ReadonlyMap<string, ContainerModel>,
): PickedContainers {
  const unique = [...new Set(ids)].slice(0, mostSources);
  const containers = unique.map((id) => known.get(id)).filter((container) => container !== undefined);
  return { containers, gone: unique.length - containers.length };
}
