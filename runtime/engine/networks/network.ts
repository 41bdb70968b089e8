// One network that containers get a device and addresses in: the default bridge, a bridge somebody made, a macvlan or an
// ipvlan, or this machine's part of an overlay network of the swarm.
// Addresses are taken and given back in memory; the kernel's objects are made by berth-spawn.
import { isIP } from 'node:net';
import { randomBytes } from 'node:crypto';
import type { Endpoint } from '../containers/container-record.ts';
import { EngineError } from '../errors.ts';
import type { NetworkPlace } from '../helper/spawn-requests.ts';
import { AddressPool } from './address-pool.ts';
import type { Family, Cidr } from '../../syntax/ip.ts';
import { contains, formatCidr, parseIp } from '../../syntax/ip.ts';

/** One of a network's subnets. */
export interface NetworkPool {
  readonly subnet: Cidr;
  readonly range?: Cidr;
  /** Absent: the network has no way out by itself. */
  readonly gateway?: bigint;
  /** Addresses that belong to others. */
  readonly reserved: readonly bigint[];
  /** The user named the subnet: only there may containers name their address. */
  readonly configured: boolean;
}

/** What a network is. */
export interface NetworkSpec {
  readonly id: string;
  readonly name: string;
  readonly driver: 'bridge' | 'macvlan' | 'ipvlan' | 'overlay';
  /** Of an overlay: the number of its VXLAN. */
  readonly vni?: number;
  /** Of an overlay: only services may be in it. There are none, so nobody is. */
  readonly servicesOnly?: boolean;
  /** The bridge, or the host's device a macvlan or an ipvlan is made on. */
  readonly device: string;
  /** Of a macvlan; of an ipvlan its flag. */
  readonly mode: string;
  readonly isDefault: boolean;
  readonly internal: boolean;
  readonly icc: boolean;
  readonly masquerade: boolean;
  /** Where ports are published unless it is said: an address of the host. */
  readonly hostBinding: string;
  readonly mtu: number;
  readonly pools: readonly NetworkPool[];
}

/** Who is in a network, and by which names others find it there. */
export interface Member {
  readonly containerId: string;
  readonly containerName: string;
  readonly aliases: readonly string[];
}

/** Whether a network's containers hang on a bridge of the engine's. */
export function hasBridge({ driver }: Pick<NetworkSpec, 'driver'>): boolean {
  return driver === 'bridge' || driver === 'overlay';
}

/** Somebody in an overlay network on another machine. */
export interface RemoteMember {
  readonly endpointId: string;
  readonly containerId: string;
  readonly containerName: string;
  /** By which others find it in the network, beside its name. */
  readonly aliases: readonly string[];
  readonly mac: string;
  /** Of either family; empty where there is none. */
  readonly address: string;
  readonly address6: string;
  /** That machine's address. */
  readonly machine: string;
}

/** Addresses in a network that a swarm's manager gave to one of its nodes; empty where there is none. */
export interface Lease {
  readonly ipv4: string;
  readonly ipv6: string;
}

/** What somebody asks for a place in a network; empty: what is free. */
export interface EndpointWish {
  readonly mac: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly linkLocal: readonly string[];
}

/** A network and who is in it. */
export class Network {
  readonly spec: NetworkSpec;
  readonly #pools: ReadonlyMap<Family, AddressPool>;
  readonly #members = new Map<string, { readonly endpoint: Endpoint; readonly member: Member }>();
  readonly #linkPrefix: string;
  /** Told after each change of the members. */
  onMembers: () => void = () => undefined;
  /** Of an overlay: those on other machines. */
  #remote: readonly RemoteMember[] = [];
  /** Asks the swarm's manager for addresses, where that is another machine; undefined: they are given here. */
  lessor: (wish: EndpointWish) => Promise<Lease> | undefined = () => undefined;

  /** `linkPrefix` begins the names of the devices this instance makes. */
  constructor(spec: NetworkSpec, linkPrefix: string) {
    this.spec = spec;
    this.#linkPrefix = linkPrefix;
    this.#pools = new Map(
      spec.pools.map(({ subnet, range, gateway, reserved }) => [
        subnet.family,
        new AddressPool(
          subnet,
          gateway === undefined ? reserved : [gateway, ...reserved],
          spec.name,
          range ?? subnet,
        ),
      ]),
    );
  }

  get id(): string {
    return this.spec.id;
  }

  get name(): string {
    return this.spec.name;
  }

  get members(): Iterable<{ readonly endpoint: Endpoint; readonly member: Member }> {
    return this.#members.values();
  }

  get isEmpty(): boolean {
    return this.#members.size === 0 && this.#remote.length === 0;
  }

  get remote(): readonly RemoteMember[] {
    return this.#remote;
  }

  set remote(members: readonly RemoteMember[]) {
    this.#remote = members;
    this.onMembers();
  }

  /** The gateway's address; empty where there is none. */
  gateway(family: Family): string {
    const pool = this.spec.pools.find(({ subnet }) => subnet.family === family);
    const addresses = this.#pools.get(family);
    return pool?.gateway === undefined || addresses === undefined ? '' : addresses.format(pool.gateway);
  }

  /** What a container's routes are told: an internal network has no way out, nor has an overlay by itself. */
  #way(family: Family): string {
    return this.spec.internal || this.spec.driver === 'overlay' ? '' : this.gateway(family);
  }

  /** The subnet, `172.17.0.0/16`; empty where there is none. */
  subnet(family: Family): string {
    const pool = this.#pools.get(family);
    return pool === undefined ? '' : formatCidr(pool.subnet);
  }

  /** Throws what Docker says when an address cannot be asked for here. */
  check(wish: EndpointWish): void {
    if (this.spec.driver === 'ipvlan' && wish.mac !== '') {
      throw new EngineError('invalid', 'ipvlan interfaces do not support custom mac address assignment');
    }
    for (const text of [wish.ipv4, wish.ipv6]) {
      if (text === '') continue;
      const ip = parseIp(text);
      if (ip === undefined) throw new EngineError('invalid', `invalid IP address: ${text}`);
      if (this.spec.isDefault) {
        throw new EngineError(
          'invalid',
          'user specified IP address is supported on user defined networks only',
        );
      }
      const pool = this.spec.pools.find(({ subnet }) => subnet.family === ip.family);
      // A swarm's manager lets anybody name an address.
      if (pool?.configured !== true && this.spec.driver !== 'overlay') {
        throw new EngineError(
          'invalid',
          'user specified IP address is supported only when connecting to networks with user configured subnets',
        );
      }
      if (pool === undefined || !contains(pool.subnet, ip)) {
        throw new EngineError(
          'invalid',
          `Invalid address ${text}: It does not belong to any of this network's subnets`,
        );
      }
    }
  }

  /** Throws what Docker says when no container may be in it by itself. */
  checkJoin(): void {
    if (this.spec.servicesOnly !== true) return;
    throw new EngineError(
      'forbidden',
      `Could not attach to network ${this.name}: rpc error: code = PermissionDenied desc = network ${this.name} not manually attachable`,
    );
  }

  /** A place for a container. Given back by {@link release}. */
  async connect(wish: EndpointWish, device: string, member: Member): Promise<Endpoint> {
    this.checkJoin();
    this.check(wish);
    const { ipv4, ipv6 } = this.#take((await this.lessor(wish)) ?? wish);
    const [pool4, pool6] = [this.#pools.get(4), this.#pools.get(6)];
    const endpoint: Endpoint = {
      network: this.name,
      networkId: this.id,
      endpointId: randomBytes(32).toString('hex'),
      device,
      address: this.#text(4, ipv4),
      prefixLength: pool4?.subnet.prefixLength ?? 0,
      gateway: this.#way(4),
      address6: this.#text(6, ipv6),
      prefixLength6: pool6?.subnet.prefixLength ?? 0,
      gateway6: this.#way(6),
      mac: this.#macFor(wish, ipv4),
      linkLocal: wish.linkLocal.map((text) => `${text}/${isIP(text) === 4 ? '16' : '64'}`),
      hostName: hasBridge(this.spec) ? this.#linkPrefix + randomBytes(4).toString('hex') : '',
      // Set for the one that the default route leaves by.
      isGateway: false,
    };
    this.#join(endpoint, member);
    return endpoint;
  }

  /** Takes back what a running container of an earlier engine holds. */
  adopt(endpoint: Endpoint, member: Member): void {
    for (const [family, text] of [
      [4, endpoint.address],
      [6, endpoint.address6],
    ] as const) {
      const ip = parseIp(text);
      if (ip !== undefined) this.#pools.get(family)?.take(ip.value);
    }
    this.#join(endpoint, member);
  }

  release(endpoint: Endpoint): void {
    if (!this.#members.delete(endpoint.endpointId)) return;
    this.giveBack({ ipv4: endpoint.address, ipv6: endpoint.address6 });
    this.onMembers();
  }

  /** A container has other names now. */
  rename(containerId: string, containerName: string): void {
    for (const [id, { endpoint, member }] of this.#members) {
      if (member.containerId !== containerId) continue;
      this.#members.set(id, { endpoint, member: { ...member, containerName } });
      this.onMembers();
    }
  }

  /** The endpoint for berth-spawn. */
  place(endpoint: Endpoint): NetworkPlace {
    const { spec } = this;
    const addresses = [
      ...(endpoint.address === '' ? [] : [`${endpoint.address}/${String(endpoint.prefixLength)}`]),
      ...(endpoint.address6 === '' ? [] : [`${endpoint.address6}/${String(endpoint.prefixLength6)}`]),
      ...endpoint.linkLocal,
    ];
    return {
      ...(hasBridge(spec)
        ? { bridge: spec.device, hostName: endpoint.hostName, isolated: !spec.icc }
        : spec.driver === 'macvlan'
          ? { parent: spec.device, mode: spec.mode }
          : { parent: spec.device, ipvlanFlag: spec.mode }),
      name: endpoint.device,
      mac: endpoint.mac,
      addresses,
      gateways: endpoint.isGateway ? gatewaysOf(endpoint) : [],
      mtu: spec.mtu,
      ipv6: endpoint.address6 !== '' || endpoint.linkLocal.some((text) => text.includes(':')),
    };
  }

  /** Those of an ipvlan all have their parent's. */
  #macFor(wish: EndpointWish, ipv4: bigint | undefined): string {
    if (this.spec.driver === 'ipvlan') return '';
    return wish.mac === '' ? macOf(ipv4) : wish.mac;
  }

  #join(endpoint: Endpoint, member: Member): void {
    this.#members.set(endpoint.endpointId, { endpoint, member });
    this.onMembers();
  }

  /** Takes addresses for another machine. Given back by {@link giveBack}. Throws as {@link connect}. */
  lease(wish: EndpointWish): Lease {
    this.check(wish);
    const { ipv4, ipv6 } = this.#take(wish);
    return { ipv4: this.#text(4, ipv4), ipv6: this.#text(6, ipv6) };
  }

  /** Takes what another machine holds, when this one has forgotten that it does; false when somebody else has some of it. */
  takeBack({ ipv4, ipv6 }: Lease): boolean {
    const taken = { ipv4: this.#takeThis(ipv4), ipv6: this.#takeThis(ipv6) };
    if (taken.ipv4 && taken.ipv6) return true;
    this.giveBack({ ipv4: taken.ipv4 ? ipv4 : '', ipv6: taken.ipv6 ? ipv6 : '' });
    return false;
  }

  /** Takes this very address; none is always free. */
  #takeThis(text: string): boolean {
    const ip = parseIp(text);
    return text === '' || (ip !== undefined && this.#pools.get(ip.family)?.take(ip.value) === true);
  }

  giveBack(lease: Lease): void {
    for (const text of [lease.ipv4, lease.ipv6]) {
      const ip = parseIp(text);
      if (ip !== undefined) this.#pools.get(ip.family)?.release(ip.value);
    }
  }

  #text(family: Family, value: bigint | undefined): string {
    return value === undefined ? '' : (this.#pools.get(family)?.format(value) ?? '');
  }

  /** One address of each family that the network has: the wanted ones, or free ones. */
  #take(wanted: Lease): { readonly ipv4: bigint | undefined; readonly ipv6: bigint | undefined } {
    const ipv4 = this.#takeOne(4, wanted.ipv4);
    try {
      return { ipv4, ipv6: this.#takeOne(6, wanted.ipv6) };
    } catch (error) {
      if (ipv4 !== undefined) this.#pools.get(4)?.release(ipv4);
      throw error;
    }
  }

  #takeOne(family: Family, wanted: string): bigint | undefined {
    const pool = this.#pools.get(family);
    if (pool === undefined) return undefined;
    const ip = parseIp(wanted);
    if (ip === undefined) return pool.allocate();
    if (!pool.take(ip.value)) throw new EngineError('forbidden', 'Address already in use');
    return ip.value;
  }
}

/** The gateways of an endpoint, of each family that has one. */
export function gatewaysOf(endpoint: Pick<Endpoint, 'gateway' | 'gateway6'>): string[] {
  return [endpoint.gateway, endpoint.gateway6].filter((gateway) => gateway !== '');
}

/** Docker's scheme: locally administered, the IPv4 address in the last four bytes, or four by chance. */
export function macOf(address: bigint | undefined): string {
  const tail = address ?? BigInt(randomBytes(4).readUInt32BE(0));
  const bytes = [0x02n, 0x42n, ...[24n, 16n, 8n, 0n].map((shift) => (tail >> shift) & 0xffn)];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** Checks a MAC address a user gave. Throws invalid in Docker's words. */
export function checkMac(text: string): string {
  if (text === '' || /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text)) return text.toLowerCase();
  throw new EngineError('invalid', `invalid MAC address: ${text}`);
}
