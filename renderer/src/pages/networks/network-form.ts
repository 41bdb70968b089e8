// The form of a new network as plain data, what the engine is asked for, and what is wrong with which field. Pure.
import type { Params } from '../../../../runtime/contract/methods.ts';
import type { NetworkModel } from '../../../../runtime/contract/model.ts';
import {
  contains,
  formatCidr,
  overlaps,
  parseCidr,
  parseIp,
  type Cidr,
  type Family,
} from '../../../../runtime/syntax/ip.ts';
import { en } from '../../strings/en.ts';
import { parseLabels } from '../volumes/volume-form.ts';
import { isBuiltIn } from './network-list.ts';

const wrong = en.networks.errors;

export const networkDrivers = ['bridge', 'macvlan', 'other'] as const;
export type NetworkDriver = (typeof networkDrivers)[number];
export const macvlanModes = ['bridge', 'private', 'vepa', 'passthru'] as const;
export type MacvlanMode = (typeof macvlanModes)[number];

/** The fields of one family of addresses. */
export interface PoolForm {
  readonly on: boolean;
  readonly subnet: string;
  readonly range: string;
  readonly gateway: string;
  readonly reserved: string;
}

export interface NetworkForm {
  readonly name: string;
  readonly driver: NetworkDriver;
  readonly otherDriver: string;
  readonly ipv4: PoolForm;
  readonly ipv6: PoolForm;
  readonly internal: boolean;
  readonly attachable: boolean;
  /** Of macvlan. */
  readonly parent: string;
  readonly mode: MacvlanMode;
  /** Of bridge. */
  readonly icc: boolean;
  readonly masquerade: boolean;
  readonly bridgeName: string;
  readonly hostBinding: string;
  readonly mtu: string;
  readonly options: string;
  readonly labels: string;
}

const newPool: PoolForm = { on: false, subnet: '', range: '', gateway: '', reserved: '' };

export const newNetworkForm: NetworkForm = {
  name: '',
  driver: 'bridge',
  otherDriver: '',
  ipv4: { ...newPool, on: true },
  ipv6: newPool,
  internal: false,
  attachable: false,
  parent: '',
  mode: 'bridge',
  icc: true,
  masquerade: true,
  bridgeName: '',
  hostBinding: '',
  mtu: '',
  options: '',
  labels: '',
};

/** By field, `name` or `ipv4.subnet`: what is wrong with it. `needed` is wrong only once one has tried. */
export type NetworkErrors = ReadonlyMap<string, string>;

/** What the form asks for, or what is wrong with which field. */
export function readNetworkForm(
  form: NetworkForm,
  networks: Iterable<NetworkModel>,
): { readonly params: Params<'networks.create'> | undefined; readonly errors: NetworkErrors } {
  const errors = new Map<string, string>();
  const others = [...networks];
  const name = form.name.trim();
  const nameError = nameProblem(name, others);
  if (nameError !== undefined) errors.set('name', nameError);
  if (form.driver === 'other' && form.otherDriver.trim() === '') errors.set('otherDriver', wrong.needed);
  if (!form.ipv4.on && !form.ipv6.on) errors.set('ipv6', wrong.family);
  const pools = [...readPool(form.ipv4, 4, others, errors), ...readPool(form.ipv6, 6, others, errors)];
  const options = readOptions(form, errors);
  const labels = parseLabels(form.labels);
  if (labels === undefined) errors.set('labels', wrong.pairs);
  if (errors.size > 0 || labels === undefined) return { params: undefined, errors };
  const params = {
    name,
    driver: form.driver === 'other' ? form.otherDriver.trim() : form.driver,
    internal: form.internal,
    attachable: form.attachable,
    ipv4: form.ipv4.on,
    ipv6: form.ipv6.on,
    pools,
    options,
    labels,
  };
  return { params, errors };
}

function nameProblem(name: string, others: readonly NetworkModel[]): string | undefined {
  if (name === '') return wrong.needed;
  // eslint-disable-next-line no-control-regex -- that is what is refused
  if (/[\u0000-\u001f\u007f/]/.test(name)) return wrong.name;
  if (isBuiltIn({ name })) return wrong.nameBuiltIn(name);
  return others.some((other) => other.name === name) ? wrong.nameTaken(name) : undefined;
}

type Pool = Params<'networks.create'>['pools'][number];

function readPool(
  form: PoolForm,
  family: Family,
  others: readonly NetworkModel[],
  errors: Map<string, string>,
): Pool[] {
  if (!form.on) return [];
  const fail = (field: keyof PoolForm, text: string): void => void errors.set(`ipv${family}.${field}`, text);
  const pool: Pool = {
    subnet: form.subnet.trim(),
    range: form.range.trim(),
    gateway: form.gateway.trim(),
    reserved: parseLabels(form.reserved) ?? {},
  };
  const subnet = readSubnet(pool.subnet, family);
  if (pool.subnet === '') {
    for (const field of ['range', 'gateway', 'reserved'] as const)
      if (form[field].trim() !== '') fail(field, wrong.subnetFirst);
    return [];
  }
  if (subnet === undefined) fail('subnet', family === 4 ? wrong.subnet4 : wrong.subnet6);
  else {
    const clash = clashOf(subnet, others);
    if (clash !== undefined) fail('subnet', wrong.overlaps(clash.name, clash.subnet));
  }
  const range = readSubnet(pool.range, family);
  if (pool.range !== '') {
    if (range === undefined) fail('range', family === 4 ? wrong.subnet4 : wrong.subnet6);
    else if (subnet !== undefined && !(range.prefixLength >= subnet.prefixLength && overlaps(range, subnet)))
      fail('range', wrong.outside(formatCidr(subnet)));
  }
  if (pool.gateway !== '') {
    const problem = addressProblem(pool.gateway, family, subnet);
    if (problem !== undefined) fail('gateway', problem);
  }
  const reserved = Object.values(pool.reserved);
  if (parseLabels(form.reserved) === undefined) fail('reserved', wrong.reserved);
  for (const address of reserved) {
    const problem = addressProblem(address, family, subnet);
    if (problem !== undefined) fail('reserved', parseIp(address) === undefined ? wrong.reserved : problem);
    else if (parseIp(address)?.value === parseIp(pool.gateway)?.value) fail('reserved', wrong.isGateway);
  }
  return [pool];
}

function readSubnet(text: string, family: Family): Cidr | undefined {
  const subnet = parseCidr(text);
  return subnet?.family === family ? subnet : undefined;
}

function clashOf(
  subnet: Cidr,
  others: readonly NetworkModel[],
): { readonly name: string; readonly subnet: string } | undefined {
  for (const { name, pools } of others) {
    for (const pool of pools) {
      const other = parseCidr(pool.subnet);
      if (other !== undefined && overlaps(other, subnet)) return { name, subnet: pool.subnet };
    }
  }
  return undefined;
}

/** What is wrong with an address as one of this family, in this subnet where one is known. */
export function addressProblem(text: string, family: Family, subnet: Cidr | undefined): string | undefined {
  const address = parseIp(text);
  if (address?.family !== family) return family === 4 ? wrong.address4 : wrong.address6;
  return subnet !== undefined && !contains(subnet, address) ? wrong.outside(formatCidr(subnet)) : undefined;
}

const bridge = (name: string): string => `com.docker.network.bridge.${name}`;

function readOptions(form: NetworkForm, errors: Map<string, string>): Record<string, string> {
  const more = parseLabels(form.options);
  if (more === undefined) errors.set('options', wrong.pairs);
  const options = new Map<string, string>();
  const mtu = form.mtu.trim();
  if (mtu !== '') {
    const bytes = /^\d{1,5}$/.test(mtu) ? Number(mtu) : 0;
    if (bytes < 68 || bytes > 65_535) errors.set('mtu', wrong.mtu);
    options.set('com.docker.network.driver.mtu', mtu);
  }
  if (form.driver === 'bridge') {
    const device = form.bridgeName.trim();
    const binding = form.hostBinding.trim();
    if (device !== '') {
      if (!isDevice(device)) errors.set('bridgeName', wrong.device);
      options.set(bridge('name'), device);
    }
    if (binding !== '') {
      const problem = addressProblem(binding, 4, undefined);
      if (problem !== undefined) errors.set('hostBinding', problem);
      options.set(bridge('host_binding_ipv4'), binding);
    }
    if (!form.icc) options.set(bridge('enable_icc'), 'false');
    if (!form.masquerade) options.set(bridge('enable_ip_masquerade'), 'false');
  } else if (form.driver === 'macvlan') {
    const parent = form.parent.trim();
    if (parent === '') errors.set('parent', wrong.needed);
    else if (!isDevice(parent)) errors.set('parent', wrong.device);
    options.set('parent', parent);
    if (form.mode !== 'bridge') options.set('macvlan_mode', form.mode);
  }
  return { ...Object.fromEntries(options), ...more };
}

/** Whether the kernel takes it as the name of a network device. */
function isDevice(name: string): boolean {
  return /^[A-Za-z0-9_.@-]{1,15}$/.test(name) && name !== '.' && name !== '..';
}

/** What is said now: what is wrong at once, what is missing once one has tried. */
export function shownErrors(errors: NetworkErrors, tried: boolean): NetworkErrors {
  return tried ? errors : new Map([...errors].filter(([, text]) => text !== wrong.needed));
}
