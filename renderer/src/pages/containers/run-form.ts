// The run dialog's form as plain data: its rows, how pasted lines become rows, and what is wrong with which field. Pure.
import type { RunOptions } from '../../../../runtime/contract/methods.ts';
import { en } from '../../strings/en.ts';
import { isVolumeName } from '../volumes/volume-form.ts';
import { isReference } from '../images/image-reference.ts';
import { commandWords } from './command-words.ts';

export interface PortRow {
  readonly key: number;
  readonly hostIp: string;
  readonly hostPort: string;
  readonly containerPort: string;
  readonly protocol: 'tcp';
}
export interface MountRow {
  readonly key: number;
  readonly source: string;
  readonly destination: string;
  readonly readOnly: boolean;
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
  return { key: nextKey++, source: '', destination: '', readOnly: false };
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

function isAddress(text: string): boolean {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (parts !== null) return parts.slice(1).every((part) => Number(part) <= 255);
  return text.includes(':') && /^[0-9a-fA-F:.]+$/.test(text);
}

/** The options the form asks for, or the errors that keep it from asking. Empty rows mean nothing. */
export function readRunForm(
  form: RunForm,
  takenNames: ReadonlySet<string>,
): { readonly options: RunOptions | undefined; readonly errors: FieldErrors } {
  const errors = new Map<string, string>();
  const wrong = en.run.errors;
  const image = form.image.trim();
  if (image === '') errors.set('image', wrong.imageEmpty);
  else if (!isReference(image)) errors.set('image', wrong.imageMalformed);

  const name = form.name.trim();
  if (name !== '' && !isContainerName(name)) errors.set('name', wrong.name);
  else if (takenNames.has(name)) errors.set('name', wrong.nameTaken(name));

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
    if (hostIp !== '' && !isAddress(hostIp)) errors.set(`${field}.hostIp`, wrong.hostIp);
    const place = `${hostIp} ${hostPort ?? ''}`;
    if (hostPort !== undefined && hostPort !== 0) {
      if (taken.has(place)) errors.set(`${field}.hostPort`, wrong.hostPortTwice(hostPort));
      taken.add(place);
    }
    if (containerPort !== undefined && hostPort !== undefined) {
      ports.push({ hostIp, hostPort, containerPort, protocol: row.protocol });
    }
  }

  const mounts: RunOptions['mounts'] = [];
  const destinations = new Set<string>();
  for (const row of form.mounts) {
    const source = row.source.trim();
    const destination = row.destination.trim();
    if (source === '' && destination === '') continue;
    const field = `mounts.${row.key}`;
    if (!source.startsWith('/') && !isVolumeName(source)) errors.set(`${field}.source`, wrong.source);
    if (!destination.startsWith('/') || destination === '/')
      errors.set(`${field}.destination`, wrong.destination);
    else if (destinations.has(destination)) errors.set(`${field}.destination`, wrong.destinationTwice);
    destinations.add(destination);
    const type = source.startsWith('/') ? 'bind' : 'volume';
    mounts.push({ type, source, destination, readOnly: row.readOnly, sizeBytes: 0 });
  }

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
      networks: [],
      tty: form.tty,
      openStdin: form.tty,
      autoRemove: form.autoRemove,
    },
    errors,
  };
}
