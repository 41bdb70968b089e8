// Ports of a container: what `ExposedPorts` and `PortBindings` say, parsed; and the shape the API shows them in.
import { isIP } from 'node:net';
import { EngineError } from '../errors.ts';
import { untrustedMap, type HostConfig, type Port, type PortBinding, type UntrustedMap } from '../types.ts';

export type Protocol = 'tcp' | 'udp' | 'sctp';

/** A port inside a container. */
export interface ContainerPort {
  readonly port: number;
  readonly protocol: Protocol;
}

/** A port that is published. `hostIp` is never empty. */
export interface PublishedPort extends ContainerPort {
  readonly hostIp: string;
  readonly hostPort: number;
}

/** A port to publish. `hostPort` 0 lets the kernel choose. */
export interface PortRequest extends PublishedPort {
  /** Any from `hostPort` to this one will do. */
  readonly lastHostPort: number;
  /** Gets the host port of the one before it, on another address. */
  readonly sameHostPort: boolean;
}

/** Where ports are published that name no address of the host. */
export interface EverywhereOptions {
  /** The network's own choice; empty: on every address. */
  readonly defaultIp: string;
  /** The host has IPv6: every address is 0.0.0.0 and ::. */
  readonly ipv6: boolean;
}

/** `80/tcp` or `80`. Throws invalid. */
export function parsePort(text: string): ContainerPort {
  const [number, protocol = 'tcp', more] = text.split('/');
  const port = parseNumber(number ?? '');
  const lower = protocol.toLowerCase();
  if (port === undefined || port === 0 || more !== undefined) {
    throw new EngineError('invalid', `invalid port specification: "${text}"`);
  }
  if (lower !== 'tcp' && lower !== 'udp' && lower !== 'sctp') {
    throw new EngineError('invalid', `invalid port specification: "${text}"`);
  }
  return { port, protocol: lower };
}

/** `80/tcp`. */
export function portKey(port: ContainerPort): string {
  return `${String(port.port)}/${port.protocol}`;
}

/** What to publish, in the order of the request. Throws invalid for what is no port or address. */
export function portRequests(
  host: Pick<HostConfig, 'PortBindings' | 'PublishAllPorts'>,
  exposed: UntrustedMap<unknown>,
  { defaultIp, ipv6 }: EverywhereOptions,
): PortRequest[] {
  const everywhere = defaultIp !== '' ? [defaultIp] : ipv6 ? ['0.0.0.0', '::'] : ['0.0.0.0'];
  const onEach = (port: ContainerPort, binding: PortBinding): PortRequest[] => {
    const { hostIp, ...hostPorts } = parseBinding(binding);
    return (hostIp === '' ? everywhere : [hostIp]).map((address, index) => ({
      ...port,
      ...hostPorts,
      hostIp: address,
      sameHostPort: index > 0,
    }));
  };
  const requests: PortRequest[] = [];
  const published = new Set<string>();
  for (const [key, bindings] of Object.entries(host.PortBindings)) {
    const port = parsePort(key);
    for (const binding of bindings) {
      requests.push(...onEach(port, binding));
      published.add(portKey(port));
    }
  }
  if (host.PublishAllPorts) {
    for (const key of Object.keys(exposed)) {
      const port = parsePort(key);
      if (!published.has(portKey(port))) requests.push(...onEach(port, { HostIp: '', HostPort: '' }));
    }
  }
  return requests;
}

/** The `Ports` of NetworkSettings: what is exposed, and where it is published. */
export function portMap(
  exposed: UntrustedMap<unknown>,
  published: readonly PublishedPort[],
): UntrustedMap<PortBinding[] | null> {
  const map = untrustedMap<PortBinding[] | null>();
  for (const key of Object.keys(exposed)) map[portKey(parsePort(key))] = null;
  for (const port of published) {
    const key = portKey(port);
    map[key] = [...(map[key] ?? []), { HostIp: port.hostIp, HostPort: String(port.hostPort) }];
  }
  return map;
}

/** The `Ports` of a list entry. */
export function portList(exposed: UntrustedMap<unknown>, published: readonly PublishedPort[]): Port[] {
  const list: Port[] = published.map((port) => ({
    IP: port.hostIp,
    PrivatePort: port.port,
    PublicPort: port.hostPort,
    Type: port.protocol,
  }));
  for (const key of Object.keys(exposed)) {
    const port = parsePort(key);
    if (!published.some((other) => portKey(other) === portKey(port))) {
      list.push({ PrivatePort: port.port, Type: port.protocol });
    }
  }
  return list.sort((a, b) => a.PrivatePort - b.PrivatePort);
}

/** `8080`, a range `8000-8010`, or nothing for what is free. */
function parseBinding({
  HostIp: hostIp,
  HostPort,
}: PortBinding): Pick<PortRequest, 'hostIp' | 'hostPort' | 'lastHostPort'> {
  if (hostIp !== '' && (isIP(hostIp) === 0 || hostIp.includes('%'))) {
    throw new EngineError('invalid', `invalid IP address: ${hostIp}`);
  }
  const [first = '', last = first, more] = HostPort.split('-');
  const hostPort = HostPort === '' ? 0 : parseNumber(first);
  const lastHostPort = HostPort === '' ? 0 : parseNumber(last);
  if (
    hostPort === undefined ||
    lastHostPort === undefined ||
    lastHostPort < hostPort ||
    (hostPort === 0 && lastHostPort > 0) ||
    more !== undefined
  ) {
    throw new EngineError('invalid', `invalid port specification: "${HostPort}"`);
  }
  return { hostIp, hostPort, lastHostPort };
}

function parseNumber(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const number = Number(text);
  return number <= 65_535 ? number : undefined;
}
