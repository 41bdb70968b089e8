// Docker's filters of the container list. Values of one filter are alternatives, different filters must all hold.
import { EngineError } from '../errors.ts';
import { nameTest } from '../name-filter.ts';
import type { Filters } from '../services.ts';
import type { ContainerRecord } from './container-record.ts';

const statuses = new Set(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']);
const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);
const healths = new Set(['starting', 'healthy', 'unhealthy', 'none']);

/** What filters look at beside the record. */
export interface FilterContext {
  /** Finds the container that `before` or `since` names; throws notFound. */
  find(nameOrId: string): ContainerRecord;
  /** Ids of the images that `ancestor` names. */
  readonly ancestors: ReadonlySet<string>;
  /** A network's id by its name; empty when there is none. */
  readonly networkId: (name: string) => string;
}

/** Whether the filters say that containers of every state are wanted, as `status` and `exited` do. */
export function asksForAll(filters: Filters): boolean {
  return filters.has('status') || filters.has('exited');
}

/** Checks values and makes the test. Throws invalid in Docker's words. */
export function containerFilter(
  filters: Filters,
  context: FilterContext,
): (record: ContainerRecord) => boolean {
  const tests: ((record: ContainerRecord) => boolean)[] = [];
  const add = (name: string, test: (record: ContainerRecord, value: string) => boolean): void => {
    const values = filters.get(name) ?? [];
    if (values.length > 0) tests.push((record) => values.some((value) => test(record, value)));
  };
  const addPorts = (name: string, ports: (record: ContainerRecord) => readonly string[]): void => {
    const wanted = (filters.get(name) ?? []).map((value) => portTest(name, value));
    if (wanted.length > 0)
      tests.push((record) => ports(record).some((port) => wanted.some((test) => test(port))));
  };
  for (const value of filters.get('status') ?? []) {
    if (!statuses.has(value)) throw new EngineError('invalid', `invalid filter 'status=${value}'`);
  }
  for (const value of filters.get('health') ?? []) {
    if (!healths.has(value)) throw new EngineError('invalid', `invalid filter 'health=${value}'`);
  }
  for (const value of filters.get('exited') ?? []) {
    if (!/^-?\d+$/.test(value)) throw new EngineError('invalid', `invalid filter 'exited=${value}'`);
  }
  for (const value of filters.get('is-task') ?? []) {
    if (!booleans.has(value)) throw new EngineError('invalid', `invalid filter 'is-task=${value}'`);
  }
  add('id', (record, value) => record.id.startsWith(value));
  if ((filters.get('name') ?? []).length > 0) {
    const isNamed = nameTest(filters.get('name'));
    // As Docker: with its slash or without.
    tests.push(({ name }) => isNamed(name) || isNamed(`/${name}`));
  }
  add('status', (record, value) => record.state.status === value);
  add('health', (record, value) => value === (record.state.health?.status ?? 'none'));
  add('is-task', (_, value) => booleans.get(value) === false);
  add(
    'exited',
    (record, value) => record.state.status === 'exited' && record.state.exitCode === Number(value),
  );
  add('ancestor', (record) => context.ancestors.has(record.imageId));
  add('volume', (record, value) =>
    record.mounts.some(
      (mount) =>
        mount.destination === value ||
        (mount.type === 'bind' && mount.source === value) ||
        (mount.type === 'volume' && mount.name === value),
    ),
  );
  add('network', (record, value) =>
    record.networks.some(
      ({ name }) => name === value || (value !== '' && context.networkId(name).startsWith(value)),
    ),
  );
  addPorts('expose', (record) => (isUp(record) ? Object.keys(record.config.ExposedPorts) : []));
  addPorts('publish', (record) =>
    record.state.ports.map((port) => `${String(port.hostPort)}/${port.protocol}`),
  );
  // Labels must all be there.
  for (const value of filters.get('label') ?? []) tests.push((record) => hasLabel(record, value));
  const [before] = filters.get('before') ?? [];
  if (before !== undefined) {
    const other = context.find(before);
    tests.push((record) => record.created < other.created);
  }
  const [since] = filters.get('since') ?? [];
  if (since !== undefined) {
    const other = context.find(since);
    tests.push((record) => record.created > other.created);
  }
  return (record) => tests.every((test) => test(record));
}

const isUp = ({ state: { status } }: ContainerRecord): boolean => status === 'running' || status === 'paused';

/** A test for ports like `80/tcp`, from `80`, `80/tcp` or `80-90/tcp`. */
function portTest(name: string, wanted: string): (port: string) => boolean {
  const match = /^(\d+)(?:-(\d+))?(?:\/(\w+))?$/.exec(wanted);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? match?.[1]);
  if (match === null || last > 65_535 || last < first) {
    throw new EngineError('invalid', `invalid filter '${name}=${wanted}'`);
  }
  return (port) => {
    const [number, protocol] = port.split('/');
    return Number(number) >= first && Number(number) <= last && protocol === (match[3] ?? 'tcp');
  };
}

function hasLabel(record: ContainerRecord, wanted: string): boolean {
  const equals = wanted.indexOf('=');
  const name = equals < 0 ? wanted : wanted.slice(0, equals);
  const value = record.config.Labels[name];
  if (value === undefined) return false;
  return equals < 0 || value === wanted.slice(equals + 1);
}
