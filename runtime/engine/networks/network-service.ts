// Networks, for the API: the list with its filters, one in full, making, removing, joining and leaving.
import { createHash } from 'node:crypto';
import { EngineError } from '../errors.ts';
import { nameTest } from '../name-filter.ts';
import { hasLabel, pruneTest } from '../prune-filter.ts';
import type { EventBus, Filters, NetworkService } from '../services.ts';
import {
  untrustedMap,
  type EndpointSettings,
  type NetworkCreateBody,
  type NetworkInspect,
  type UntrustedMap,
} from '../types.ts';
import type { NetworkRecord } from './network-record.ts';
import { isForSwarm } from './network-options.ts';
import type { Network } from './network.ts';
import { gatewayBridgeName, type FoundNetwork, type Networks } from './networks.ts';

/** What the service needs of containers. */
export interface NetworkedContainers {
  /** Those that run in the host's network, or in none. */
  sharing(network: 'host' | 'none'): readonly { readonly id: string; readonly name: string }[];
  connect(network: string, container: string, settings: EndpointSettings): Promise<void>;
  disconnect(network: string, container: string, force: boolean): Promise<void>;
}

/** What the service needs of swarm mode. */
export interface SwarmNetworks {
  readonly state: 'inactive' | 'manager' | 'worker';
  /** Makes a network of the whole swarm. Throws unavailable on what does not lead one. */
  createNetwork(body: NetworkCreateBody): Promise<NetworkRecord>;
}

/** The service over these networks. */
export function createNetworkService(
  networks: Networks,
  containers: NetworkedContainers,
  swarm: SwarmNetworks,
  events: EventBus,
): NetworkService {
  let pruning = false;
  const publish = (action: string, record: { id: string; name: string; driver: string }): void => {
    events.publish({
      type: 'network',
      action,
      id: record.id,
      attributes: { name: record.name, type: record.driver },
      ...(record.driver === 'overlay' ? { scope: 'swarm' } : {}),
    });
  };
  const all = (): FoundNetwork[] => [
    ...(['bridge', 'host', 'none'] as const).map((name) => networks.find(name)),
    ...networks.made.map(({ record }) => networks.find(record.id)),
    ...[...networks.configurations].map(({ id }) => networks.find(id)),
  ];
  return {
    async list(filters) {
      const test = networkFilter(filters);
      return all()
        .map((found) => ({ found, shown: describe(found, networks, containers) }))
        .filter(({ found, shown }) => test(found, shown))
        .map(({ shown: { Peers: _, ...shown } }) => ({ ...shown, Containers: untrustedMap() }));
    },
    async inspect(nameOrId) {
      return describe(networks.find(nameOrId), networks, containers);
    },
    async create(body) {
      const record = await (isForSwarm(body) ? swarm.createNetwork(body) : networks.create(body));
      publish('create', record);
      return { Id: record.id, Warning: '' };
    },
    async remove(nameOrId) {
      const found = networks.find(nameOrId);
      // As Docker: what is the swarm's is its managers' to remove.
      if (swarm.state === 'worker' && isOverlay(found)) {
        throw new EngineError('notFound', `network ${nameOrId} not found`);
      }
      publish('destroy', await networks.remove(nameOrId));
    },
    async prune(filters) {
      const fits = pruneTest(filters, Date.now());
      if (pruning) throw new EngineError('conflict', 'a prune operation is already running');
      pruning = true;
      const removed: string[] = [];
      try {
        for (const { record, network } of networks.made) {
          if (
            !network.isEmpty ||
            (swarm.state !== 'inactive' && keepsSwarm(record)) ||
            (swarm.state === 'worker' && record.driver === 'overlay')
          )
            continue;
          if (!fits({ createdMs: Date.parse(record.created), labels: record.labels })) continue;
          try {
            publish('destroy', await networks.remove(record.id));
            removed.push(record.name);
          } catch (error) {
            // Somebody joined or removed it meanwhile.
            if (!(error instanceof EngineError)) throw error;
          }
        }
      } finally {
        pruning = false;
      }
      events.publish({ type: 'network', action: 'prune', id: '', attributes: { reclaimed: '0' } });
      return { NetworksDeleted: removed.length > 0 ? removed : null };
    },
    connect: (network, container, settings) => containers.connect(network, container, settings),
    disconnect: (network, container, force) => containers.disconnect(network, container, force),
  };
}

function describe(found: FoundNetwork, networks: Networks, containers: NetworkedContainers): NetworkInspect {
  const common = {
    Name: found.name,
    Id: found.id,
    Scope: 'local',
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
  } as const;
  if (found.kind === 'made' || found.kind === 'configuration') {
    const { record } = found;
    return {
      ...common,
      Scope: record.driver === 'overlay' ? 'swarm' : 'local',
      Ingress: record.ingress,
      ConfigFrom: { Network: record.configFrom },
      ConfigOnly: record.configOnly,
      Created: record.created,
      Driver: record.driver,
      EnableIPv4: record.enableIPv4,
      EnableIPv6: record.enableIPv6,
      IPAM: {
        Driver: 'default',
        Options: record.driver === 'overlay' ? nullWhenEmpty(record.ipamOptions) : record.ipamOptions,
        Config: record.ipam.map(ipamView),
      },
      Internal: record.internal,
      Attachable: record.attachable,
      Containers: found.kind === 'made' ? membersOf(found.network) : untrustedMap(),
      Options: record.options,
      Labels: record.labels,
      ...(found.kind === 'made' && record.driver === 'overlay' ? overlayParts(found, networks) : {}),
    };
  }
  const plain = {
    ...common,
    Created: networks.builtIn.created,
    EnableIPv4: true,
    EnableIPv6: false,
    Internal: false,
    Attachable: false,
    Labels: untrustedMap<string>(),
  };
  if (found.kind === 'bridge') {
    const { network } = found;
    return {
      ...plain,
      Driver: 'bridge',
      IPAM: {
        Driver: 'default',
        Options: null,
        Config: [{ Subnet: network.subnet(4), Gateway: network.gateway(4) }],
      },
      Containers: membersOf(network),
      Options: untrustedMap([
        ['com.docker.network.bridge.default_bridge', 'true'],
        ['com.docker.network.bridge.enable_icc', 'true'],
        ['com.docker.network.bridge.enable_ip_masquerade', 'true'],
        ['com.docker.network.bridge.host_binding_ipv4', '0.0.0.0'],
        ['com.docker.network.bridge.name', network.spec.device],
        ['com.docker.network.driver.mtu', String(network.spec.mtu)],
      ]),
    };
  }
  return {
    ...plain,
    Driver: found.kind === 'none' ? 'null' : 'host',
    IPAM: { Driver: 'default', Options: null, Config: [] },
    Containers: untrustedMap(
      containers
        .sharing(found.kind)
        .map(({ id, name }) => [
          id,
          { Name: name, EndpointID: '', MacAddress: '', IPv4Address: '', IPv6Address: '' },
        ]),
    ),
    Options: untrustedMap(),
  };
}

/** What is shown otherwise of a network of the swarm: while nobody is in it here, as the manager and no driver tells of it. */
function overlayParts(
  { network, record }: Extract<FoundNetwork, { kind: 'made' }>,
  networks: Networks,
): Partial<NetworkInspect> {
  if ([...network.members].length === 0) return { Containers: null, Labels: nullWhenEmpty(record.labels) };
  const machines = new Set([networks.overlayAddress, ...network.remote.map(({ machine }) => machine)]);
  return {
    Peers: [...machines].map((IP) => ({
      Name: createHash('sha256').update(IP).digest('hex').slice(0, 12),
      IP,
    })),
  };
}

function nullWhenEmpty<T>(map: UntrustedMap<T> | null): UntrustedMap<T> | null {
  return map === null || Object.keys(map).length === 0 ? null : map;
}

/** What swarm mode has made for itself. */
function keepsSwarm({ ingress, name }: NetworkRecord): boolean {
  return ingress || name === gatewayBridgeName;
}

function isOverlay(found: FoundNetwork): boolean {
  return found.kind === 'made' && found.record.driver === 'overlay';
}

function ipamView(config: NetworkRecord['ipam'][number]): NetworkInspect['IPAM']['Config'][number] {
  const { Subnet, IPRange, Gateway, AuxiliaryAddresses } = config;
  return {
    Subnet,
    ...(IPRange === undefined ? {} : { IPRange }),
    ...(Gateway === undefined ? {} : { Gateway }),
    ...(AuxiliaryAddresses === undefined ? {} : { AuxiliaryAddresses }),
  };
}

function membersOf(network: Network): NetworkInspect['Containers'] {
  return untrustedMap(
    [...network.members].map(({ endpoint, member }) => [
      member.containerId,
      {
        Name: member.containerName,
        EndpointID: endpoint.endpointId,
        MacAddress: endpoint.mac,
        IPv4Address: endpoint.address === '' ? '' : `${endpoint.address}/${String(endpoint.prefixLength)}`,
        IPv6Address: endpoint.address6 === '' ? '' : `${endpoint.address6}/${String(endpoint.prefixLength6)}`,
      },
    ]),
  );
}

type NetworkTest = (found: FoundNetwork, shown: NetworkInspect) => boolean;

/** Docker's network filters; an unknown name is the API's business. Throws invalid for values that mean nothing. */
function networkFilter(filters: Filters): NetworkTest {
  const any =
    (
      name: string,
      test: (value: string, found: FoundNetwork, shown: NetworkInspect) => boolean,
    ): NetworkTest =>
    (found, shown) => {
      const values = filters.get(name);
      return values === undefined || values.length === 0 || values.some((value) => test(value, found, shown));
    };
  for (const type of filters.get('type') ?? []) {
    if (type !== 'custom' && type !== 'builtin')
      throw new EngineError('invalid', `invalid filter: 'type'='${type}'`);
  }
  const dangling = filters.get('dangling') ?? [];
  if (dangling.length > 1 || dangling.some((value) => !['true', '1', 'false', '0'].includes(value))) {
    throw new EngineError(
      'invalid',
      'invalid value for filter \'dangling\', must be "true" (or "1"), or "false" (or "0")',
    );
  }
  const isNamed = nameTest(filters.get('name'));
  const tests = [
    (found: FoundNetwork) => isNamed(found.name),
    any('id', (value, found) => found.id.startsWith(value)),
    any('driver', (value, _found, shown) => shown.Driver === value),
    any('scope', (value, _found, shown) => value === shown.Scope),
    any('type', (value, found) => (value === 'custom') === isCustom(found)),
    // The networks every engine has are never dangling.
    any('dangling', (value, found) => (value === 'true' || value === '1') === isDangling(found)),
  ];
  const labels = filters.get('label') ?? [];
  return (found, shown) =>
    tests.every((test) => test(found, shown)) && labels.every((label) => hasLabel(shown.Labels ?? {}, label));
}

function isCustom({ kind }: FoundNetwork): boolean {
  return kind === 'made' || kind === 'configuration';
}

function isDangling(found: FoundNetwork): boolean {
  return found.kind === 'configuration' || (found.kind === 'made' && found.network.isEmpty);
}
