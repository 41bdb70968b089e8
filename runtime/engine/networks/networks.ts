// All networks of an engine: the default bridge and those that somebody made. Their records, bridges and rules are made,
// taken over from an earlier engine, and removed here. A record is written before the kernel is asked for anything and goes
// first, so that an engine that was killed in between finds at its next start what to make and what to take away.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { EngineConfig, InstanceNames } from '../config.ts';
import { EngineError, messageOf, notSwarmManager } from '../errors.ts';
import { SpawnError, type SpawnClient } from '../helper/spawn-client.ts';
import type { Logger } from '../log.ts';
import { KeyedLock } from '../store/keyed-lock.ts';
import { readRecord, syncFolder, writeRecord } from '../store/records.ts';
import { networkCreateBody, type NetworkCreateBody } from '../types.ts';
import { isBuiltIn, saveBridgeAddress, type BuiltInName, type BuiltInRecord } from './built-in-networks.ts';
import { Firewall, type Forward } from './firewall.ts';
import {
  chooseBridgeAddress,
  defaultDevice,
  foreignSubnets,
  isFree,
  parseRoutes,
  parseRoutes6,
  type HostRoute,
} from './host-routes.ts';
import { formatIp, parseCidr, type Cidr, type Family } from '../../syntax/ip.ts';
import {
  checkNetworkBody,
  configurationRecord,
  isForSwarm,
  networkRecord,
  networkSpec,
  withConfiguration,
} from './network-options.ts';
import { networkIdPattern, networkRecordSchema, type NetworkRecord } from './network-record.ts';
import { NetworkNames } from './network-names.ts';
import { hasBridge, Network, type EndpointWish, type Lease, type NetworkSpec } from './network.ts';
import { chooseOverlaySubnet, vniOf, withVni, type OverlayPlace } from './overlay-options.ts';

const fallbackMtu = 1500;
/** Docker's name for it. */
export const gatewayBridgeName = 'docker_gwbridge';

/** What the networks need of the engine. */
export interface NetworksOptions {
  readonly config: EngineConfig;
  readonly names: InstanceNames;
  readonly spawn: SpawnClient;
  readonly log: Logger;
  readonly builtIn: BuiltInRecord;
}

/** How packets of overlay networks go from this machine to the others of its swarm. */
export interface OverlayPath {
  /** This machine's address. */
  readonly local: string;
  /** Of the others: all that may have somebody in a network. */
  readonly peers: readonly string[];
  /** UDP port of VXLAN on all of them. */
  readonly port: number;
}

/** A network that somebody made. */
export interface MadeNetwork {
  readonly record: NetworkRecord;
  readonly network: Network;
  /** The bridge was there before and is not ours to delete. */
  readonly foreignDevice: boolean;
}

/** What a name or id stands for. */
export type FoundNetwork =
  | { readonly kind: 'bridge'; readonly id: string; readonly name: string; readonly network: Network }
  | {
      readonly kind: 'made';
      readonly id: string;
      readonly name: string;
      readonly network: Network;
      readonly record: NetworkRecord;
    }
  | {
      /** Nobody joins it: other networks are made from it. */
      readonly kind: 'configuration';
      readonly id: string;
      readonly name: string;
      readonly record: NetworkRecord;
    }
  | { readonly kind: 'host'; readonly id: string; readonly name: string }
  | { readonly kind: 'none'; readonly id: string; readonly name: string };

/** The networks. */
export class Networks {
  readonly builtIn: BuiltInRecord;
  /** The default bridge. */
  readonly bridge: Network;
  /** Ports are published on IPv6 addresses, too. */
  readonly hostHasIpv6 = hasIpv6();
  readonly #options: NetworksOptions;
  /** The files that names are resolved from. */
  readonly names: NetworkNames;
  readonly #firewall: Firewall;
  readonly #made = new Map<string, MadeNetwork>();
  readonly #configurations = new Map<string, NetworkRecord>();
  readonly #locks = new KeyedLock();
  readonly #folder: string;
  readonly #linkPrefix: string;
  readonly #bridgePrefix: string;
  readonly #vxlanPrefix: string;
  readonly #mtu: number;
  /** Undefined while nobody else is in the swarm, or this machine in none. */
  #overlayPath: OverlayPath | undefined;
  #overlayAddress = '';
  /** Told after each change of who is in an overlay network, here or elsewhere, and of which there are. */
  onOverlays: () => void = () => undefined;
  /** Gives addresses in overlay networks where another machine leads the swarm; undefined: they are given here. */
  overlayLessor: ((networkId: string, wish: EndpointWish) => Promise<Lease>) | undefined;

  private constructor(options: NetworksOptions, bridgeAddress: string, mtu: number) {
    const { config, names, spawn, builtIn } = options;
    const tag = createHash('sha256').update(path.resolve(config.execRoot)).digest('hex').slice(0, 5);
    this.builtIn = builtIn;
    this.#options = options;
    this.#folder = path.join(config.dataRoot, 'networks');
    // 7 bytes here and 8 of chance or of the network's id make the kernel's 15.
    this.#linkPrefix = `bt${tag}`;
    this.#bridgePrefix = `bb${tag}`;
    this.#vxlanPrefix = `bv${tag}`;
    this.#mtu = mtu;
    this.names = new NetworkNames(path.join(config.execRoot, 'networks'));
    this.#firewall = new Firewall(names.nftTable, spawn, options.log);
    this.bridge = new Network(defaultSpec(options, bridgeAddress, mtu), this.#linkPrefix);
  }

  /** Makes bridges and rules, or takes them over from an earlier engine of this instance. */
  static async open(options: NetworksOptions): Promise<Networks> {
    const { config, names, log, builtIn } = options;
    const routes = await hostRoutes();
    const folder = path.join(config.dataRoot, 'networks');
    const records = await readNetworkRecords(folder, log);
    const taken = records
      .filter(({ configOnly }) => !configOnly)
      .flatMap(({ ipam }) => ipam.flatMap(({ Subnet }) => parseCidr(Subnet) ?? []));
    const used = [...foreignSubnets(routes, new Set([names.bridge])), ...taken];
    const { bridgeAddress: last } = builtIn;
    const address =
      config.bip ?? (last !== undefined && isFree(last, used) ? last : chooseBridgeAddress(used));
    const networks = new Networks(options, address, await deviceMtu(defaultDevice(routes)));
    await networks.#restore(records);
    await saveBridgeAddress(config.dataRoot, builtIn, address);
    await allow(log, '/proc/sys/net/ipv4/ip_forward');
    return networks;
  }

  async #restore(records: readonly NetworkRecord[]): Promise<void> {
    await this.#makeBridge(this.bridge.spec);
    const devices = await deviceNames();
    for (const record of records) {
      if (record.configOnly) {
        this.#configurations.set(record.id, record);
        continue;
      }
      try {
        const spec = networkSpec(record, this.#bridgeName(record.id), this.#mtu);
        const made = {
          record,
          network: new Network(spec, this.#linkPrefix),
          foreignDevice: this.#isForeign(spec, devices),
        };
        this.#made.set(record.id, made);
        this.#follow(made.network);
        await this.#makeBridge(spec);
      } catch (error) {
        // Its containers say so when they start; the others go on.
        this.#options.log.error('a network cannot be made again', {
          network: record.name,
          reason: messageOf(error),
        });
      }
    }
    const bridges = new Set([...this.#made.values()].map(({ network }) => network.spec.device));
    for (const name of devices) {
      if (name.startsWith(this.#bridgePrefix) && !bridges.has(name)) {
        await this.#options.spawn.deleteBridge(name);
      }
      if (name.startsWith(this.#vxlanPrefix) && !bridges.has(this.#bridgeOfVxlan(name))) {
        await this.#options.spawn.deleteVxlan(name);
      }
    }
    await this.#firewall.apply();
  }

  #follow(network: Network): void {
    this.names.follow(network);
    if (network.spec.driver !== 'overlay') return;
    network.lessor = (wish) => this.overlayLessor?.(network.id, wish);
    const keepNames = network.onMembers;
    network.onMembers = () => {
      keepNames();
      this.onOverlays();
    };
  }

  /** Networks that somebody made, oldest first. */
  get made(): readonly MadeNetwork[] {
    return [...this.#made.values()].sort((a, b) => (a.record.created < b.record.created ? -1 : 1));
  }

  /** Networks that only hold a configuration. */
  get configurations(): Iterable<NetworkRecord> {
    return this.#configurations.values();
  }

  /** Whether containers hang on this device of the host's. */
  readonly isOwnDevice = (device: string): boolean =>
    device.startsWith(this.#bridgePrefix) ||
    device.startsWith(this.#linkPrefix) ||
    this.#devices().has(device);

  /** By full id, name, or beginning of an id. Throws notFound or, when several ids begin so, invalid. */
  find(nameOrId: string): FoundNetwork {
    const all = this.#all();
    const exact =
      all.find(({ id }) => id === nameOrId) ??
      all.find(({ name }) => name === (nameOrId === 'default' ? 'bridge' : nameOrId));
    if (exact !== undefined) return exact;
    const similar = all.filter(({ id }) => nameOrId !== '' && id.startsWith(nameOrId));
    if (similar.length > 1) {
      throw new EngineError(
        'invalid',
        `network ${nameOrId} is ambiguous (${String(similar.length)} matches found based on ID prefix)`,
      );
    }
    const [found] = similar;
    if (found === undefined) throw new EngineError('notFound', `network ${nameOrId} not found`);
    return found;
  }

  /** The network an endpoint is in; undefined when it is gone. Records of older engines say nothing of the default bridge. */
  byId(id: string): Network | undefined {
    return id === this.bridge.id || id === '' ? this.bridge : this.#made.get(id)?.network;
  }

  #all(): FoundNetwork[] {
    const { ids } = this.builtIn;
    return [
      { kind: 'bridge', id: ids.bridge, name: 'bridge', network: this.bridge },
      { kind: 'host', id: ids.host, name: 'host' },
      { kind: 'none', id: ids.none, name: 'none' },
      ...[...this.#made.values()].map(({ record, network }): FoundNetwork => ({
        kind: 'made',
        id: record.id,
        name: record.name,
        network,
        record,
      })),
      ...[...this.#configurations.values()].map((record): FoundNetwork => ({
        kind: 'configuration',
        id: record.id,
        name: record.name,
        record,
      })),
    ];
  }

  /**
   * Makes a network. Throws in Docker's words. One at a time: each looks at what the others have. `swarm` says where one of
   * the swarm has its id and subnet from.
   */
  async create(body: NetworkCreateBody, swarm?: OverlayPlace): Promise<NetworkRecord> {
    checkNetworkBody(body);
    return await this.#locks.run('create', async () => {
      if (this.#all().some(({ name }) => name === body.Name)) {
        throw new EngineError('conflict', `network with name ${body.Name} already exists`);
      }
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      if (isForSwarm(body)) return await this.#createOverlay(body, swarm);
      const id = randomBytes(32).toString('hex');
      if (body.ConfigOnly) {
        const record = configurationRecord(body, id);
        await writeRecord(this.#file(id), record);
        this.#configurations.set(id, record);
        return record;
      }
      const routes = await hostRoutes();
      const ours = this.#subnets();
      const used = [...foreignSubnets(routes, this.#devices()), ...ours];
      const record = networkRecord(this.#whole(body), {
        id,
        ours,
        choose: (family) => chooseSubnet(family, used),
      });
      const spec = networkSpec(record, this.#bridgeName(id), this.#mtu);
      const devices = await deviceNames();
      this.#checkDevice(spec, devices);
      if (spec.driver === 'ipvlan') await this.#checkIpvlan();
      await this.#add(record, spec, this.#isForeign(spec, devices));
      return record;
    });
  }

  async #createOverlay(body: NetworkCreateBody, swarm: OverlayPlace | undefined): Promise<NetworkRecord> {
    if (swarm === undefined) throw notSwarmManager();
    const overlays = this.overlays;
    const ingress = overlays.find(({ record }) => record.ingress);
    if (body.Ingress && ingress !== undefined) {
      throw new EngineError(
        'conflict',
        `rpc error: code = AlreadyExists desc = ingress network (${ingress.record.id}) is already present`,
      );
    }
    const used = [...foreignSubnets(await hostRoutes(), this.#devices()), ...this.#subnets()];
    const numbers = new Set(overlays.flatMap(({ record }) => vniOf(record.options) ?? []));
    const record = networkRecord(
      { ...body, Options: withVni(body.Options, numbers) },
      {
        id: swarm.id,
        // Those of single machines are the machines' business.
        ours: overlays.flatMap(({ network }) => network.spec.pools.map(({ subnet }) => subnet)),
        choose: (family) => (family === 4 ? chooseOverlaySubnet(swarm, used) : chooseSubnet(family, used)),
      },
    );
    await this.#add(record, networkSpec(record, this.#bridgeName(record.id), this.#mtu), false);
    return record;
  }

  async #add(record: NetworkRecord, spec: NetworkSpec, foreignDevice: boolean): Promise<void> {
    const made: MadeNetwork = { record, network: new Network(spec, this.#linkPrefix), foreignDevice };
    await writeRecord(this.#file(record.id), record);
    try {
      await this.#makeBridge(spec);
      await this.#firewall.apply();
    } catch (error) {
      await this.#takeAway(made);
      throw error;
    }
    this.#follow(made.network);
    this.#made.set(record.id, made);
    if (spec.driver === 'overlay') this.onOverlays();
  }

  /** The bridge by which containers of overlay networks reach the world; made when the first asks for it. */
  async gatewayBridge(): Promise<Network> {
    const name = gatewayBridgeName;
    const known = (): Network | undefined =>
      [...this.#made.values()].find(({ record }) => record.name === name)?.network;
    const options = { 'com.docker.network.bridge.enable_icc': 'false' };
    const body = { Name: name, Driver: 'bridge', Options: options };
    if (known() === undefined) {
      await this.create(networkCreateBody.parse(body)).catch((error: unknown) => {
        // Two may ask at once.
        if (known() === undefined) throw error;
      });
    }
    const network = known();
    if (network === undefined) throw new EngineError('notFound', `network ${name} not found`);
    return network;
  }

  /** The overlay networks of the swarm, oldest first. */
  get overlays(): readonly MadeNetwork[] {
    return this.made.filter(({ network }) => network.spec.driver === 'overlay');
  }

  /** Makes this machine's overlay networks those of the swarm: what its manager says. */
  async setOverlays(records: readonly NetworkRecord[]): Promise<void> {
    await this.#locks.run('create', async () => {
      const wanted = new Set(records.map(({ id }) => id));
      for (const made of this.overlays) {
        if (wanted.has(made.record.id)) continue;
        this.#made.delete(made.record.id);
        await this.#takeAway(made);
      }
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      for (const record of records) {
        if (this.#made.has(record.id)) continue;
        await this.#add(record, networkSpec(record, this.#bridgeName(record.id), this.#mtu), false);
      }
    });
  }

  /** Whether a network of this name is the swarm's. */
  isOverlay(name: string): boolean {
    for (const { record } of this.#made.values()) {
      if (record.name === name) return record.driver === 'overlay';
    }
    return false;
  }

  /** This machine's address for others of the swarm; empty in none. */
  get overlayAddress(): string {
    return this.#overlayAddress;
  }

  /** Leads packets of overlay networks to other machines from now on; undefined: to none. */
  async setOverlayPath(overlayPath: OverlayPath | undefined): Promise<void> {
    this.#overlayAddress = overlayPath?.local ?? '';
    await this.#locks.run('create', async () => {
      const peers = (overlayPath?.peers ?? []).filter((peer) => peer !== overlayPath?.local);
      this.#overlayPath =
        overlayPath === undefined || peers.length === 0 ? undefined : { ...overlayPath, peers };
      for (const { network } of this.overlays) await this.#makeVxlan(network.spec);
    });
  }

  async #makeVxlan({ driver, device, vni, mtu }: NetworkSpec): Promise<void> {
    if (driver !== 'overlay') return;
    const name = this.#vxlanName({ device });
    const { spawn } = this.#options;
    if (this.#overlayPath === undefined || vni === undefined) await spawn.deleteVxlan(name);
    else await spawn.vxlan({ name, bridge: device, vni, mtu, ...this.#overlayPath });
  }

  #vxlanName({ device }: Pick<NetworkSpec, 'device'>): string {
    return device.replace(this.#bridgePrefix, this.#vxlanPrefix);
  }

  #bridgeOfVxlan(name: string): string {
    return name.replace(this.#vxlanPrefix, this.#bridgePrefix);
  }

  /** A request with what the configuration says that it names. */
  #whole(body: NetworkCreateBody): NetworkCreateBody {
    const { Network: name } = body.ConfigFrom;
    if (name === '') return body;
    const configuration = [...this.#configurations.values()].find((each) => each.name === name);
    if (configuration === undefined) {
      throw new EngineError('notFound', `configuration network "${name}" does not exist`);
    }
    return withConfiguration(body, configuration);
  }

  /** Removes a network that nobody is in. Throws forbidden in Docker's words. */
  async remove(nameOrId: string): Promise<NetworkRecord> {
    const found = this.find(nameOrId);
    if (found.kind === 'configuration') return await this.#removeConfiguration(found.record);
    if (found.kind !== 'made') {
      throw new EngineError('forbidden', `${found.name} is a pre-defined network and cannot be removed`);
    }
    return await this.#locks.run('create', async () => {
      const made = this.#made.get(found.id);
      if (made === undefined) throw new EngineError('notFound', `network ${nameOrId} not found`);
      if (!made.network.isEmpty) {
        throw new EngineError(
          'forbidden',
          `error while removing network: network ${found.name} id ${found.id} has active endpoints`,
        );
      }
      // Out of sight first: nobody joins what is being removed.
      this.#made.delete(found.id);
      await this.#takeAway(made);
      if (made.record.driver === 'overlay') this.onOverlays();
      return made.record;
    });
  }

  async #removeConfiguration({ id, name }: NetworkRecord): Promise<NetworkRecord> {
    return await this.#locks.run('create', async () => {
      const record = this.#configurations.get(id);
      if (record === undefined) throw new EngineError('notFound', `network ${name} not found`);
      if ([...this.#made.values()].some((made) => made.record.configFrom === name)) {
        throw new EngineError(
          'forbidden',
          `error while removing network: configuration network "${name}" is in use`,
        );
      }
      this.#configurations.delete(id);
      await this.#forgetRecord(id);
      return record;
    });
  }

  async #forgetRecord(id: string): Promise<void> {
    await rm(this.#file(id), { force: true });
    await syncFolder(this.#folder);
  }

  /** What other firewalls do to what is forwarded, in sentences for `/info`. */
  get warnings(): readonly string[] {
    return this.#firewall.warnings;
  }

  async publish(forwards: readonly Forward[]): Promise<void> {
    await this.#firewall.publish(forwards);
  }

  async unpublish(forwards: readonly Forward[]): Promise<void> {
    await this.#firewall.unpublish(forwards);
  }

  /** Stops looking after the rules, which stay. */
  close(): void {
    this.#firewall.close();
  }

  /** Removes veths of this instance that belong to no container. */
  async removeStrayLinks(inUse: ReadonlySet<string>): Promise<void> {
    for (const name of await deviceNames()) {
      if (name.startsWith(this.#linkPrefix) && !inUse.has(name)) await this.#options.spawn.deleteLink(name);
    }
  }

  /** Removes bridges and the table, not the records; only when no container runs. */
  async removeAll(): Promise<void> {
    await this.#firewall.remove();
    await this.#options.spawn.deleteBridge(this.bridge.spec.device);
    this.#overlayPath = undefined;
    for (const { network, foreignDevice } of this.#made.values()) {
      if (network.spec.driver === 'overlay') await this.#makeVxlan(network.spec);
      if (hasBridge(network.spec) && !foreignDevice) {
        await this.#options.spawn.deleteBridge(network.spec.device);
      }
    }
  }

  async #takeAway({ record, network, foreignDevice }: MadeNetwork): Promise<void> {
    const { spec } = network;
    await this.#forgetRecord(record.id);
    this.names.forget(record.id);
    if (!hasBridge(spec)) return;
    this.#firewall.forget(spec.device);
    if (spec.driver === 'overlay') await this.#options.spawn.deleteVxlan(this.#vxlanName(spec));
    if (!foreignDevice) await this.#options.spawn.deleteBridge(spec.device);
    await this.#firewall.apply();
  }

  async #makeBridge(spec: NetworkSpec): Promise<void> {
    if (!hasBridge(spec)) return;
    // The host itself is in no overlay: that is a wire between containers.
    const pools = spec.driver === 'overlay' ? [] : spec.pools;
    if (pools.some(({ subnet }) => subnet.family === 6)) {
      await allow(this.#options.log, '/proc/sys/net/ipv6/conf/all/forwarding');
    }
    const addresses = pools.flatMap(({ subnet, gateway }) =>
      gateway === undefined ? [] : [`${formatIp(subnet.family, gateway)}/${String(subnet.prefixLength)}`],
    );
    await this.#options.spawn.bridge(spec.device, addresses, spec.mtu);
    // One of an earlier engine leads on until it is known where to.
    if (this.#overlayPath !== undefined) await this.#makeVxlan(spec);
    this.#firewall.add({
      bridge: spec.device,
      subnets: pools.map(
        ({ subnet }) => `${formatIp(subnet.family, subnet.first)}/${String(subnet.prefixLength)}`,
      ),
      internal: spec.internal || spec.driver === 'overlay',
      icc: spec.icc,
      masquerade: spec.masquerade,
    });
  }

  #checkDevice(spec: NetworkSpec, devices: ReadonlySet<string>): void {
    if (!hasBridge(spec)) {
      if (!devices.has(spec.device)) {
        throw new EngineError('invalid', `-o parent=${spec.device}: there is no such network device`);
      }
      return;
    }
    const others = [this.bridge, ...[...this.#made.values()].map(({ network }) => network)];
    const other = others.find((network) => network.spec.device === spec.device);
    if (other === undefined) return;
    throw new EngineError(
      'forbidden',
      `cannot create network ${spec.id} (${spec.device}): conflicts with network ${other.id} (${other.spec.device}): networks have same bridge name`,
    );
  }

  async #checkIpvlan(): Promise<void> {
    try {
      await this.#options.spawn.checkIpvlan();
    } catch (cause) {
      if (!(cause instanceof SpawnError) || cause.code !== 'EOPNOTSUPP') throw cause;
      const message = 'the kernel of this machine has no ipvlan: use macvlan or bridge';
      throw new EngineError('notImplemented', message, { cause });
    }
  }

  #isForeign(spec: NetworkSpec, devices: ReadonlySet<string>): boolean {
    return devices.has(spec.device) && !spec.device.startsWith(this.#bridgePrefix);
  }

  #bridgeName(id: string): string {
    return this.#bridgePrefix + id.slice(0, 8);
  }

  #devices(): Set<string> {
    return new Set([this.bridge, ...this.made.map(({ network }) => network)].map(({ spec }) => spec.device));
  }

  #subnets(): Cidr[] {
    const networks = [this.bridge, ...[...this.#made.values()].map(({ network }) => network)];
    return networks.flatMap(({ spec }) => spec.pools.map(({ subnet }) => subnet));
  }

  #file(id: string): string {
    return path.join(this.#folder, `${id}.json`);
  }
}

/** Whether containers of this mode have their network from the host or from nobody. */
export function isShared(name: string): name is Exclude<BuiltInName, 'bridge'> {
  return isBuiltIn(name) && name !== 'bridge';
}

function defaultSpec({ names, builtIn }: NetworksOptions, address: string, mtu: number): NetworkSpec {
  const parsed = parseCidr(address);
  if (parsed === undefined) {
    throw new EngineError(
      'invalid',
      `invalid bridge address "${address}": expected an IPv4 address like 172.17.0.1/16`,
    );
  }
  const { address: gateway, ...subnet } = parsed;
  return {
    id: builtIn.ids.bridge,
    name: 'bridge',
    driver: 'bridge',
    device: names.bridge,
    mode: '',
    isDefault: true,
    internal: false,
    icc: true,
    masquerade: true,
    hostBinding: '',
    mtu,
    pools: [{ subnet, gateway, reserved: [], configured: false }],
  };
}

async function readNetworkRecords(folder: string, log: Logger): Promise<NetworkRecord[]> {
  const records: NetworkRecord[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith('.json') || !networkIdPattern.test(path.basename(name, '.json'))) continue;
    try {
      const record = await readRecord(path.join(folder, name), networkRecordSchema);
      if (record !== undefined) records.push(record);
    } catch (error) {
      log.error('a network is left alone: its record cannot be used', {
        file: name,
        reason: messageOf(error),
      });
    }
  }
  return records;
}

/** Whether the engine's own network namespace has IPv6: its loopback device has ::1 then. */
function hasIpv6(): boolean {
  try {
    return readFileSync('/proc/net/if_inet6', 'utf8').includes(' lo\n');
  } catch {
    return false; // a kernel without IPv6
  }
}

async function hostRoutes(): Promise<HostRoute[]> {
  const [v4, v6] = await Promise.all([
    readFile('/proc/net/route', 'utf8'),
    readFile('/proc/net/ipv6_route', 'utf8').catch(() => ''), // a kernel without IPv6
  ]);
  return [...parseRoutes(v4), ...parseRoutes6(v6)];
}

/** A subnet nobody uses: of Docker's pools, or of the unique local addresses (RFC 4193). */
function chooseSubnet(family: Family, used: readonly Cidr[]): string {
  if (family === 4) return chooseBridgeAddress(used);
  for (;;) {
    const [a, b, c] = [randomBytes(1), randomBytes(2), randomBytes(2)].map((bytes) => bytes.toString('hex'));
    const address = `fd${a ?? ''}:${b ?? ''}:${c ?? ''}::1/64`;
    if (isFree(address, used)) return address;
  }
}

/** The devices of the engine's own network namespace; /sys may show another's. */
async function deviceNames(): Promise<Set<string>> {
  const text = await readFile('/proc/net/dev', 'utf8');
  return new Set(
    text
      .split('\n')
      .slice(2)
      .flatMap((line) => line.split(':')[0]?.trim() ?? []),
  );
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

/** Switches forwarding on. In a locked-down namespace it may stay off: containers reach each other and the host, not the world. */
async function allow(log: Logger, setting: string): Promise<void> {
  await writeFile(setting, '1').catch((error: unknown) => {
    log.warn(`${path.basename(setting)} cannot be set`, { error: String(error) });
  });
}
