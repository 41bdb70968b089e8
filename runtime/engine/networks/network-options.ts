// From a request to make a network to its record and its spec: driver options, subnets and gateways, checked in Docker's
// words.
import { isIP } from 'node:net';
import { EngineError, notSwarmManager } from '../errors.ts';
import { untrustedMap, type NetworkCreateBody } from '../types.ts';
import {
  contains,
  formatCidr,
  formatIp,
  overlaps,
  parseCidr,
  parseIp,
  type Cidr,
  type Family,
} from '../../syntax/ip.ts';
import { hasBridge, type NetworkPool, type NetworkSpec } from './network.ts';
import type { NetworkRecord } from './network-record.ts';
import { vniOf } from './overlay-options.ts';

const bridgeOption = (name: string): string => `com.docker.network.bridge.${name}`;
const mtuOption = 'com.docker.network.driver.mtu';
/** What VXLAN puts before each frame over IPv4. */
const vxlanHeaderBytes = 50;

/** Options that are not done, with the values that ask for nothing else than what is done. */
const notDone: ReadonlyMap<string, readonly string[]> = new Map([
  [bridgeOption('inhibit_ipv4'), ['', 'false', '0']],
  [bridgeOption('gateway_mode_ipv4'), ['', 'nat']],
  [bridgeOption('gateway_mode_ipv6'), ['', 'nat']],
  [bridgeOption('trusted_host_interfaces'), ['']],
  [bridgeOption('default_bridge'), ['', 'false', '0']],
  ['com.docker.network.container_iface_prefix', ['', 'eth']],
  ['com.docker.network.host_ipv4', ['']],
  ['com.docker.network.host_ipv6', ['']],
  ['ipvlan_mode', ['', 'l2']],
]);

const invalid = (message: string): EngineError => new EngineError('invalid', message);
const forbidden = (message: string): EngineError => new EngineError('forbidden', message);

/** Whether a request is for a network of the swarm. */
export function isForSwarm({ Driver, Scope, ConfigOnly }: NetworkCreateBody): boolean {
  return !ConfigOnly && (Scope === 'swarm' || Driver === 'overlay');
}

/** Refuses what cannot be made here, before anything is looked up. A swarm's networks are made where one is led. */
export function checkNetworkBody(body: NetworkCreateBody): void {
  const { Name, Driver, IPAM, Scope } = body;
  if (Name.trim() === '') throw invalid(`invalid name: ${Name}`);
  // A name is shown in lists and is part of addresses: one that would be something else there is refused.
  // eslint-disable-next-line no-control-regex -- that is what is refused
  if (/[\u0000-\u001f\u007f/]/.test(Name)) throw invalid(`invalid name: ${JSON.stringify(Name)}`);
  if (['bridge', 'host', 'none', 'default'].includes(Name)) {
    if (isForSwarm(body)) throw new EngineError('conflict', `network with name ${Name} already exists`);
    throw forbidden(`operation is not permitted on predefined ${Name} network `);
  }
  if (Name.startsWith('container:')) throw invalid(`invalid name: ${Name}`);
  // As dockerd: only a swarm has other scopes than this machine's.
  if (!['', 'local', 'swarm'].includes(Scope) && !isForSwarm(body)) {
    throw notSwarmManager();
  }
  if (body.Ingress && !isForSwarm(body)) throw forbidden('Ingress network can only be global scope network');
  if (body.ConfigOnly || body.ConfigFrom.Network !== '') checkConfiguration(body);
  // One that only holds a configuration has no driver, whatever was asked for.
  switch (body.ConfigOnly ? '' : Driver) {
    case '':
    case 'default':
    case 'bridge':
    case 'macvlan':
    case 'ipvlan':
    case 'overlay':
      break;
    case 'host':
    case 'null':
      throw forbidden(`only one instance of "${Driver}" network is allowed`);
    default:
      throw new EngineError('notFound', `plugin "${Driver}" not found`);
  }
  if (IPAM.Driver !== '' && IPAM.Driver !== 'default') {
    throw new EngineError('notFound', `plugin "${IPAM.Driver}" not found`);
  }
  if (isForSwarm(body)) checkOverlay(body);
}

/** Refuses what a network of the swarm cannot be. */
function checkOverlay({ Name, Driver, Scope, Options, ConfigFrom }: NetworkCreateBody): void {
  if (Name.length > 63 || !/^[A-Za-z0-9](?:[-_]*[A-Za-z0-9]+)*$/.test(Name)) {
    throw invalid('rpc error: code = InvalidArgument desc = name must be valid as a DNS name component');
  }
  if (Scope === 'local') throw forbidden('cannot downgrade network scope for overlay networks');
  if (Driver !== 'overlay' && Driver !== '') {
    throw new EngineError(
      'notImplemented',
      `a network of the driver ${Driver} for a whole swarm is not implemented`,
    );
  }
  if (ConfigFrom.Network !== '') {
    throw new EngineError('notImplemented', 'a network of the swarm from a configuration is not implemented');
  }
  // Present is on, whatever its value, as with Docker's driver.
  if (Options['encrypted'] !== undefined && Options['encrypted'] !== 'false') {
    throw new EngineError('notImplemented', 'encrypted overlay networks are not implemented');
  }
}

/** Refuses what a network that holds a configuration, or is made from one, cannot have. */
function checkConfiguration(body: NetworkCreateBody): void {
  if (body.ConfigOnly) {
    if (body.Ingress || body.Internal || body.Attachable || body.Scope !== '') {
      throw forbidden(
        'configuration network can only contain network specific fields. Network operator fields like [ ingress | internal | attachable | scope ] are not supported.',
      );
    }
    if (body.ConfigFrom.Network !== '') {
      throw forbidden('a configuration network cannot depend on another configuration network');
    }
    return;
  }
  const { IPAM } = body;
  if (
    !['', 'default'].includes(IPAM.Driver) ||
    body.EnableIPv4 === false ||
    body.EnableIPv6 === true ||
    Object.keys(body.Labels).length > 0 ||
    Object.keys(IPAM.Options ?? {}).length > 0 ||
    IPAM.Config.length > 0
  ) {
    throw forbidden(
      'user specified configurations are not supported if the network depends on a configuration network',
    );
  }
  if (Object.keys(body.Options).length > 0) {
    throw forbidden(
      'network driver options are not supported if the network depends on a configuration network',
    );
  }
}

/** The record of a network that only holds a configuration, just as it was asked for. Throws in Docker's words. */
export function configurationRecord(body: NetworkCreateBody, id: string): NetworkRecord {
  return {
    ...commonRecord(body, id),
    driver: 'null',
    configOnly: true,
    ipam: body.IPAM.Config.map(({ Subnet, IPRange, Gateway, AuxiliaryAddresses }) => ({
      Subnet,
      ...(IPRange === '' ? {} : { IPRange }),
      ...(Gateway === '' ? {} : { Gateway }),
      ...(Object.keys(AuxiliaryAddresses).length === 0 ? {} : { AuxiliaryAddresses }),
    })),
    // What cannot be used is refused now and not when it is used.
    configured: body.IPAM.Config.map((config) => readIpam(config, []).subnet.family),
  };
}

/** A request to make a network from a configuration, as if it had come with all that this holds. */
export function withConfiguration(body: NetworkCreateBody, configuration: NetworkRecord): NetworkCreateBody {
  return {
    ...body,
    EnableIPv4: configuration.enableIPv4,
    EnableIPv6: configuration.enableIPv6,
    Labels: configuration.labels,
    Options: configuration.options,
    IPAM: {
      Driver: '',
      Options: configuration.ipamOptions,
      Config: configuration.ipam.map(({ Subnet, IPRange, Gateway, AuxiliaryAddresses }) => ({
        Subnet,
        IPRange: IPRange ?? '',
        Gateway: Gateway ?? '',
        AuxiliaryAddresses: AuxiliaryAddresses ?? untrustedMap(),
      })),
    },
  };
}

/** What a request says of any network. */
function commonRecord(body: NetworkCreateBody, id: string) {
  return {
    schema: 1,
    id,
    name: body.Name,
    created: new Date().toISOString(),
    configOnly: false,
    configFrom: body.ConfigFrom.Network,
    ingress: body.Ingress,
    internal: body.Internal,
    attachable: body.Attachable,
    enableIPv4: body.EnableIPv4 ?? true,
    enableIPv6: body.EnableIPv6 ?? false,
    labels: body.Labels,
    options: body.Options,
    ipamOptions: body.IPAM.Options,
  } as const;
}

/** What the choice of a subnet depends on. */
export interface Surroundings {
  readonly id: string;
  /** Subnets of our other networks. */
  readonly ours: readonly Cidr[];
  /** An address with its prefix for the bridge of a network that names no subnet. Throws when none is free. */
  readonly choose: (family: Family) => string;
}

/** The record of a new network. Throws in Docker's words; nothing is made yet. */
export function networkRecord(body: NetworkCreateBody, around: Surroundings): NetworkRecord {
  const driver = isForSwarm(body) ? 'overlay' : driverOf(body.Driver);
  checkOptions(body.Options);
  const enableIPv4 = body.EnableIPv4 ?? true;
  const asked = body.IPAM.Config.map((config) => readIpam(config, around.ours));
  for (const family of [4, 6] as const) {
    if (asked.filter(({ subnet }) => subnet.family === family).length > 1) {
      throw forbidden(`${driver} driver doesn't support multiple subnets`);
    }
  }
  const enableIPv6 = body.EnableIPv6 ?? false;
  if (!enableIPv6 && asked.some(({ subnet }) => subnet.family === 6)) {
    throw invalid('IPv6 subnet configured, but IPv6 is not enabled: use --ipv6');
  }
  const wanted = wantedFamilies(
    { enableIPv4, enableIPv6 },
    // A swarm's manager adds nothing to what is asked for.
    driver === 'overlay' ? asked.map(({ subnet }) => subnet.family) : [],
  );
  if (wanted.length === 0) throw invalid('IPv4 or IPv6 must be enabled');
  const ipam = wanted.flatMap((family) => {
    const given = asked.find(({ subnet }) => subnet.family === family);
    if (given !== undefined) return [given.config];
    const chosen = parseCidr(around.choose(family));
    return chosen === undefined
      ? []
      : [{ Subnet: formatCidr(chosen), Gateway: formatIp(family, chosen.address) }];
  });
  return {
    ...commonRecord(body, around.id),
    driver,
    ipam,
    configured: asked.map(({ subnet }) => subnet.family),
  };
}

/** The families of a network: those named, or those that are on. */
function wantedFamilies(
  { enableIPv4, enableIPv6 }: { readonly enableIPv4: boolean; readonly enableIPv6: boolean },
  named: readonly Family[],
): readonly Family[] {
  if (named.length > 0) return named;
  return [...(enableIPv4 ? [4 as const] : []), ...(enableIPv6 ? [6 as const] : [])];
}

function driverOf(name: string): NetworkSpec['driver'] {
  return name === 'macvlan' || name === 'ipvlan' || name === 'overlay' ? name : 'bridge';
}

/** Refuses options of Docker's drivers that mean something which is not done here. Others are kept and shown, as there. */
function checkOptions(options: NetworkCreateBody['Options']): void {
  for (const [option, value] of Object.entries(options)) {
    const harmless = notDone.get(option);
    if (harmless === undefined || harmless.includes(value)) continue;
    throw new EngineError('notImplemented', `the driver option ${option}=${value} is not implemented`);
  }
}

type Ipam = NetworkCreateBody['IPAM']['Config'][number];

function readIpam(
  { Subnet, IPRange, Gateway, AuxiliaryAddresses }: Ipam,
  ours: readonly Cidr[],
): { config: NetworkRecord['ipam'][number]; subnet: Cidr } {
  const subnet = parseCidr(Subnet);
  if (subnet === undefined) throw invalid(`Invalid subnet ${Subnet} : invalid CIDR address: ${Subnet}`);
  if (Gateway !== '' && isIP(Gateway) === 0) {
    throw invalid(`invalid gateway address ${Gateway} in Ipam configuration`);
  }
  const largest = subnet.family === 4 ? 30 : 126;
  if (subnet.prefixLength < 8 || subnet.prefixLength > largest) {
    throw invalid(`invalid subnet ${Subnet}: its prefix must be from 8 to ${String(largest)} bits long`);
  }
  if (ours.some((other) => overlaps(other, subnet))) {
    throw forbidden('Pool overlaps with other one on this address space');
  }
  const range = IPRange === '' ? undefined : parseCidr(IPRange);
  if (IPRange !== '' && (range === undefined || !inside(range, subnet))) {
    throw invalid(`invalid ip-range ${IPRange}: it must be part of the subnet ${formatCidr(subnet)}`);
  }
  const gateway = Gateway === '' ? undefined : parseIp(Gateway);
  if (gateway !== undefined && !contains(subnet, gateway)) {
    throw invalid(`failed to allocate gateway (${Gateway}): Requested address is out of range`);
  }
  for (const [name, text] of Object.entries(AuxiliaryAddresses)) {
    const address = parseIp(text);
    if (address === undefined) throw invalid(`invalid auxiliary address ${text} in Ipam configuration`);
    if (!contains(subnet, address)) {
      throw forbidden(
        `auxiliary address: (${name}:${text}) must belong to the master pool: ${formatCidr(subnet)}`,
      );
    }
    if (address.value === gateway?.value) {
      throw forbidden(`failed to allocate secondary ip address (${name}:${text}): Address already in use`);
    }
  }
  const first = formatIp(subnet.family, firstFree(subnet, Object.values(AuxiliaryAddresses)));
  return {
    subnet,
    config: {
      Subnet: formatCidr(subnet),
      ...(range === undefined ? {} : { IPRange: formatCidr(range) }),
      // That of a macvlan or an ipvlan is somebody else's: its address is kept from containers all the same.
      Gateway: Gateway === '' ? first : Gateway,
      ...(Object.keys(AuxiliaryAddresses).length === 0 ? {} : { AuxiliaryAddresses }),
    },
  };
}

function inside(range: Cidr, subnet: Cidr): boolean {
  return (
    range.family === subnet.family && range.prefixLength >= subnet.prefixLength && overlaps(range, subnet)
  );
}

/** The address a gateway gets when none is named. */
function firstFree(subnet: Cidr, taken: readonly string[]): bigint {
  const values = new Set(taken.map((text) => parseIp(text)?.value));
  let address = subnet.first + 1n;
  while (values.has(address)) address += 1n;
  return address;
}

/** What a record comes to. `device` names the bridge unless an option does. Throws for options that mean nothing. */
export function networkSpec(record: NetworkRecord, device: string, defaultMtu: number): NetworkSpec {
  const { options } = record;
  const driver = driverOf(record.driver);
  const bridge = driver === 'bridge' ? (options[bridgeOption('name')] ?? '') : '';
  const name = !hasBridge({ driver }) ? (options['parent'] ?? '') : bridge === '' ? device : bridge;
  if (name === '') {
    throw new EngineError(
      'notImplemented',
      `a network of the driver ${driver} without a parent device is not implemented: name one with -o parent=`,
    );
  }
  checkDeviceName(name);
  const hostBinding = options[bridgeOption('host_binding_ipv4')] ?? '';
  if (hostBinding !== '' && isIP(hostBinding) !== 4) {
    throw invalid(`failed to parse ${bridgeOption('host_binding_ipv4')} value: ${hostBinding} (nil ip)`);
  }
  return {
    id: record.id,
    name: record.name,
    driver,
    device: name,
    mode: modeOf(driver, options),
    isDefault: false,
    internal: record.internal,
    icc: booleanOption(options, bridgeOption('enable_icc'), true),
    masquerade: booleanOption(options, bridgeOption('enable_ip_masquerade'), true),
    hostBinding,
    mtu: mtuOf(options, driver === 'overlay' ? defaultMtu - vxlanHeaderBytes : defaultMtu),
    ...(driver === 'overlay' ? { vni: vniOf(options) ?? 0, servicesOnly: !record.attachable } : {}),
    pools: record.ipam.flatMap((config) => poolOf(record, config)),
  };
}

/** The mode of a macvlan, the flag of an ipvlan. */
function modeOf(driver: NetworkSpec['driver'], options: NetworkRecord['options']): string {
  const [option, known] =
    driver === 'ipvlan'
      ? (['ipvlan_flag', ['bridge', 'private', 'vepa']] as const)
      : (['macvlan_mode', ['bridge', 'private', 'vepa', 'passthru']] as const);
  const given = options[option] ?? '';
  const mode = hasBridge({ driver }) || given === '' ? 'bridge' : given;
  if (known.some((each) => each === mode)) return mode;
  throw forbidden(`unknown ${option.replace('_', ' ')}: ${mode}`);
}

function poolOf(record: NetworkRecord, config: NetworkRecord['ipam'][number]): NetworkPool[] {
  const subnet = parseCidr(config.Subnet);
  if (subnet === undefined) return [];
  const range = parseCidr(config.IPRange ?? '');
  const gateway = parseIp(config.Gateway ?? '')?.value;
  // Nobody is told of an internal network's gateway, but the bridge has its address.
  const reserved = Object.values(config.AuxiliaryAddresses ?? {}).flatMap(
    (text) => parseIp(text)?.value ?? [],
  );
  return [
    {
      subnet,
      ...(range === undefined ? {} : { range }),
      ...(gateway === undefined ? {} : { gateway }),
      reserved,
      configured: record.configured.includes(subnet.family),
    },
  ];
}

function checkDeviceName(name: string): void {
  // As the kernel's dev_valid_name(), and nothing that would mean something in a rule.
  if (!/^[A-Za-z0-9_.@-]{1,15}$/.test(name) || name === '.' || name === '..') {
    throw invalid(`invalid network device name: ${JSON.stringify(name)}`);
  }
}

function booleanOption(options: NetworkRecord['options'], name: string, otherwise: boolean): boolean {
  const value = options[name];
  if (value === undefined || value === '') return otherwise;
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(value)) return false;
  throw invalid(
    `failed to parse ${name} value: ${value} (strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax)`,
  );
}

function mtuOf(options: NetworkRecord['options'], otherwise: number): number {
  const value = options[mtuOption];
  if (value === undefined || value === '') return otherwise;
  const mtu = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (mtu >= 68 && mtu <= 65_535) return mtu;
  throw invalid(
    `failed to parse ${mtuOption} value: ${value} (strconv.Atoi: parsing ${JSON.stringify(value)}: invalid syntax)`,
  );
}
