// The one copy of the model. Changes are gathered for a moment and told as diffs that hold only the entities that really
// changed: an entity that is set to an equal value keeps its identity, and a diff compares identities.
import { isDeepStrictEqual } from 'node:util';
import type {
  ContainerModel,
  EngineModel,
  EntityDiff,
  ImageModel,
  Model,
  ModelDiff,
  NetworkModel,
  VolumeModel,
} from '../contract/model.ts';
import type { Disposable } from './disposable.ts';

/** A diff without its sequence number, which belongs to a connection. */
export type ModelChange = Omit<ModelDiff, 'sequence' | 'reset'>;

/** The kinds of entities. */
export type EntityKind = Exclude<keyof Model, 'engine'>;
/** The entity of a kind. */
export type EntityOf<K extends EntityKind> = Model[K][string];

type Tables = { readonly [K in EntityKind]: Map<string, EntityOf<K>> };

/** The model at one moment. Never changed; a new state replaces it. */
export type ModelState = { readonly engine: EngineModel } & {
  readonly [K in EntityKind]: ReadonlyMap<string, EntityOf<K>>;
};

/** A change is told so soon after it, with what comes along. */
const gatherMs = 20;
/** Under a storm of changes a window redraws so often and no oftener: nobody reads faster, and its time is for the user. */
const betweenMs = 100;
/** So many diffs in a row may come as fast as they can. */
const burst = 4;

const emptyTables = (): Tables => ({
  containers: new Map(),
  images: new Map(),
  volumes: new Map(),
  networks: new Map(),
  tasks: new Map(),
  terminals: new Map(),
});

/** Holds the model and tells its listeners of changes. */
export class LiveModel implements Disposable {
  #engine: EngineModel;
  readonly #tables = emptyTables();
  /** What the listeners know. */
  #told: ModelState;
  readonly #imageUsers = new UserCounts<ImageModel>();
  readonly #volumeUsers = new UserCounts<VolumeModel>();
  readonly #networkUsers = new UserCounts<NetworkModel>();
  #timer: NodeJS.Timeout | undefined;
  /** When the diffs told so far would have been told at the slow pace. */
  #pacedMs = 0;
  readonly #listeners = new Set<(change: ModelChange) => void>();

  constructor(engine: EngineModel) {
    this.#engine = engine;
    this.#told = { engine, ...emptyTables() };
  }

  get engine(): EngineModel {
    return this.#engine;
  }

  /** The entities of one kind, as they were set: counts of containers are only in what is told. */
  entities<K extends EntityKind>(kind: K): ReadonlyMap<string, EntityOf<K>> {
    return this.#tables[kind];
  }

  setEngine(engine: EngineModel): void {
    if (isDeepStrictEqual(engine, this.#engine)) return;
    this.#engine = engine;
    // How the engine is matters most, and changes seldom.
    this.flush();
  }

  set<K extends EntityKind>(kind: K, entity: EntityOf<K>): void {
    if (replace(this.#tables[kind], entity)) this.#changed();
  }

  remove(kind: EntityKind, id: string): void {
    if (this.#tables[kind].delete(id)) this.#changed();
  }

  /** Replaces all of a kind. */
  setAll<K extends EntityKind>(kind: K, entities: readonly EntityOf<K>[]): void {
    const table: Map<string, EntityOf<K>> = this.#tables[kind];
    const ids = new Set(entities.map(({ id }) => id));
    for (const id of table.keys()) if (!ids.has(id)) table.delete(id);
    for (const entity of entities) replace(table, entity);
    this.#changed();
  }

  /** Tells changes from now on. Take a {@link snapshot} in the same turn. */
  subscribe(listener: (change: ModelChange) => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  /** Everything, as the listeners know it: the next change starts from here. */
  snapshot(): ModelChange {
    const { engine, containers, images, volumes, networks, tasks, terminals } = this.#told;
    return {
      engine,
      containers: everything(containers),
      images: everything(images),
      volumes: everything(volumes),
      networks: everything(networks),
      tasks: everything(tasks),
      terminals: everything(terminals),
    };
  }

  /** Tells what has changed, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { containers, images, volumes, networks, tasks, terminals } = this.#tables;
    const users = countUsers(containers);
    const next: ModelState = {
      engine: this.#engine,
      containers: new Map(containers),
      images: this.#imageUsers.fill(images, ({ id }) => users.images.get(id)),
      volumes: this.#volumeUsers.fill(volumes, ({ id }) => users.volumes.get(id)),
      networks: this.#networkUsers.fill(networks, ({ name }) => users.networks.get(name)),
      tasks: new Map(tasks),
      terminals: new Map(terminals),
    };
    const change = diffModel(this.#told, next);
    this.#told = next;
    if (change === undefined) return;
    this.#pacedMs = Math.max(this.#pacedMs, performance.now()) + betweenMs;
    for (const listener of [...this.#listeners]) listener(change);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#listeners.clear();
  }

  #changed(): void {
    const aheadMs = this.#pacedMs - performance.now();
    this.#timer ??= setTimeout(() => this.flush(), Math.max(gatherMs, aheadMs - burst * betweenMs));
  }
}

/** What leads from one state to the next; undefined when nothing does. Entities are compared by identity. */
export function diffModel(before: ModelState, after: ModelState): ModelChange | undefined {
  const change: { -readonly [K in keyof ModelChange]: ModelChange[K] } = {};
  if (before.engine !== after.engine) change.engine = after.engine;
  const containers = diffEntities(before.containers, after.containers);
  if (containers !== undefined) change.containers = containers;
  const images = diffEntities(before.images, after.images);
  if (images !== undefined) change.images = images;
  const volumes = diffEntities(before.volumes, after.volumes);
  if (volumes !== undefined) change.volumes = volumes;
  const networks = diffEntities(before.networks, after.networks);
  if (networks !== undefined) change.networks = networks;
  const tasks = diffEntities(before.tasks, after.tasks);
  if (tasks !== undefined) change.tasks = tasks;
  const terminals = diffEntities(before.terminals, after.terminals);
  if (terminals !== undefined) change.terminals = terminals;
  return Object.keys(change).length === 0 ? undefined : change;
}

function diffEntities<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
): EntityDiff<T> | undefined {
  const set = [...after].filter(([id, entity]) => before.get(id) !== entity).map(([, entity]) => entity);
  const remove = [...before.keys()].filter((id) => !after.has(id));
  return set.length === 0 && remove.length === 0 ? undefined : { set, remove };
}

function everything<T>(entities: ReadonlyMap<string, T>): EntityDiff<T> {
  return { set: [...entities.values()], remove: [] };
}

/** Sets an entity; false, and the old one stays, when it is equal. */
function replace<T extends { readonly id: string }>(entities: Map<string, T>, entity: T): boolean {
  if (isDeepStrictEqual(entities.get(entity.id), entity)) return false;
  entities.set(entity.id, entity);
  return true;
}

/** How many containers use each image (by id), each volume (by name) and each network (by name). */
function countUsers(containers: ReadonlyMap<string, ContainerModel>) {
  const images = new Map<string, number>();
  const volumes = new Map<string, number>();
  const networks = new Map<string, number>();
  const count = (users: Map<string, number>, key: string) => users.set(key, (users.get(key) ?? 0) + 1);
  for (const container of containers.values()) {
    count(images, container.imageId);
    // The same volume may be mounted twice.
    const mounted = container.mounts.filter(({ type }) => type === 'volume').map(({ source }) => source);
    for (const name of new Set(mounted)) count(volumes, name);
    for (const { name } of container.networks) count(networks, name);
  }
  return { images, volumes, networks };
}

/** Fills in how many containers use an entity; one whose number is as before keeps its identity. */
class UserCounts<T extends { readonly id: string; readonly containers: number }> {
  readonly #filled = new WeakMap<T, T>();

  fill(entities: ReadonlyMap<string, T>, usersOf: (entity: T) => number | undefined): Map<string, T> {
    return new Map([...entities].map(([id, entity]) => [id, this.#fillOne(entity, usersOf(entity) ?? 0)]));
  }

  #fillOne(entity: T, containers: number): T {
    if (containers === entity.containers) return entity;
    const before = this.#filled.get(entity);
    if (before?.containers === containers) return before;
    const filled = { ...entity, containers };
    this.#filled.set(entity, filled);
    return filled;
  }
}
