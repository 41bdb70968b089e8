// Which networks the list shows, in which order, who is on one, and what can be done with it. Pure.
import type { ContainerModel, EndpointModel, NetworkModel } from '../../../../runtime/contract/model.ts';
import { byText, filterWords, fitsUse, hasWords, type WhichUse } from '../../components/text-filter.ts';

export type NetworkColumn = 'select' | 'name' | 'driver' | 'subnet' | 'labels' | 'use' | 'actions';

const builtIn: ReadonlySet<string> = new Set(['bridge', 'host', 'none']);
const projectLabel = 'com.docker.compose.project';

/** Whether every engine has it: it cannot be removed. */
export function isBuiltIn({ name }: Pick<NetworkModel, 'name'>): boolean {
  return builtIn.has(name);
}

/** Whether it only holds a configuration that others are made from: nobody joins it, and a clean-up leaves it. */
export function isConfiguration(network: Pick<NetworkModel, 'name' | 'driver'>): boolean {
  return network.driver === 'null' && !isBuiltIn(network);
}

/** Whether containers join and leave it while they exist: not so `host` and `none`. */
export function takesMembers({ driver }: Pick<NetworkModel, 'driver'>): boolean {
  return driver !== 'host' && driver !== 'null';
}

/** The Compose project that it belongs to; undefined for one on its own. */
export function projectOfNetwork({ labels }: Pick<NetworkModel, 'labels'>): string | undefined {
  return Object.hasOwn(labels, projectLabel) ? labels[projectLabel] : undefined;
}

/** Its labels but those that Compose gave it. */
export function ownLabels({ labels }: Pick<NetworkModel, 'labels'>): readonly (readonly [string, string])[] {
  return Object.entries(labels).filter(([name]) => !name.startsWith('com.docker.compose.'));
}

export function subnetsOf({ pools }: Pick<NetworkModel, 'pools'>): string {
  return pools.map(({ subnet }) => subnet).join(', ');
}

function compare(column: NetworkColumn, a: NetworkModel, b: NetworkModel): number {
  const last = '\uffff';
  switch (column) {
    case 'driver':
      return byText.compare(a.driver, b.driver);
    case 'subnet':
      return byText.compare(a.pools[0]?.subnet ?? last, b.pools[0]?.subnet ?? last);
    case 'labels':
      return byText.compare(projectOfNetwork(a) ?? last, projectOfNetwork(b) ?? last);
    case 'use':
      return a.containers - b.containers;
    case 'select':
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
  const textOf = (network: NetworkModel): string => {
    const labels = Object.entries(network.labels).map(([name, value]) => `${name}=${value}`);
    return [network.name, network.driver, network.id.slice(0, 12), subnetsOf(network), ...labels].join(' ');
  };
  return [...networks.values()]
    .filter((network) => fitsUse(network, which) && hasWords(textOf(network), words))
    .sort((a, b) => sign * compare(column, a, b) || byText.compare(a.name, b.name))
    .map((network) => network.id);
}

export interface NetworkMember {
  readonly container: ContainerModel;
  readonly endpoint: EndpointModel;
}

/** Whether a container's place is in this network. Names are not always unique, ids are not always told. */
function isIn(endpoint: EndpointModel, network: Pick<NetworkModel, 'id' | 'name'>): boolean {
  return endpoint.id === '' ? endpoint.name === network.name : endpoint.id === network.id;
}

/** The containers that are on a network, running or not, by name. */
export function membersOf(
  network: Pick<NetworkModel, 'id' | 'name'>,
  containers: Iterable<ContainerModel>,
): NetworkMember[] {
  const members: NetworkMember[] = [];
  for (const container of containers) {
    const endpoint = container.networks.find((one) => isIn(one, network));
    if (endpoint !== undefined) members.push({ container, endpoint });
  }
  return members.sort((a, b) => byText.compare(a.container.name, b.container.name));
}

/** The network that a container's place is in; undefined when it is gone. */
export function networkOf(
  endpoint: EndpointModel,
  networks: ReadonlyMap<string, NetworkModel>,
): NetworkModel | undefined {
  return networks.get(endpoint.id) ?? [...networks.values()].find((network) => isIn(endpoint, network));
}

/** Whether it has a place there now: the engine removes no network under it. */
export function holdsPlace({ endpoint }: NetworkMember): boolean {
  return endpoint.address !== '' || endpoint.address6 !== '' || endpoint.mac !== '';
}

/** What a removal of these would come to. */
export interface RemovalPlan {
  /** Those that go. */
  readonly going: readonly NetworkModel[];
  readonly builtIn: readonly NetworkModel[];
  readonly used: readonly { readonly network: NetworkModel; readonly members: readonly ContainerModel[] }[];
  /** Stopped containers that were on one that goes: they do not start without it. */
  readonly stopped: readonly ContainerModel[];
}

export function removalPlan(
  networks: readonly NetworkModel[],
  containers: readonly ContainerModel[],
): RemovalPlan {
  const going: NetworkModel[] = [];
  const stay: NetworkModel[] = [];
  const used: { network: NetworkModel; members: ContainerModel[] }[] = [];
  const stopped = new Set<ContainerModel>();
  for (const network of [...networks].sort((a, b) => byText.compare(a.name, b.name))) {
    const members = membersOf(network, containers);
    const holders = members.filter(holdsPlace).map(({ container }) => container);
    if (isBuiltIn(network)) stay.push(network);
    else if (holders.length > 0) used.push({ network, members: holders });
    else {
      going.push(network);
      for (const { container } of members) stopped.add(container);
    }
  }
  return { going, builtIn: stay, used, stopped: [...stopped] };
}
