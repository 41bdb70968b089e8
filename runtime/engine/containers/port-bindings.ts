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

/** A port to publish. `hostPort` 0 lets the kernel choose. `hostIp` is never empty. */
export interface PortRequest extends ContainerPort {
  readonly hostIp: string;
  readonly hostPort: number;
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

/**
 * What to publish, in the order of the request. A range of host ports (`8000-8010`) is refused. Throws invalid for what
 * is no port or address, notImplemented for a protocol that cannot be published yet.
 */
export function portRequests(
  host: Pick<HostConfig, 'PortBindings' | 'PublishAllPorts'>,
  exposed: UntrustedMap<unknown>,
  defaultIp = '',
): PortRequest[] {
  const requests: PortRequest[] = [];
  const everywhere = defaultIp === '' ? '0.0.0.0' : defaultIp;
  const published = new Set<string>();
  for (const [key, bindings] of Object.entries(host.PortBindings)) {
    const port = parsePort(key);
    for (const binding of bindings) {
      requests.push({ ...port, ...parseBinding(binding, everywhere) });
      published.add(portKey(port));
    }
  }
  if (host.PublishAllPorts) {
    for (const key of Object.keys(exposed)) {
      const port = parsePort(key);
      if (!published.has(portKey(port))) requests.push({ ...port, hostIp: everywhere, hostPort: 0 });
    }
  }
  for (const request of requests) {
    if (request.protocol !== 'tcp') {
      throw new EngineError('notImplemented', `publishing a ${request.protocol} port is not implemented yet`);
    }
    if (isIP(request.hostIp) === 6) {
      throw new EngineError('notImplemented', 'publishing a port on an IPv6 address is not implemented yet');
    }
  }
  return requests;
}

/** The `Ports` of NetworkSettings: what is exposed, and where it is published. */
export function portMap(
  exposed: UntrustedMap<unknown>,
  published: readonly PortRequest[],
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
export function portList(exposed: UntrustedMap<unknown>, published: readonly PortRequest[]): Port[] {
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

function parseBinding(binding: PortBinding, everywhere: string): { hostIp: string; hostPort: number } {
  const hostIp = binding.HostIp === '' ? everywhere : binding.HostIp;
  if (isIP(hostIp) === 0) throw new EngineError('invalid', `invalid IP address: ${hostIp}`);
  if (/^\d+-\d+$/.test(binding.HostPort)) {
    const [first, last] = binding.HostPort.split('-');
    if (first !== last) {
      throw new EngineError('notImplemented', 'choosing a host port from a range is not implemented yet');
    }
  }
  const hostPort = binding.HostPort === '' ? 0 : parseNumber(binding.HostPort.split('-')[0] ?? '');
  if (hostPort === undefined) {
    throw new EngineError('invalid', `invalid port specification: "${binding.HostPort}"`);
  }
  return { hostIp, hostPort };
}

function parseNumber(text: string): number | undefined {
  if (!/^\d{1,5}$/.test(text)) return undefined;
  const number = Number(text);
  return number <= 65_535 ? number : undefined;
}
