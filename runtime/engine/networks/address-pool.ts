// Addresses of one subnet: handed out in turn, so that one just given back is the last to be used again and stale
// ARP entries do no harm. In memory; rebuilt from the records of running containers.
import { EngineError } from '../errors.ts';
import { contains, formatCidr, formatIp, lastOf, type Cidr, type Ip } from '../../syntax/ip.ts';

/** What is taken of a subnet. The network's own and the broadcast address are never given. */
export class AddressPool {
  readonly subnet: Cidr;
  /** Where those that nobody asks for by name are from. */
  readonly #range: { readonly first: bigint; readonly last: bigint };
  readonly #name: string;
  readonly #taken = new Set<bigint>();
  #next: bigint;

  /** `name` is the network's, for the error. */
  constructor(subnet: Cidr, reserved: readonly bigint[], name = 'bridge', range: Cidr = subnet) {
    this.subnet = subnet;
    this.#name = name;
    this.#range = { first: range.first, last: lastOf(range) };
    this.#next = range.first;
    this.#taken.add(subnet.first);
    // IPv6 has no broadcast address.
    if (subnet.family === 4) this.#taken.add(lastOf(subnet));
    for (const address of reserved) this.#taken.add(address);
  }

  /** Takes the next free address. Throws unavailable, in Docker's words, when there is none. */
  allocate(): bigint {
    const { first, last } = this.#range;
    let address = this.#next;
    // Of those taken one at most is not in the way: after so many steps and one, a free one was met or there is none.
    for (let tried = 0; tried <= this.#taken.size && BigInt(tried) <= last - first; tried++) {
      if (!this.#taken.has(address)) {
        this.#taken.add(address);
        this.#next = address === last ? first : address + 1n;
        return address;
      }
      address = address === last ? first : address + 1n;
    }
    throw new EngineError(
      'unavailable',
      `no available IPv${String(this.subnet.family)} addresses on this network's address pools: ${this.#name} (${formatCidr(this.subnet)})`,
    );
  }

  /** Takes this very address; false when it is taken already or of another subnet. */
  take(address: bigint): boolean {
    if (!contains(this.subnet, this.ip(address)) || this.#taken.has(address)) return false;
    this.#taken.add(address);
    return true;
  }

  /** Gives an address back. */
  release(address: bigint): void {
    this.#taken.delete(address);
  }

  ip(value: bigint): Ip {
    return { family: this.subnet.family, value };
  }

  /** `172.17.0.2`. */
  format(address: bigint): string {
    return formatIp(this.subnet.family, address);
  }
}
