// The default bridge: its address, its nft table, the endpoints of containers and their published ports. Addresses are
// taken and given back in memory; the kernel's objects are made by berth-spawn.
import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { EngineConfig, InstanceNames } from '../config.ts';
import { EngineError } from '../errors.ts';
import type { SpawnClient } from '../helper/spawn-client.ts';
import type { NetworkPlace, PortMapElement } from '../helper/spawn-requests.ts';
import type { Logger } from '../log.ts';
import type { Endpoint } from '../containers/container-record.ts';
import type { PortRequest } from '../containers/port-bindings.ts';
import { AddressPool } from './address-pool.ts';
import { chooseBridgeAddress, defaultDevice, isAddressFree, parseRoutes } from './host-routes.ts';
import { formatAddress, formatSubnet, parseAddress, parseInterfaceAddress } from './ipv4.ts';
import { dropTable, natTable, portMaps } from './nft-rules.ts';
import { runNft } from './run-nft.ts';

const fallbackMtu = 1500;

/** What the bridge network needs of the engine. */
export interface BridgeNetworkOptions {
  readonly config: EngineConfig;
  readonly names: InstanceNames;
  readonly spawn: SpawnClient;
  readonly log: Logger;
  /** The bridge's address when it was last made; kept when it still fits. */
  readonly lastAddress: string | undefined;
}

/** The network `bridge`. */
export class BridgeNetwork {
  /** The bridge's own address with its prefix length. */
  readonly bridgeAddress: string;
  readonly gateway: string;
  readonly subnet: string;
  readonly mtu: number;
  readonly #names: InstanceNames;
  readonly #spawn: SpawnClient;
  readonly #pool: AddressPool;
  readonly #prefixLength: number;
  readonly #linkPrefix: string;

  private constructor(options: BridgeNetworkOptions, bridgeAddress: string, mtu: number) {
    const { address, subnet } = parseInterfaceAddress(bridgeAddress);
    this.bridgeAddress = bridgeAddress;
    this.gateway = formatAddress(address);
    this.subnet = formatSubnet(subnet);
    this.mtu = mtu;
    this.#names = options.names;
    this.#spawn = options.spawn;
    this.#pool = new AddressPool(subnet, [address]);
    this.#prefixLength = subnet.prefixLength;
    this.#linkPrefix = linkPrefix(options.config.execRoot);
  }

  /** Makes the bridge and the table, or takes them over from an earlier engine of this instance. */
  static async open(options: BridgeNetworkOptions): Promise<BridgeNetwork> {
    const { config, names, spawn } = options;
    const routes = parseRoutes(await readFile('/proc/net/route', 'utf8'));
    const { lastAddress } = options;
    const address =
      config.bip ??
      (lastAddress !== undefined && isAddressFree(lastAddress, routes, names.bridge)
        ? lastAddress
        : chooseBridgeAddress(routes, names.bridge));
    const network = new BridgeNetwork(options, address, await deviceMtu(defaultDevice(routes)));
    await spawn.bridge(names.bridge, address, network.mtu);
    await runNft(natTable(names.nftTable, names.bridge, network.subnet));
    await writeFile('/proc/sys/net/ipv4/ip_forward', '1').catch((error: unknown) => {
      // In a locked-down namespace: containers reach each other and the host, not the world.
      options.log.warn('ip_forward cannot be set', { error: String(error) });
    });
    return network;
  }

  /** A place for a container; `mac` is the user's wish or empty. Given back by {@link release}. */
  connect(mac: string): Endpoint {
    const address = this.#pool.allocate();
    const text = formatAddress(address);
    return {
      endpointId: randomBytes(32).toString('hex'),
      address: text,
      prefixLength: this.#prefixLength,
      gateway: this.gateway,
      mac: mac === '' ? macOf(address) : mac,
      hostName: this.#linkPrefix + randomBytes(4).toString('hex'),
    };
  }

  /** Takes back what a running container of an earlier engine holds. */
  adopt(endpoint: Endpoint): void {
    const address = parseAddress(endpoint.address);
    if (address !== undefined) this.#pool.take(address);
  }

  release(endpoint: Endpoint): void {
    const address = parseAddress(endpoint.address);
    if (address !== undefined) this.#pool.release(address);
  }

  /** The endpoint for berth-spawn. */
  place(endpoint: Endpoint): NetworkPlace {
    return {
      bridge: this.#names.bridge,
      hostName: endpoint.hostName,
      name: 'eth0',
      mac: endpoint.mac,
      addresses: [`${endpoint.address}/${String(endpoint.prefixLength)}`],
      gateway: endpoint.gateway,
      mtu: this.mtu,
    };
  }

  /** Lets packets for published ports through to a container. Loopback is the monitor's. */
  async publish(endpoint: Endpoint, ports: readonly PortRequest[]): Promise<void> {
    await this.#change(endpoint, ports, 'add');
  }

  /** Takes the published ports back. */
  async unpublish(endpoint: Endpoint, ports: readonly PortRequest[]): Promise<void> {
    await this.#change(endpoint, ports, 'remove');
  }

  /** Removes veths of this instance that belong to no container. */
  async removeStrayLinks(inUse: ReadonlySet<string>): Promise<void> {
    const devices = await readFile('/proc/net/dev', 'utf8');
    for (const line of devices.split('\n')) {
      const name = line.split(':')[0]?.trim() ?? '';
      if (name.startsWith(this.#linkPrefix) && !inUse.has(name)) await this.#spawn.deleteLink(name);
    }
  }

  /** Removes the bridge and the table; only when no container runs. */
  async remove(): Promise<void> {
    await runNft(dropTable(this.#names.nftTable));
    await this.#spawn.deleteBridge(this.#names.bridge);
  }

  async #change(endpoint: Endpoint, ports: readonly PortRequest[], change: 'add' | 'remove'): Promise<void> {
    const any: PortMapElement[] = [];
    const one: PortMapElement[] = [];
    for (const { hostIp, protocol, hostPort, port } of ports) {
      if (hostIp === '0.0.0.0') any.push([protocol, hostPort, endpoint.address, port]);
      else if (!hostIp.startsWith('127.')) one.push([hostIp, protocol, hostPort, endpoint.address, port]);
    }
    const batch = (elements: PortMapElement[]) =>
      change === 'add' ? { add: elements, remove: [] } : { add: [], remove: elements };
    const { nftTable } = this.#names;
    if (any.length > 0) await this.#spawn.map(nftTable, portMaps.any, batch(any));
    if (one.length > 0) await this.#spawn.map(nftTable, portMaps.one, batch(one));
  }
}

/** Docker's scheme: locally administered, the address in the last four bytes. */
export function macOf(address: number): string {
  const bytes = [0x02, 0x42, ...[24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff)];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** Checks a MAC address a user gave. Throws invalid in Docker's words. */
export function checkMac(text: string): string {
  if (text === '' || /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text)) return text.toLowerCase();
  throw new EngineError('invalid', `invalid MAC address: ${text}`);
}

/** Device names of this instance: 7 bytes here and 8 of chance make the kernel's 15. */
function linkPrefix(execRoot: string): string {
  return `bt${createHash('sha256').update(path.resolve(execRoot)).digest('hex').slice(0, 5)}`;
}

/** The MTU of a device in the engine's own network namespace; /sys may show another's. */
async function deviceMtu(device: string | undefined): Promise<number> {
  if (device === undefined || device.includes('/')) return fallbackMtu;
  try {
    const mtu = Number((await readFile(`/proc/sys/net/ipv6/conf/${device}/mtu`, 'utf8')).trim());
    return Number.isInteger(mtu) && mtu >= 576 && mtu <= 65_535 ? mtu : fallbackMtu;
  } catch {
    return fallbackMtu; // a kernel without IPv6
  }
}
