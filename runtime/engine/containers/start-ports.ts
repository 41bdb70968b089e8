// Published ports at a start: those that another container has, and what Docker says when one cannot be bound.
import { isIP } from 'node:net';
import type { Family } from '../../syntax/ip.ts';
import { EngineError } from '../errors.ts';
import { SpawnError } from '../helper/spawn-client.ts';
import type { PublishedPort as SpawnPort } from '../helper/spawn-requests.ts';
import type { Endpoint } from './container-record.ts';
import type { Container } from './container.ts';
import type { PortRequest, PublishedPort } from './port-bindings.ts';

/** Throws internal, as Docker does, when another container, or another port of this one, has one of the ports. */
export function checkPorts(
  others: Iterable<Container>,
  container: Container,
  endpoint: Endpoint | undefined,
  requests: readonly PortRequest[],
): void {
  const wanted = new Map<string, PortRequest>();
  for (const request of requests) {
    if (request.hostPort === 0 || request.lastHostPort > request.hostPort) continue;
    if (wanted.has(placeOf(request))) throw allocated(request);
    wanted.set(placeOf(request), request);
  }
  if (wanted.size === 0) return;
  for (const other of others) {
    for (const held of other.record.state.ports) {
      const clash = wanted.get(placeOf(held));
      if (clash !== undefined) throw allocated(clash);
    }
  }

  function allocated({ hostIp, hostPort }: PublishedPort): EngineError {
    return new EngineError(
      'internal',
      `${prefix(container, endpoint)}Bind for ${hostIp}:${String(hostPort)} failed: port is already allocated`,
    );
  }
}

/** The request to berth-spawn: what is not in the container's family of addresses goes by the proxy to the other one. */
export function spawnPorts(requests: readonly PortRequest[], endpoint: Endpoint | undefined): SpawnPort[] {
  return requests.map(({ protocol, hostIp, hostPort, lastHostPort, sameHostPort, port }) => ({
    proto: protocol,
    hostIp,
    hostPort,
    lastHostPort,
    sameHostPort,
    address: proxyTarget(endpoint, isIP(hostIp) === 6 ? 6 : 4),
    port,
  }));
}

/** Where the monitor's proxy connects to for a port on a host's address of this family. */
export function proxyTarget(endpoint: Endpoint | undefined, family: Family): string {
  const { address = '', address6 = '' } = endpoint ?? {};
  return family === 6 ? address6 || address : address || address6;
}

/** What to say when a start failed: in Docker's words when it was a port, else the error itself. */
export function portFailure(container: Container, endpoint: Endpoint | undefined, error: unknown): unknown {
  if (!(error instanceof SpawnError) || error.step !== 'port') return error;
  return new EngineError('internal', prefix(container, endpoint) + proxyFailure(error), { cause: error });
}

/** Go's words for the errors of bind(). */
const bindReasons: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'address already in use'],
  ['EADDRNOTAVAIL', 'cannot assign requested address'],
  ['EACCES', 'permission denied'],
]);

function proxyFailure({ code, message }: SpawnError): string {
  if (code === 'EPROTONOSUPPORT') return 'Error starting userland proxy: protocol not supported';
  const place = /^bind (\S+ \S+): /.exec(message)?.[1];
  if (place === undefined) return message;
  return `Error starting userland proxy: listen ${place}: bind: ${bindReasons.get(code) ?? message}`;
}

function placeOf({ protocol, hostIp, hostPort }: PublishedPort): string {
  return `${protocol} ${hostIp} ${String(hostPort)}`;
}

function prefix(container: Container, endpoint: Endpoint | undefined): string {
  return `driver failed programming external connectivity on endpoint ${container.name} (${endpoint?.endpointId ?? ''}): `;
}
