// What the host's routing table says: which subnets are in use, and by which device the default route leaves.
// From the text of /proc/net/route, which is that of the engine's own network namespace.
import { EngineError } from '../errors.ts';
import { overlap, parseInterfaceAddress, type Subnet } from './ipv4.ts';

/** One route of the host. A default route has prefix length 0. */
export interface HostRoute {
  readonly device: string;
  readonly subnet: Subnet;
}

/** Parses /proc/net/route: numbers there are hexadecimal in the machine's byte order, which is little-endian here. */
export function parseRoutes(text: string): HostRoute[] {
  const routes: HostRoute[] = [];
  for (const line of text.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const device = fields[0];
    const destination = littleEndian(fields[1]);
    const mask = littleEndian(fields[7]);
    if (device === undefined || destination === undefined || mask === undefined) continue;
    const prefixLength = mask === 0 ? 0 : 32 - Math.log2(2 ** 32 - mask);
    routes.push({ device, subnet: { first: destination, prefixLength } });
  }
  return routes;
}

/** The device of the default route, if there is one. */
export function defaultDevice(routes: readonly HostRoute[]): string | undefined {
  return routes.find((route) => route.subnet.prefixLength === 0)?.device;
}

/** The first of 172.17.0.1/16 … 172.31.0.1/16 and 192.168.0.1/20 … whose subnet no other device has a route to. */
export function chooseBridgeAddress(routes: readonly HostRoute[], bridge: string): string {
  const foreign = routes.filter((route) => route.device !== bridge && route.subnet.prefixLength > 0);
  const candidates = [
    ...Array.from({ length: 15 }, (_, index) => `172.${String(17 + index)}.0.1/16`),
    ...Array.from({ length: 16 }, (_, index) => `192.168.${String(index * 16)}.1/20`),
  ];
  const free = candidates.find((candidate) => isFree(candidate, foreign));
  if (free !== undefined) return free;
  throw new EngineError(
    'unavailable',
    'all predefined address pools have been fully subnetted: name a free one with --bip',
  );
}

/** Whether an address's subnet overlaps no route of another device. */
export function isAddressFree(address: string, routes: readonly HostRoute[], bridge: string): boolean {
  return isFree(
    address,
    routes.filter((route) => route.device !== bridge && route.subnet.prefixLength > 0),
  );
}

function isFree(address: string, routes: readonly HostRoute[]): boolean {
  const { subnet } = parseInterfaceAddress(address);
  return !routes.some((route) => overlap(route.subnet, subnet));
}

function littleEndian(hex: string | undefined): number | undefined {
  if (hex === undefined || !/^[0-9A-F]{8}$/i.test(hex)) return undefined;
  return Buffer.from(hex, 'hex').readUInt32LE(0);
}
