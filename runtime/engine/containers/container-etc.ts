// The files of /etc that a container gets at its start, written beside its record: hosts, hostname and resolv.conf.
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { EngineError } from '../errors.ts';
import type { HostConfig } from '../types.ts';
import { linkHosts } from './container-links.ts';
import { isWished } from './container-endpoints.ts';
import { gatewayBridgeName } from '../networks/networks.ts';
import { hasNames } from './container-resolver.ts';
import type { Endpoint } from './container-record.ts';
import type { Container } from './container.ts';
import { hostsFile, parseExtraHost, resolvConfFile, type HostEntry } from './etc-files.ts';
import type { NetworkMode } from './network-mode.ts';
import type { Surroundings } from './surroundings.ts';

/** The container whose network another joins. Throws conflict in Docker's words when it does not run. */
export function joinedContainer(index: Surroundings['index'], nameOrId: string): Container {
  const other = index.find(nameOrId);
  if (!other.running) {
    throw new EngineError('conflict', `cannot join network of a non running container: ${other.id}`);
  }
  return other;
}

/** Writes hosts, hostname and resolv.conf, or takes those of the container whose network is joined. */
export function writeEtcFiles(
  around: Pick<Surroundings, 'index' | 'folders' | 'networks'>,
  container: Container,
  mode: NetworkMode,
  endpoints: readonly Endpoint[],
): { hostname: string; hostsPath: string; hostnamePath: string; resolvConfPath: string } {
  const { folders, networks } = around;
  const { config, hostConfig: host } = container.record;
  const owner = mode.type === 'container' ? joinedContainer(around.index, mode.container) : container;
  const folder = folders.container(owner.id);
  const paths = {
    hostsPath: `${folder}/hosts`,
    hostnamePath: `${folder}/hostname`,
    resolvConfPath: `${folder}/resolv.conf`,
  };
  if (owner !== container) return { hostname: owner.record.config.Hostname, ...paths };
  const hostname = config.Hostname === '' ? os.hostname() : config.Hostname;
  const added = host.ExtraHosts.map(parseExtraHost)
    .filter((entry) => entry !== undefined)
    .map(({ name, address }) => ({
      address: address === 'host-gateway' ? networks.bridge.gateway(4) : address,
      names: [name],
    }));
  const extra: readonly HostEntry[] = [...added, ...linkHosts(around.index, container.record)];
  const own = endpoints
    .filter(({ network }) => network !== gatewayBridgeName || isWished(container.record, network))
    .flatMap(({ address, address6 }) => [address, address6])
    .filter((address) => address !== '')
    .map((address) => ({ address, names: ownNames(hostname, config.Domainname) }));
  const hosts =
    mode.type === 'host'
      ? readText('/etc/hosts') + extra.map((entry) => `${entry.address}\t${entry.names.join(' ')}\n`).join('')
      : hostsFile([...extra, ...own]);
  writeFileSync(paths.hostsPath, hosts, { mode: 0o644 });
  writeFileSync(paths.hostnamePath, `${hostname}\n`, { mode: 0o644 });
  writeFileSync(paths.resolvConfPath, resolvConfText(host, mode, endpoints), { mode: 0o644 });
  return { hostname, ...paths };
}

/** The text of a container's resolv.conf. */
export function resolvConfText(host: HostConfig, mode: NetworkMode, endpoints: readonly Endpoint[]): string {
  return resolvConfFile(
    readText('/etc/resolv.conf'),
    { servers: host.Dns, search: host.DnsSearch, options: host.DnsOptions },
    mode.type !== 'host',
    hasNames(endpoints),
  );
}

/** A name with its domain, be it said in one or in two, and the name alone: what a container's own addresses are called. */
export function ownNames(hostname: string, domainname: string): string[] {
  const fullName = domainname === '' ? hostname : `${hostname}.${domainname}`;
  return [...new Set([fullName, fullName.split('.', 1)[0] ?? fullName])];
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
