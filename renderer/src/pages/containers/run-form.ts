// The run dialog's form as plain data: its rows, how pasted lines become rows, and what is wrong with which field. Pure.
import type { RunOptions } from '../../../../runtime/contract/methods.ts';
import type { ContainerModel, NetworkModel, PortBinding } from '../../../../runtime/contract/model.ts';
import { parseIp } from '../../../../runtime/syntax/ip.ts';
import { en } from '../../strings/en.ts';
import { parseAliases, wishedAddressProblem } from '../networks/connect-form.ts';
import { isBuiltIn } from '../networks/network-list.ts';
import { isVolumeName } from '../volumes/volume-form.ts';
import { isReference } from '../images/image-reference.ts';
import { commandWords } from './command-words.ts';

export interface PortRow {
  readonly key: number;
  readonly hostIp: string;
  readonly hostPort: string;
  readonly containerPort: string;
  readonly protocol: PortBinding['protocol'];
}
export const mountKinds = ['bind', 'volume', 'tmpfs', 'image'] as const;
export type MountKind = (typeof mountKinds)[number];
export interface MountRow {
  readonly key: number;
  readonly kind: MountKind;
  /** A folder, a volume's name or an image; of memory its size limit. */
  readonly source: string;
  readonly destination: string;
  readonly readOnly: boolean;
}
export interface NetworkRow {
  readonly key: number;
  /** A network, or `container:NAME`. */
  readonly name: string;
  readonly aliases: string;
  /** One of each family at most, separated by commas. */
  readonly addresses: string;
}
export interface VariableRow {
  readonly key: number;
  readonly name: string;
  readonly value: string;
}

export interface RunForm {
  readonly image: string;
  readonly name: string;
  readonly command: string;
  readonly ports: readonly PortRow[];
  readonly networks: readonly NetworkRow[];
  readonly mounts: readonly MountRow[];
  readonly variables: readonly VariableRow[];
  readonly tty: boolean;
  readonly autoRemove: boolean;
}

/** By field, `image` or `ports.<key>.hostPort`: what is wrong with it. */
export type FieldErrors = ReadonlyMap<string, string>;

let nextKey = 1;

/** Whether the engine takes it as a container's name. */
export function isContainerName(name: string): boolean {
  return /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name);
}

export function newPort(): PortRow {
  return { key: nextKey++, hostIp: '', hostPort: '', containerPort: '', protocol: 'tcp' };
}
export function newMount(): MountRow {
  return { key: nextKey++, kind: 'bind', source: '', destination: '', readOnly: false };
}
export function newNetwork(): NetworkRow {
  return { key: nextKey++, name: '', aliases: '', addresses: '' };
}
export function newVariable(name = '', value = ''): VariableRow {
  return { key: nextKey++, name, value };
}

/** The form as it opens. */
export function newRunForm(image: string): RunForm {
  return {
    image,
    name: '',
    command: '',
    ports: [],
    networks: [],
    mounts: [],
    variables: [],
    tty: false,
    autoRemove: false,
  };
}

/** Rows for pasted `KEY=VALUE` lines; undefined when the text is something else. Comments and `export ` are dropped. */
export function pastedVariables(text: string): VariableRow[] | undefined {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim().replace(/^export\s+/, ''))
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines.length === 0 || !lines.every((line) => /^[^\s=]+=/.test(line))) return undefined;
  return lines.map((line) => {
    const at = line.indexOf('=');
    return newVariable(line.slice(0, at), line.slice(at + 1));
  });
}

function portNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^[0-9]{1,5}$/.test(trimmed)) return undefined;
  const port = Number(trimmed);
  return port >= 1 && port <= 65_535 ? port : undefined;
}

/** What kind of mount a text asks for when folders and volumes are both open: a folder's path is absolute. */
export function kindOfSource(kind: MountKind, source: string): MountKind {
  if ((kind !== 'bind' && kind !== 'volume') || source === '') return kind;
  return source.startsWith('/') ? 'bind' : 'volume';
}

/** Bytes of `64m`, as the docker CLI takes sizes; 0 for none, undefined for what is none. */
export function parseSize(text: string): number | undefined {
  const [, digits, unit = ''] = /^(\d{1,9})\s*([kmgt]?)i?b?$/i.exec(text) ?? [];
  if (digits === undefined) return text === '' ? 0 : undefined;
  const power = unit === '' ? 0 : 'kmgt'.indexOf(unit.toLowerCase()) + 1;
  return Number(digits) * 1024 ** power;
}

/** What is there already, that the form speaks of. */
export interface RunSurroundings {
  readonly containers: readonly ContainerModel[];
  readonly networks: readonly NetworkModel[];
}

/** The options the form asks for, or the errors that keep it from asking. Empty rows mean nothing. */
export function readRunForm(
  form: RunForm,
  around: RunSurroundings,
): { readonly options: RunOptions | undefined; readonly errors: FieldErrors } {
  const errors = new Map<string, string>();
  const wrong = en.run.errors;
  const image = form.image.trim();
  if (image === '') errors.set('image', wrong.imageEmpty);
  else if (!isReference(image)) errors.set('image', wrong.imageMalformed);

  const name = form.name.trim();
  if (name !== '' && !isContainerName(name)) errors.set('name', wrong.name);
  else if (around.containers.some((one) => one.name === name)) errors.set('name', wrong.nameTaken(name));

  const command = commandWords(form.command);
  if (command === undefined) errors.set('command', wrong.commandQuote);

  const ports: RunOptions['ports'] = [];
  const taken = new Set<string>();
  for (const row of form.ports) {
    if (row.hostIp.trim() === '' && row.hostPort.trim() === '' && row.containerPort.trim() === '') continue;
    const field = `ports.${row.key}`;
    const containerPort = portNumber(row.containerPort);
    const hostPort = row.hostPort.trim() === '' ? 0 : portNumber(row.hostPort);
    const hostIp = row.hostIp.trim().replace(/^\[(.*)\]$/, '$1');
    if (containerPort === undefined) errors.set(`${field}.containerPort`, wrong.port);
    if (hostPort === undefined) errors.set(`${field}.hostPort`, wrong.hostPort);
    if (hostIp !== '' && parseIp(hostIp) === undefined) errors.set(`${field}.hostIp`, wrong.hostIp);
    const place = `${hostIp} ${hostPort ?? ''}/${row.protocol}`;
    if (hostPort !== undefined && hostPort !== 0) {
      if (taken.has(place)) errors.set(`${field}.hostPort`, wrong.hostPortTwice(hostPort));
      taken.add(place);
    }
    if (containerPort !== undefined && hostPort !== undefined) {
      ports.push({ hostIp, hostPort, containerPort, protocol: row.protocol });
    }
  }

  const mounts = readMounts(form.mounts, errors);
  const networks = readNetworks(form.networks, around, errors);

  const environment: RunOptions['environment'] = [];
  for (const row of form.variables) {
    if (row.name === '' && row.value === '') continue;
    if (row.name === '' || row.name.includes('=')) errors.set(`variables.${row.key}.name`, wrong.variable);
    environment.push({ name: row.name, value: row.value });
  }

  if (errors.size > 0 || command === undefined) return { options: undefined, errors };
  return {
    options: {
      image,
      name,
      command,
      environment,
      ports,
      mounts,
      networks,
      tty: form.tty,
      openStdin: form.tty,
      autoRemove: form.autoRemove,
    },
    errors,
  };
}

function readMounts(rows: readonly MountRow[], errors: Map<string, string>): RunOptions['mounts'] {
  const wrong = en.run.errors;
  const mounts: RunOptions['mounts'] = [];
  const destinations = new Set<string>();
  for (const row of rows) {
    const source = row.source.trim();
    const destination = row.destination.trim();
    if (source === '' && destination === '') continue;
    const field = `mounts.${row.key}`;
    const problem = sourceProblem(row.kind, source);
    if (problem !== undefined) errors.set(`${field}.source`, problem);
    if (!destination.startsWith('/') || destination === '/')
      errors.set(`${field}.destination`, wrong.destination);
    else if (destinations.has(destination)) errors.set(`${field}.destination`, wrong.destinationTwice);
    destinations.add(destination);
    const isMemory = row.kind === 'tmpfs';
    mounts.push({
      type: row.kind,
      source: isMemory ? '' : source,
      destination,
      readOnly: row.readOnly,
      sizeBytes: isMemory ? (parseSize(source) ?? 0) : 0,
    });
  }
  return mounts;
}

function sourceProblem(kind: MountKind, source: string): string | undefined {
  const wrong = en.run.errors;
  switch (kind) {
    case 'bind':
      return source.startsWith('/') ? undefined : wrong.source;
    case 'volume':
      return source === '' || isVolumeName(source) ? undefined : wrong.source;
    case 'tmpfs':
      return parseSize(source) === undefined ? wrong.size : undefined;
    case 'image':
      return isReference(source) ? undefined : wrong.imageMount;
  }
}

/** Whether the container has no network of its own there, and so none besides. */
function isShared(name: string): boolean {
  return name === 'host' || name === 'none' || name.startsWith('container:');
}

function readNetworks(
  rows: readonly NetworkRow[],
  around: RunSurroundings,
  errors: Map<string, string>,
): RunOptions['networks'] {
  const wrong = en.run.errors;
  const networks: RunOptions['networks'] = [];
  const filled = rows.filter((row) => `${row.name}${row.aliases}${row.addresses}`.trim() !== '');
  for (const row of filled) {
    const field = `networks.${row.key}`;
    const name = row.name.trim();
    const network = around.networks.find((one) => one.name === name);
    const plain = isShared(name) || isBuiltIn({ name });
    if (name.startsWith('container:')) {
      const other = name.slice('container:'.length);
      const known = around.containers.some((one) => one.name === other || one.id.startsWith(other));
      if (other === '' || !known) errors.set(`${field}.name`, en.networks.errors.container);
    } else if (network === undefined) errors.set(`${field}.name`, en.networks.errors.network);
    if (networks.some((one) => one.name === name)) errors.set(`${field}.name`, wrong.networkTwice);
    else if (isShared(name) && filled.length > 1) errors.set(`${field}.name`, wrong.networkAlone(name));

    const aliases = parseAliases(row.aliases);
    if (aliases === undefined) errors.set(`${field}.aliases`, en.networks.errors.alias);
    else if (plain && aliases.length > 0) errors.set(`${field}.aliases`, wrong.networkPlain);
    const addresses = row.addresses.split(/[\s,]+/).filter((text) => text !== '');
    const of = (family: 4 | 6): string[] => addresses.filter((text) => parseIp(text)?.family === family);
    const [ipv4 = '', second4] = of(4);
    const [ipv6 = '', second6] = of(6);
    const problem = plain
      ? addresses.length > 0
        ? wrong.networkPlain
        : undefined
      : addresses.some((text) => parseIp(text) === undefined) || (second4 ?? second6) !== undefined
        ? wrong.addresses
        : (wishedAddressProblem(ipv4, 4, network, around.containers) ??
          wishedAddressProblem(ipv6, 6, network, around.containers));
    if (problem !== undefined) errors.set(`${field}.addresses`, problem);
    networks.push({ name, aliases: aliases ?? [], ipv4, ipv6 });
  }
  return networks;
}
