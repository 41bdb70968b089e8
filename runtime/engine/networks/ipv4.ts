// IPv4 addresses and subnets as numbers.
import { EngineError } from '../errors.ts';

/** A subnet: its first address and the length of its prefix. */
export interface Subnet {
  readonly first: number;
  readonly prefixLength: number;
}

/** An address as an unsigned 32-bit number; undefined for what is none. */
export function parseAddress(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  let number = 0;
  for (const part of match.slice(1)) {
    if (Number(part) > 255) return undefined;
    number = number * 256 + Number(part);
  }
  return number;
}

/** `172.17.0.1`. */
export function formatAddress(address: number): string {
  return [24, 16, 8, 0].map((shift) => String((address >>> shift) & 0xff)).join('.');
}

/** The number of addresses in a subnet. */
export function sizeOf(subnet: Subnet): number {
  return 2 ** (32 - subnet.prefixLength);
}

/** The subnet an address with a prefix length is in. */
export function subnetOf(address: number, prefixLength: number): Subnet {
  const size = 2 ** (32 - prefixLength);
  return { first: Math.floor(address / size) * size, prefixLength };
}

/** `172.17.0.0/16`. */
export function formatSubnet(subnet: Subnet): string {
  return `${formatAddress(subnet.first)}/${String(subnet.prefixLength)}`;
}

/** Whether two subnets share an address. */
export function overlap(a: Subnet, b: Subnet): boolean {
  return a.first < b.first + sizeOf(b) && b.first < a.first + sizeOf(a);
}

/** `172.17.0.1/16`: an address and its subnet. Throws invalid. */
export function parseInterfaceAddress(text: string): { address: number; subnet: Subnet } {
  const [left = '', right = ''] = text.split('/');
  const address = parseAddress(left);
  const prefixLength = /^\d{1,2}$/.test(right) ? Number(right) : 0;
  if (address === undefined || prefixLength < 8 || prefixLength > 30) {
    throw new EngineError(
      'invalid',
      `invalid bridge address "${text}": expected an IPv4 address like 172.17.0.1/16`,
    );
  }
  return { address, subnet: subnetOf(address, prefixLength) };
}
