// Addresses and subnets of both families, as big integers. Pure.

export type Family = 4 | 6;

/** An address. */
export interface Ip {
  readonly family: Family;
  readonly value: bigint;
}

/** A subnet: its first address and the length of its prefix. */
export interface Cidr {
  readonly family: Family;
  readonly first: bigint;
  readonly prefixLength: number;
}

const bits = (family: Family): number => (family === 4 ? 32 : 128);

/** Parses an address; undefined for what is none. Zones are none. */
export function parseIp(text: string): Ip | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Ip | undefined {
  if (!/^(0|[1-9]\d{0,2})(\.(0|[1-9]\d{0,2})){3}$/.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  return { family: 4, value: parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n) };
}

function parseIpv6(text: string): Ip | undefined {
  // The last 32 bits may be written as an IPv4 address.
  const embedded = /^(.*:)([\d.]*\.[\d.]*)$/.exec(text);
  if (embedded !== null) {
    const tail = parseIpv4(embedded[2] ?? '')?.value;
    if (tail === undefined) return undefined;
    return parseIpv6(`${embedded[1] ?? ''}${(tail >> 16n).toString(16)}:${(tail & 0xffffn).toString(16)}`);
  }
  const [head = '', rest, more] = text.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const front = groups(head);
  const back = groups(rest ?? '');
  const zeros = 8 - front.length - back.length;
  if (more !== undefined || (rest === undefined ? zeros !== 0 : zeros < 1)) return undefined;
  const all = [...front, ...Array.from({ length: zeros }, () => '0'), ...back];
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return { family: 6, value: all.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n) };
}

/** `172.17.0.1`, or IPv6 in the form of RFC 5952. */
export function formatIp(family: Family, value: bigint): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - index * 16)) & 0xffffn);
  let [start, length] = [-1, 1];
  for (let index = 0; index < 8; index++) {
    let run = 0;
    while (index + run < 8 && groups[index + run] === 0n) run++;
    if (run > length) [start, length] = [index, run];
  }
  const text = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return start < 0 ? text(0, 8) : `${text(0, start)}::${text(start + length, 8)}`;
}

/** Parses `10.5.0.1/16`: its subnet, and the address before the slash. Undefined for what is none. */
export function parseCidr(text: string): (Cidr & { readonly address: bigint }) | undefined {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const ip = parseIp(match?.[1] ?? '');
  const prefixLength = Number(match?.[2]);
  if (ip === undefined || prefixLength > bits(ip.family)) return undefined;
  const host = BigInt(bits(ip.family) - prefixLength);
  return { family: ip.family, first: (ip.value >> host) << host, prefixLength, address: ip.value };
}

/** `172.17.0.0/16`. */
export function formatCidr({ family, first, prefixLength }: Cidr): string {
  return `${formatIp(family, first)}/${String(prefixLength)}`;
}

/** The last address of a subnet. */
export function lastOf({ family, first, prefixLength }: Cidr): bigint {
  return first + (1n << BigInt(bits(family) - prefixLength)) - 1n;
}

/** Whether an address is in a subnet. */
export function contains(cidr: Cidr, ip: Ip): boolean {
  return cidr.family === ip.family && ip.value >= cidr.first && ip.value <= lastOf(cidr);
}

/** Whether two subnets share an address. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  return a.family === b.family && a.first <= lastOf(b) && b.first <= lastOf(a);
}
