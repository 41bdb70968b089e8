// What a container is told of those it is linked to, in variables: DB_PORT_5432_TCP_ADDR and the like. Pure.
import { parsePort } from './port-bindings.ts';

/** The linked container as far as the variables tell of it. */
export interface LinkedContainer {
  readonly address: string;
  /** `5432/tcp` and the like, as keys. */
  readonly exposedPorts: Readonly<Record<string, unknown>>;
  readonly env: readonly string[];
}

interface Port {
  readonly port: number;
  readonly protocol: string;
}

/** The variables of one link; `name` is `/web/db`: who has the link, and its alias. */
export function linkEnvironment(name: string, linked: LinkedContainer): string[] {
  const alias = name
    .slice(name.lastIndexOf('/') + 1)
    .toUpperCase()
    .replaceAll('-', '_');
  const address = ({ port, protocol }: Port): string => `${protocol}://${linked.address}:${String(port)}`;
  const prefix = ({ port, protocol }: Port): string =>
    `${alias}_PORT_${String(port)}_${protocol.toUpperCase()}`;
  const ports = Object.keys(linked.exposedPorts).map(parsePort).sort(tcpFirst);
  const env: string[] = [];
  const [first] = ports;
  if (first !== undefined) env.push(`${alias}_PORT=${address(first)}`);
  for (const { start, end } of ranges(ports)) {
    if (start === end) continue;
    env.push(
      `${prefix(start)}_START=${address(start)}`,
      `${prefix(start)}_PORT_START=${String(start.port)}`,
      `${prefix(start)}_END=${address(end)}`,
      `${prefix(start)}_PORT_END=${String(end.port)}`,
    );
  }
  for (const port of ports) {
    env.push(
      `${prefix(port)}=${address(port)}`,
      `${prefix(port)}_ADDR=${linked.address}`,
      `${prefix(port)}_PORT=${String(port.port)}`,
      `${prefix(port)}_PROTO=${port.protocol}`,
    );
  }
  env.push(`${alias}_NAME=${name}`);
  for (const entry of linked.env) {
    const equals = entry.indexOf('=');
    const variable = entry.slice(0, equals);
    if (equals > 0 && variable !== 'HOME' && variable !== 'PATH') env.push(`${alias}_ENV_${entry}`);
  }
  return env;
}

/** Ports that follow each other, of one protocol. */
function ranges(ports: readonly Port[]): { start: Port; end: Port }[] {
  const found: { start: Port; end: Port }[] = [];
  for (const port of ports) {
    const last = found.at(-1);
    if (last !== undefined && last.end.protocol === port.protocol && last.end.port + 1 === port.port) {
      last.end = port;
    } else {
      found.push({ start: port, end: port });
    }
  }
  return found;
}

function tcpFirst(a: Port, b: Port): number {
  if (a.protocol === b.protocol) return a.port - b.port;
  if (a.protocol === 'tcp') return -1;
  if (b.protocol === 'tcp') return 1;
  return a.protocol < b.protocol ? -1 : 1;
}
