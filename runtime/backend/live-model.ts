// The one copy of the model. Changes are gathered for a moment and told as diffs that hold only the entities that really
// changed: an entity that is set to an equal value keeps its identity, and a diff compares identities.
import { isDeepStrictEqual } from 'node:util';
import type { ContainerModel, EngineModel, ImageModel, ModelDiff } from '../contract/model.ts';
import type { Disposable } from './disposable.ts';

/** A diff without its sequence number, which belongs to a connection. */
export type ModelChange = Omit<ModelDiff, 'sequence' | 'reset'>;

/** The model at one moment. Never changed; a new state replaces it. */
export interface ModelState {
  readonly engine: EngineModel;
  readonly containers: ReadonlyMap<string, ContainerModel>;
  readonly images: ReadonlyMap<string, ImageModel>;
}

const gatherMs = 20;

/** Holds the model and tells its listeners of changes. */
export class LiveModel implements Disposable {
  #engine: EngineModel;
  readonly #containers = new Map<string, ContainerModel>();
  readonly #images = new Map<string, ImageModel>();
  /** What the listeners know. */
  #told: ModelState;
  #timer: NodeJS.Timeout | undefined;
  readonly #listeners = new Set<(change: ModelChange) => void>();

  constructor(engine: EngineModel) {
    this.#engine = engine;
    this.#told = { engine, containers: new Map(), images: new Map() };
  }

  get engine(): EngineModel {
    return this.#engine;
  }

  /** Ids of all containers. */
  containerIds(): string[] {
    return [...this.#containers.keys()];
  }

  setEngine(engine: EngineModel): void {
    if (isDeepStrictEqual(engine, this.#engine)) return;
    this.#engine = engine;
    // How the engine is matters most, and changes seldom.
    this.flush();
  }

  setContainer(container: ContainerModel): void {
    if (replace(this.#containers, container)) this.#changed();
  }

  removeContainer(id: string): void {
    if (this.#containers.delete(id)) this.#changed();
  }

  /** Replaces all images. */
  setImages(images: readonly ImageModel[]): void {
    const ids = new Set(images.map((image) => image.id));
    for (const id of this.#images.keys()) if (!ids.has(id)) this.#images.delete(id);
    for (const image of images) replace(this.#images, image);
    this.#changed();
  }

  /** Tells changes from now on. Take a {@link snapshot} in the same turn. */
  subscribe(listener: (change: ModelChange) => void): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  /** Everything, as the listeners know it: the next change starts from here. */
  snapshot(): ModelChange {
    const { engine, containers, images } = this.#told;
    return {
      engine,
      containers: { set: [...containers.values()], remove: [] },
      images: { set: [...images.values()], remove: [] },
    };
  }

  /** Tells what has changed, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const next: ModelState = {
      engine: this.#engine,
      containers: new Map(this.#containers),
      images: countUsers(this.#images, this.#containers, this.#told.images),
    };
    const change = diffModel(this.#told, next);
    this.#told = next;
    if (change === undefined) return;
    for (const listener of [...this.#listeners]) listener(change);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#listeners.clear();
  }

  #changed(): void {
    this.#timer ??= setTimeout(() => this.flush(), gatherMs);
  }
}

/** What leads from one state to the next; undefined when nothing does. Entities are compared by identity. */
export function diffModel(before: ModelState, after: ModelState): ModelChange | undefined {
  const containers = diffEntities(before.containers, after.containers);
  const images = diffEntities(before.images, after.images);
  if (before.engine === after.engine && containers === undefined && images === undefined) return undefined;
  return {
    ...(before.engine === after.engine ? {} : { engine: after.engine }),
    ...(containers === undefined ? {} : { containers }),
    ...(images === undefined ? {} : { images }),
  };
}

function diffEntities<T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
): { set: T[]; remove: string[] } | undefined {
  const set = [...after].filter(([id, entity]) => before.get(id) !== entity).map(([, entity]) => entity);
  const remove = [...before.keys()].filter((id) => !after.has(id));
  return set.length === 0 && remove.length === 0 ? undefined : { set, remove };
}

/** Sets an entity; false, and the old one stays, when it is equal. */
function replace<T extends { readonly id: string }>(entities: Map<string, T>, entity: T): boolean {
  if (isDeepStrictEqual(entities.get(entity.id), entity)) return false;
  entities.set(entity.id, entity);
  return true;
}

/** Images with the number of containers that use each; those whose number is as before keep their identity. */
function countUsers(
  images: ReadonlyMap<string, ImageModel>,
  containers: ReadonlyMap<string, ContainerModel>,
  before: ReadonlyMap<string, ImageModel>,
): Map<string, ImageModel> {
  const users = new Map<string, number>();
  for (const { imageId } of containers.values()) users.set(imageId, (users.get(imageId) ?? 0) + 1);
  const counted = new Map<string, ImageModel>();
  for (const image of images.values()) {
    const next = { ...image, containers: users.get(image.id) ?? 0 };
    const old = before.get(image.id);
    counted.set(image.id, old !== undefined && isDeepStrictEqual(old, next) ? old : next);
  }
  return counted;
}
