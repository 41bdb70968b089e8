// What the host's routing table says: which subnets are in use, and by which device the default route leaves.
// From the text of /proc/net/route and ipv6_route, which are those of the engine's own network namespace.
import { EngineError } from '../errors.ts';
import { overlaps, parseCidr, type Cidr } from '../../syntax/ip.ts';

/** One route of the host. A default route has prefix length 0. */
export interface HostRoute {
  readonly device: string;
  readonly subnet: Cidr;
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
    routes.push({ device, subnet: { family: 4, first: BigInt(destination), prefixLength } });
  }
  return routes;
}

/** Parses /proc/net/ipv6_route, without link-local, multicast and loopback routes. */
export function parseRoutes6(text: string): HostRoute[] {
  return text.split('\n').flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const [destination = '', length = ''] = fields;
    const device = fields[9];
    if (device === undefined || device === 'lo' || !/^[0-9a-f]{32}$/.test(destination)) return [];
    if (/^(fe8|ff)/.test(destination)) return [];
    return [
      {
        device,
        subnet: { family: 6, first: BigInt(`0x${destination}`), prefixLength: parseInt(length, 16) } as const,
      },
    ];
  });
}

/** The device of the default route, if there is one. */
export function defaultDevice(routes: readonly HostRoute[]): string | undefined {
  return routes.find((route) => route.subnet.prefixLength === 0)?.device;
}

/** Docker's pools: 172.17.0.0/16 to 172.31.0.0/16 and the sixteen /20 of 192.168.0.0/16, each by the address of its bridge. */
const candidates: readonly string[] = [
  ...Array.from({ length: 15 }, (_, index) => `172.${String(17 + index)}.0.1/16`),
  ...Array.from({ length: 16 }, (_, index) => `192.168.${String(index * 16)}.1/20`),
];

/** The first of Docker's pools that nothing in `used` overlaps, as the bridge's address. Throws what Docker says. */
export function chooseBridgeAddress(used: readonly Cidr[]): string {
  const free = candidates.find((candidate) => isFree(candidate, used));
  if (free !== undefined) return free;
  throw new EngineError('invalid', 'all predefined address pools have been fully subnetted');
}

/** Whether an address's subnet overlaps none of these. */
export function isFree(address: string, used: readonly Cidr[]): boolean {
  const subnet = parseCidr(address);
  return subnet !== undefined && !used.some((other) => overlaps(other, subnet));
}

/** The subnets that devices other than ours have routes to; the default route is none. */
export function foreignSubnets(routes: readonly HostRoute[], ours: ReadonlySet<string>): Cidr[] {
  return routes
    .filter(({ device, subnet }) => subnet.prefixLength > 0 && !ours.has(device))
    .map(({ subnet }) => subnet);
}

function littleEndian(hex: string | undefined): number | undefined {
  if (hex === undefined || !/^[0-9A-F]{8}$/i.test(hex)) return undefined;
  return Buffer.from(hex, 'hex').readUInt32LE(0);
}
