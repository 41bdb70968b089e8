// Published ports at a start: those that another container has, and what Docker says when one cannot be bound.
import { EngineError } from '../errors.ts';
import { SpawnError } from '../helper/spawn-client.ts';
import type { StartRequest } from '../helper/spawn-requests.ts';
import type { Endpoint } from './container-record.ts';
import type { Container } from './container.ts';
import type { PortRequest } from './port-bindings.ts';

/** Throws internal, as Docker does, when another container has one of the ports. */
export function checkPorts(
  others: Iterable<Container>,
  container: Container,
  endpoint: Endpoint | undefined,
  requests: readonly PortRequest[],
): void {
  if (requests.length === 0) return;
  for (const other of others) {
    for (const held of other.record.state.ports) {
      const clash = requests.find(
        (wanted) =>
          wanted.hostPort === held.hostPort &&
          wanted.protocol === held.protocol &&
          (wanted.hostIp === held.hostIp || wanted.hostIp === '0.0.0.0' || held.hostIp === '0.0.0.0'),
      );
      if (clash === undefined) continue;
      throw new EngineError(
        'internal',
        `${prefix(container, endpoint)}Bind for ${clash.hostIp}:${String(clash.hostPort)} failed: port is already allocated`,
      );
    }
  }
}

/** What to say when a start failed: in Docker's words when it was a port, else the error itself. */
export function portFailure(
  container: Container,
  endpoint: Endpoint | undefined,
  request: StartRequest,
  error: unknown,
): unknown {
  if (!(error instanceof SpawnError) || error.step !== 'port') return error;
  const { ports } = request.berth;
  const port = ports.find(({ hostPort }) => error.message.includes(`:${String(hostPort)}`)) ?? ports[0];
  const place = `${port?.hostIp ?? ''}:${String(port?.hostPort ?? '')}`;
  const reason = error.code === 'EADDRINUSE' ? 'address already in use' : error.message;
  const detail = `Error starting userland proxy: listen tcp4 ${place}: bind: ${reason}`;
  return new EngineError('internal', prefix(container, endpoint) + detail, { cause: error });
}

function prefix(container: Container, endpoint: Endpoint | undefined): string {
  return `driver failed programming external connectivity on endpoint ${container.name} (${endpoint?.endpointId ?? ''}): `;
}
