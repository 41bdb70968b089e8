// Which networks the list shows, in which order, and who is on one. Pure.
import type { ContainerModel, NetworkModel } from '../../../../runtime/contract/model.ts';
import { byText, filterWords, fitsUse, hasWords, type WhichUse } from '../../components/text-filter.ts';

export type NetworkColumn = 'name' | 'driver' | 'subnet' | 'scope' | 'use' | 'actions';

function compare(column: NetworkColumn, a: NetworkModel, b: NetworkModel): number {
  switch (column) {
    case 'driver':
      return byText.compare(a.driver, b.driver);
    case 'subnet':
      return byText.compare(a.subnets[0] ?? '\uffff', b.subnets[0] ?? '\uffff');
    case 'scope':
      return byText.compare(a.scope, b.scope);
    case 'use':
      return a.containers - b.containers;
    case 'name':
    case 'actions':
      return byText.compare(a.name, b.name);
  }
}

/** The ids to show, in order. */
export function listNetworks(
  networks: ReadonlyMap<string, NetworkModel>,
  text: string,
  which: WhichUse,
  column: NetworkColumn,
  ascending: boolean,
): string[] {
  const words = filterWords(text);
  const sign = ascending ? 1 : -1;
  return [...networks.values()]
    .filter(
      (network) =>
        fitsUse(network, which) &&
        hasWords(
          `${network.name} ${network.driver} ${network.id.slice(0, 12)} ${network.subnets.join(' ')}`,
          words,
        ),
    )
    .sort((a, b) => sign * compare(column, a, b) || byText.compare(a.name, b.name))
    .map((network) => network.id);
}

export interface NetworkUse {
  readonly container: ContainerModel;
  /** Empty while the container does not run. */
  readonly address: string;
}

/** The containers that are on a network, with their addresses there. */
export function membersOf(network: NetworkModel, containers: Iterable<ContainerModel>): NetworkUse[] {
  const uses: NetworkUse[] = [];
  for (const container of containers) {
    const end = container.networks.find(({ name }) => name === network.name);
    if (end !== undefined) uses.push({ container, address: end.address });
  }
  return uses.sort((a, b) => byText.compare(a.container.name, b.container.name));
}
