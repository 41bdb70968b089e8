// The form by which a container joins a network: names, addresses, priority; and what is wrong with which field. Pure.
import type { Params } from '../../../../runtime/contract/methods.ts';
import type { ContainerModel, NetworkModel } from '../../../../runtime/contract/model.ts';
import { parseCidr, parseIp, type Family } from '../../../../runtime/syntax/ip.ts';
import { en } from '../../strings/en.ts';
import { addressProblem } from './network-form.ts';
import { membersOf } from './network-list.ts';

const wrong = en.networks.errors;

export interface ConnectForm {
  /** Separated by commas or blanks. */
  readonly aliases: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly mac: string;
  readonly priority: string;
}
export type ConnectField = keyof ConnectForm;

export const newConnectForm: ConnectForm = { aliases: '', ipv4: '', ipv6: '', mac: '', priority: '' };

/** Names from a text; undefined when one of them can be none. */
export function parseAliases(text: string): string[] | undefined {
  const aliases = text.split(/[\s,]+/).filter((alias) => alias !== '');
  return aliases.every((alias) => /^[A-Za-z0-9_.-]{1,255}$/.test(alias)) ? aliases : undefined;
}

/** Where a network's addresses of a family come from. */
export function poolOf({ pools }: NetworkModel, family: Family): NetworkModel['pools'][number] | undefined {
  return pools.find(({ subnet }) => parseCidr(subnet)?.family === family);
}

/** What is wrong with a wanted address on a network; undefined for an empty one and for a free one. */
export function wishedAddressProblem(
  text: string,
  family: Family,
  network: NetworkModel | undefined,
  containers: Iterable<ContainerModel>,
): string | undefined {
  if (text === '') return undefined;
  const pool = network === undefined ? undefined : poolOf(network, family);
  const problem = addressProblem(text, family, pool === undefined ? undefined : parseCidr(pool.subnet));
  if (problem !== undefined || network === undefined) return problem;
  const { value } = parseIp(text) ?? {};
  if (parseIp(pool?.gateway ?? '')?.value === value) return wrong.isGateway;
  const holder = membersOf(network, containers).find(
    ({ endpoint }) => parseIp(family === 4 ? endpoint.address : endpoint.address6)?.value === value,
  );
  return holder === undefined ? undefined : wrong.isTaken(holder.container.name);
}

/** How it joins, or what is wrong with which field. */
export function readConnectForm(
  form: ConnectForm,
  network: NetworkModel | undefined,
  containers: Iterable<ContainerModel>,
): {
  readonly wishes: Omit<Params<'networks.connect'>, 'id' | 'container'> | undefined;
  readonly errors: ReadonlyMap<ConnectField, string>;
} {
  const errors = new Map<ConnectField, string>();
  const aliases = parseAliases(form.aliases);
  if (aliases === undefined) errors.set('aliases', wrong.alias);
  const ipv4 = form.ipv4.trim();
  const ipv6 = form.ipv6.trim();
  const all = [...containers];
  const problem4 = wishedAddressProblem(ipv4, 4, network, all);
  const problem6 = wishedAddressProblem(ipv6, 6, network, all);
  if (problem4 !== undefined) errors.set('ipv4', problem4);
  if (problem6 !== undefined) errors.set('ipv6', problem6);
  const mac = form.mac.trim();
  if (mac !== '' && !/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac)) errors.set('mac', wrong.mac);
  const priority = form.priority.trim() === '' ? 0 : Number(form.priority);
  if (!/^-?\d{0,9}$/.test(form.priority.trim())) errors.set('priority', wrong.priority);
  if (errors.size > 0 || aliases === undefined) return { wishes: undefined, errors };
  return { wishes: { aliases, ipv4, ipv6, mac, priority }, errors };
}
