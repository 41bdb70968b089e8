// The networks a container is in: what its record asks for, the endpoints it holds while it runs, and which of them the
// default route and the published ports go by. Pure but for the addresses that are taken.
import { EngineError } from '../errors.ts';
import type { Forward } from '../networks/firewall.ts';
import { isIP } from 'node:net';
import { checkMac, type Member, type Network } from '../networks/network.ts';
import { gatewayBridgeName, type Networks } from '../networks/networks.ts';
import type { ContainerCreateBody, EndpointSettings } from '../types.ts';
import { endpointSettings } from '../types.ts';
import type { ContainerRecord, Endpoint, NetworkWish } from './container-record.ts';
import type { NetworkMode } from './network-mode.ts';
import type { PublishedPort } from './port-bindings.ts';
import type { UndoList } from './undo-list.ts';

/** Before the options of an endpoint that newer Docker's drivers know. Others are kept and without effect, there as here. */
const endpointOption = 'com.docker.network.endpoint.';

/** The endpoint in the default bridge, while there is one. */
export function bridgeEndpoint({ state }: Pick<ContainerRecord, 'state'>): Endpoint | undefined {
  return state.endpoints.find(({ network }) => network === 'bridge');
}

/** The endpoint that the default route leaves by. */
export function gatewayEndpoint(endpoints: readonly Endpoint[]): Endpoint | undefined {
  return endpoints.find(({ isGateway }) => isGateway);
}

/**
 * What a create request asks for: the network of the mode first, then the others. `canonical` gives the name of the network
 * that a name or id stands for, or the text itself when there is none such yet.
 */
export function wantedNetworks(
  body: ContainerCreateBody,
  mode: NetworkMode,
  canonical: (nameOrId: string) => string,
): NetworkWish[] {
  if (mode.type === 'container') return [];
  const first = canonical(mode.type === 'user' ? mode.network : mode.type);
  const wishes = new Map<string, EndpointSettings>([[first, endpointSettings.parse({})]]);
  for (const [name, settings] of Object.entries(body.NetworkingConfig.EndpointsConfig)) {
    wishes.set(canonical(name), settings);
  }
  const names = [...wishes.keys()];
  if (names.length > 1 && names.some((name) => name === 'host' || name === 'none')) {
    throw new EngineError(
      'invalid',
      names.includes('none')
        ? 'container cannot be connected to multiple networks with one of the networks in private (none) mode'
        : 'container cannot be disconnected from host network or connected to host network',
    );
  }
  return [...wishes].map(([name, settings]) => {
    if (name !== first) return wishOf(name, settings);
    // In a network that somebody made, `--link` gives names that this container alone knows.
    const links =
      mode.type === 'user' ? [...(settings.Links ?? []), ...body.HostConfig.Links] : settings.Links;
    return wishOf(name, { ...settings, Links: links }, body.MacAddress);
  });
}

/** One network a container is to be in. Throws invalid in Docker's words. */
export function wishOf(name: string, settings: EndpointSettings, macAddress = ''): NetworkWish {
  const ipam = settings.IPAMConfig;
  const linkLocal = ipam?.LinkLocalIPs ?? [];
  const plain = ipam === null || (ipam.IPv4Address === '' && ipam.IPv6Address === '');
  const aliases = settings.Aliases ?? [];
  if (name === 'bridge' || name === 'host' || name === 'none') {
    if (!plain) {
      throw new EngineError(
        'invalid',
        'user specified IP address is supported on user defined networks only',
      );
    }
    if (aliases.length > 0) {
      throw new EngineError(
        'invalid',
        'network-scoped alias is supported only for containers in user defined networks',
      );
    }
  }
  for (const [text, family] of [
    [ipam?.IPv4Address ?? '', 4],
    [ipam?.IPv6Address ?? '', 6],
  ] as const) {
    if (text !== '' && isIP(text) !== family) {
      throw new EngineError('invalid', `invalid IPv${String(family)} address: ${text}`);
    }
  }
  for (const text of linkLocal) {
    if (isIP(text) === 0) throw new EngineError('invalid', `invalid link-local IP address: ${text}`);
  }
  const special = Object.keys(settings.DriverOpts).find((key) => key.startsWith(endpointOption));
  if (special !== undefined) {
    throw new EngineError('notImplemented', `the driver option ${special} is not implemented`);
  }
  // They go into files that others read, one name a word.
  const wrong = [...aliases, ...(settings.Links ?? [])].find(
    (each) => each === '' || /[^A-Za-z0-9_.:/-]/.test(each),
  );
  if (wrong !== undefined) throw new EngineError('invalid', `invalid alias: ${JSON.stringify(wrong)}`);
  return {
    name,
    ipv4: ipam?.IPv4Address ?? '',
    ipv6: ipam?.IPv6Address ?? '',
    askedIpam: ipam !== null,
    aliases: [...aliases],
    links: [...(settings.Links ?? [])],
    mac: checkMac(settings.MacAddress === '' ? macAddress : settings.MacAddress),
    gwPriority: settings.GwPriority,
    linkLocal: [...linkLocal],
    driverOpts: { ...settings.DriverOpts },
  };
}

/** Takes a place in each network of a record, with devices eth0, eth1 and so on. Throws notFound for a network that is not there. */
export async function takeEndpoints(
  networks: Networks,
  record: ContainerRecord,
  undo: UndoList,
): Promise<Endpoint[]> {
  const taken: Endpoint[] = [];
  // The network of the mode is eth0, whatever was left and joined since.
  const { NetworkMode } = record.hostConfig;
  const isFirst = ({ name }: NetworkWish): boolean =>
    name === NetworkMode || networks.find(name).id === NetworkMode;
  for (const wish of record.networks.toSorted((a, b) => Number(isFirst(b)) - Number(isFirst(a)))) {
    const found = networks.find(wish.name);
    if (found.kind === 'host' || found.kind === 'none') continue;
    if (found.kind === 'configuration') throw noEndpoint();
    taken.push(await takeEndpoint(found.network, record, wish, `eth${String(taken.length)}`, undo));
  }
  if (needsGatewayBridge(networks, taken)) taken.push(await takeGatewayBridge(networks, record, taken, undo));
  return withGateway(taken, record.networks);
}

/** Whether a container is in an overlay network that is not internal and in no other that leads to the world. */
export function needsGatewayBridge(networks: Networks, endpoints: readonly Endpoint[]): boolean {
  const isOpen = ({ networkId }: Endpoint): boolean => {
    const spec = networks.byId(networkId)?.spec;
    return spec?.driver === 'overlay' && !spec.internal;
  };
  return (
    endpoints.some(isOpen) && !endpoints.some(({ gateway, gateway6 }) => gateway !== '' || gateway6 !== '')
  );
}

/** A place in the bridge by which containers of overlay networks reach the world. Nobody wished for it, and no view shows it. */
export async function takeGatewayBridge(
  networks: Networks,
  record: ContainerRecord,
  taken: readonly Endpoint[],
  undo: UndoList,
): Promise<Endpoint> {
  const wish = wishOf(gatewayBridgeName, endpointSettings.parse({}));
  return await takeEndpoint(await networks.gatewayBridge(), record, wish, freeDevice(taken), undo);
}

/** What Docker says to whoever joins a network that only holds a configuration. */
export function noEndpoint(): EngineError {
  return new EngineError('forbidden', 'cannot create endpoint on configuration-only network');
}

/** Takes a place in one network. */
export async function takeEndpoint(
  network: Network,
  record: ContainerRecord,
  wish: NetworkWish,
  device: string,
  undo: UndoList,
): Promise<Endpoint> {
  const endpoint = await network.connect(wish, device, memberOf(record, wish));
  undo.add('address', () => network.release(endpoint));
  return endpoint;
}

/**
 * The same endpoints, one of them the gateway: of those with a way out that of the highest priority, then by name. The one
 * that nobody wished for comes last.
 */
export function withGateway(endpoints: readonly Endpoint[], wishes: readonly NetworkWish[]): Endpoint[] {
  const priority = ({ network }: Endpoint): number =>
    wishes.find(({ name }) => name === network)?.gwPriority ??
    (network === gatewayBridgeName ? -Infinity : 0);
  const [best] = endpoints
    .filter(({ gateway, gateway6 }) => gateway !== '' || gateway6 !== '')
    .toSorted((a, b) => priority(b) - priority(a) || (a.network < b.network ? -1 : 1));
  return endpoints.map((endpoint) => ({ ...endpoint, isGateway: endpoint === best }));
}

/** Whether a container is to be in a network, and is not there only for the way to the world. */
export function isWished({ networks }: Pick<ContainerRecord, 'networks'>, network: string): boolean {
  return networks.some(({ name }) => name === network);
}

/** Who a container is for others in a network. */
export function memberOf(record: ContainerRecord, wish: NetworkWish | undefined): Member {
  return {
    containerId: record.id,
    containerName: record.name,
    aliases: dnsNames(record, wish ?? { aliases: [] }).filter((name) => name !== record.name),
  };
}

/** The first of eth0, eth1 and so on that none of these has. */
export function freeDevice(endpoints: readonly Endpoint[]): string {
  const taken = new Set(endpoints.map(({ device }) => device));
  for (let number = 0; ; number++) {
    if (!taken.has(`eth${String(number)}`)) return `eth${String(number)}`;
  }
}

/** Published ports as the firewall forwards them to the gateway's addresses. */
export function forwardsOf(endpoints: readonly Endpoint[], ports: readonly PublishedPort[]): Forward[] {
  const endpoint = gatewayEndpoint(endpoints);
  if (endpoint === undefined) return [];
  return ports.flatMap(({ protocol, hostIp, hostPort, port }) => {
    const address = isIP(hostIp) === 6 ? endpoint.address6 : endpoint.address;
    return address === '' ? [] : [{ protocol, hostIp, hostPort, address, port }];
  });
}

/** The names by which a container is found in a network somebody made: its own, its aliases, its short id, its host name. */
export function dnsNames(record: ContainerRecord, wish: Pick<NetworkWish, 'aliases'>): string[] {
  return [...new Set([record.name, ...wish.aliases, record.id.slice(0, 12), record.config.Hostname])].filter(
    (name) => name !== '',
  );
}
