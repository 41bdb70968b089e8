// What only the overlay networks of a swarm have: the number of their VXLAN, and subnets out of the swarm's pools.
import { EngineError } from '../errors.ts';
import { formatIp, lastOf, overlaps, parseCidr, type Cidr } from '../../syntax/ip.ts';
import { untrustedMap, type UntrustedMap } from '../types.ts';

/** The option that names a network's VXLAN, and in which its number is kept. */
const vniOption = 'com.docker.network.driver.overlay.vxlanid_list';
/** Docker's first: lower numbers are left to switches. */
const firstVni = 4096;
const lastVni = 2 ** 24 - 1;

/** What a swarm gives to a new network of its own. */
export interface OverlayPlace extends SubnetPools {
  readonly id: string;
}

/** Where a swarm takes subnets from for networks that name none. */
export interface SubnetPools {
  /** `10.0.0.0/8` and the like, in the order in which they are used up. */
  readonly pools: readonly string[];
  /** Bits of the prefix of each subnet. */
  readonly subnetSize: number;
}

/** The number of the VXLAN (VNI) of a network with these options; undefined when they name none. Throws invalid for nonsense. */
export function vniOf(options: Readonly<UntrustedMap<string>>): number | undefined {
  const text = options[vniOption];
  if (text === undefined || text === '') return undefined;
  const vni = /^\d{1,8}$/.test(text) ? Number(text) : 0;
  if (vni >= 1 && vni <= lastVni) return vni;
  throw new EngineError(
    'invalid',
    `invalid vxlan id ${JSON.stringify(text)}: one number below 2^24 is wanted`,
  );
}

/** The options of a new overlay network, its VXLAN's number among them. Throws for a number that is taken. */
export function withVni(
  options: Readonly<UntrustedMap<string>>,
  used: ReadonlySet<number>,
): UntrustedMap<string> {
  const wanted = vniOf(options);
  if (wanted !== undefined && used.has(wanted)) {
    throw new EngineError('invalid', `vxlan id ${String(wanted)} is used by another network`);
  }
  let vni = wanted ?? firstVni;
  while (used.has(vni)) vni += 1;
  return untrustedMap([...Object.entries(options), [vniOption, String(vni)]]);
}

/** The first free subnet of the pools, with the address of its gateway: `10.0.1.1/24`. Throws when none is left. */
export function chooseOverlaySubnet({ pools, subnetSize }: SubnetPools, used: readonly Cidr[]): string {
  for (const text of pools) {
    const pool = parseCidr(text);
    if (pool?.family !== 4) continue;
    const step = 1n << BigInt(32 - subnetSize);
    const end = pool.first + (1n << BigInt(32 - pool.prefixLength));
    let first = pool.first;
    while (first + step <= end) {
      const subnet: Cidr = { family: 4, first, prefixLength: subnetSize };
      const taken = used.find((other) => overlaps(other, subnet));
      if (taken === undefined) return `${formatIp(4, first + 1n)}/${String(subnetSize)}`;
      // Behind all of what is taken, where the next subnet begins.
      const behind = lastOf(taken) + 1n;
      first = behind > first + step ? ((behind + step - 1n) / step) * step : first + step;
    }
  }
  throw new EngineError('unavailable', 'could not find an available, non-overlapping IPv4 address pool');
}
