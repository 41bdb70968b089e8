// Addresses of one subnet: handed out in turn, so that one just given back is the last to be used again and stale
// ARP entries do no harm. In memory; rebuilt from the records of running containers.
import { EngineError } from '../errors.ts';
import { formatAddress, sizeOf, type Subnet } from './ipv4.ts';

/** What is taken of a subnet. The network's own and the broadcast address are never given. */
export class AddressPool {
  readonly #subnet: Subnet;
  readonly #taken: Uint8Array;
  #next = 1;

  constructor(subnet: Subnet, reserved: readonly number[]) {
    this.#subnet = subnet;
    this.#taken = new Uint8Array(Math.ceil(sizeOf(subnet) / 8));
    this.#mark(0);
    this.#mark(sizeOf(subnet) - 1);
    for (const address of reserved) this.take(address);
  }

  /** Takes the next free address. Throws unavailable, in Docker's words, when there is none. */
  allocate(): number {
    const size = sizeOf(this.#subnet);
    for (let tried = 0; tried < size; tried += 1) {
      const offset = (this.#next + tried) % size;
      if (this.#isTaken(offset)) continue;
      this.#mark(offset);
      this.#next = offset + 1;
      return this.#subnet.first + offset;
    }
    throw new EngineError(
      'unavailable',
      `no available IPv4 addresses on this network's address pools: bridge (${formatAddress(this.#subnet.first)})`,
    );
  }

  /** Takes this very address; false when it is taken already or of another subnet. */
  take(address: number): boolean {
    const offset = address - this.#subnet.first;
    if (offset < 0 || offset >= sizeOf(this.#subnet) || this.#isTaken(offset)) return false;
    this.#mark(offset);
    return true;
  }

  /** Gives an address back. */
  release(address: number): void {
    const offset = address - this.#subnet.first;
    if (offset < 0 || offset >= sizeOf(this.#subnet)) return;
    const byte = offset >> 3;
    this.#taken[byte] = (this.#taken[byte] ?? 0) & ~(1 << (offset & 7));
  }

  #isTaken(offset: number): boolean {
    return ((this.#taken[offset >> 3] ?? 0) & (1 << (offset & 7))) !== 0;
  }

  #mark(offset: number): void {
    const byte = offset >> 3;
    this.#taken[byte] = (this.#taken[byte] ?? 0) | (1 << (offset & 7));
  }
}
