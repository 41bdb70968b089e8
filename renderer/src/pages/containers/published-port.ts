// Ports as the list and the details show them: what is published, where a browser reaches it, and each only once although
// the engine names IPv4 and IPv6 apart.
import type { PortBinding } from '../../../../runtime/contract/model.ts';

export interface ShownPort {
  readonly key: string;
  /** `8080 → 80`, `53 → 53/udp`. */
  readonly text: string;
  /** `localhost:8080`, for the head of the details. */
  readonly address: string;
  /** Where a browser may go; undefined for what no browser speaks. */
  readonly link: string | undefined;
}

const anyAddress = new Set(['', '0.0.0.0', '::', '[::]']);

/** The published ports, ordered by the port on this machine. */
export function publishedPorts(ports: readonly PortBinding[]): ShownPort[] {
  const shown = new Map<string, ShownPort & { readonly port: number }>();
  for (const port of ports) {
    if (port.hostPort === undefined || port.hostPort === 0) continue;
    const ip = port.hostIp ?? '';
    const host = anyAddress.has(ip) ? 'localhost' : ip.includes(':') ? `[${ip}]` : ip;
    const key = `${host}:${port.hostPort}:${port.containerPort}/${port.protocol}`;
    const suffix = port.protocol === 'tcp' ? '' : `/${port.protocol}`;
    shown.set(key, {
      key,
      port: port.hostPort,
      text: `${port.hostPort} → ${port.containerPort}${suffix}`,
      address: `${host}:${port.hostPort}${suffix}`,
      link:
        port.protocol === 'tcp'
          ? `${port.containerPort === 443 || port.containerPort === 8443 ? 'https' : 'http'}://${host}:${port.hostPort}/`
          : undefined,
    });
  }
  return [...shown.values()].sort((a, b) => a.port - b.port);
}

/** The ports that the image exposes and nobody published. */
export function unpublishedPorts(ports: readonly PortBinding[]): string[] {
  const published = new Set(
    ports
      .filter((port) => port.hostPort !== undefined)
      .map((port) => `${port.containerPort}/${port.protocol}`),
  );
  const exposed = ports.map((port) => `${port.containerPort}/${port.protocol}`);
  return [...new Set(exposed.filter((port) => !published.has(port)))];
}
