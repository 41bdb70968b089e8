// A container's resolver settings, written into its monitor's room at the start and whenever it joins or leaves a network.
import { readFileSync } from 'node:fs';
import { replaceFile, resolverText } from '../networks/network-names.ts';
import { gatewayBridgeName, type Networks } from '../networks/networks.ts';
import { gatewayEndpoint } from './container-endpoints.ts';
import type { ContainerRecord, Endpoint, NetworkWish } from './container-record.ts';
import { hostNameservers } from './etc-files.ts';
import type { Container } from './container.ts';
import type { Folders } from './folders.ts';

/** Whether a container's names are resolved by its monitor: only networks that somebody made have names. */
export function hasNames(endpoints: readonly Endpoint[]): boolean {
  return endpoints.some(({ network }) => network !== 'bridge');
}

/** Whether its monitor gets a resolver, which it may need only when it joins another network. A build's step never does. */
export function getsResolver(
  { passing }: Pick<Container, 'passing'>,
  endpoints: readonly Endpoint[],
): boolean {
  return endpoints.length > 0 && (!passing || hasNames(endpoints));
}

/** Writes the settings. Without a way out nothing is asked of anybody: no name leaves an internal network. */
export function writeResolver(
  around: { readonly folders: Folders; readonly networks: Networks },
  record: ContainerRecord,
  endpoints: readonly Endpoint[],
  wishes: readonly NetworkWish[],
): void {
  const { folders, networks } = around;
  const { Dns } = record.hostConfig;
  const servers = Dns.length > 0 ? Dns : hostNameservers(readText('/etc/resolv.conf'));
  replaceFile(
    folders.resolver(record.id),
    resolverText({
      networks: endpoints
        .filter(({ network }) => network !== 'bridge' && network !== gatewayBridgeName)
        .map(({ network, networkId }) => ({ name: network, records: networks.names.file(networkId) })),
      links: wishes.flatMap(({ links }) => links),
      servers: gatewayEndpoint(endpoints) === undefined ? [] : servers.slice(0, 3),
    }),
  );
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
