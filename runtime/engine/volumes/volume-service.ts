// `/volumes`, as the API asks for it: made, listed, shown, removed, pruned, measured.
import { EngineError } from '../errors.ts';
import { nameTest } from '../name-filter.ts';
import type { VolumeWorker } from '../helper/volume-worker.ts';
import { pruneTest } from '../prune-filter.ts';
import type { EventBus, Filters, VolumeService } from '../services.ts';
import type { Volume, VolumeCreateBody } from '../types.ts';
import { hasOwnFileSystem } from './local-driver.ts';
import { anonymousLabel, type VolumeRecord } from './volume-record.ts';
import type { VolumeStore } from './volume-store.ts';
import type { Volumes } from './volumes.ts';

/** Volumes, for the API. */
export class VolumeApi implements VolumeService {
  readonly #volumes: Volumes;
  readonly #worker: Pick<VolumeWorker, 'usage'>;
  readonly #events: Pick<EventBus, 'publish'>;
  #pruning = false;

  constructor(volumes: Volumes, worker: Pick<VolumeWorker, 'usage'>, events: Pick<EventBus, 'publish'>) {
    this.#volumes = volumes;
    this.#worker = worker;
    this.#events = events;
  }

  async create(body: VolumeCreateBody): Promise<Volume> {
    const wanted = { name: body.Name, driver: body.Driver, options: body.DriverOpts, labels: body.Labels };
    return volumeView(this.#volumes.store, await this.#volumes.obtain(wanted));
  }

  async list(filters: Filters): Promise<Volume[]> {
    const dangling = flagFilter(filters, 'dangling');
    const users = dangling === undefined ? undefined : this.#volumes.users();
    return this.#volumes.store
      .all()
      .filter(volumeTest(filters))
      .filter(({ name }) => users === undefined || users.has(name) !== dangling)
      .map((record) => volumeView(this.#volumes.store, record));
  }

  async inspect(name: string): Promise<Volume> {
    return volumeView(this.#volumes.store, this.#volumes.store.find(name));
  }

  async remove(name: string, force: boolean): Promise<void> {
    try {
      await this.#volumes.remove(name);
    } catch (error) {
      if (!(force && error instanceof EngineError && error.kind === 'notFound')) throw error;
    }
  }

  async prune(
    filters: Filters,
    onlyAnonymous: boolean,
  ): Promise<{ VolumesDeleted: string[]; SpaceReclaimed: number }> {
    const all = flagFilter(filters, 'all') ?? !onlyAnonymous;
    const fits = pruneTest(filters, Date.now());
    if (this.#pruning) throw new EngineError('conflict', 'a prune operation is already running');
    this.#pruning = true;
    const removed: string[] = [];
    let reclaimedBytes = 0;
    try {
      const users = this.#volumes.users();
      const unused = this.#volumes.store.all().filter((record) => {
        const labels = record.labels ?? {};
        const thing = { createdMs: Date.parse(record.created), labels };
        return !users.has(record.name) && (all || anonymousLabel in labels) && fits(thing);
      });
      const sizes = await this.#sizes(unused);
      for (const { name } of unused) {
        // It may be referred to, or be gone, by now.
        if (!(await this.#volumes.removeUnused(name))) continue;
        removed.push(name);
        reclaimedBytes += sizes.get(name) ?? 0;
      }
    } finally {
      this.#pruning = false;
    }
    const attributes = { reclaimed: String(reclaimedBytes) };
    this.#events.publish({ type: 'volume', action: 'prune', id: '', attributes });
    return { VolumesDeleted: removed, SpaceReclaimed: reclaimedBytes };
  }

  async usage(): Promise<Volume[]> {
    const records = this.#volumes.store.all();
    const sizes = await this.#sizes(records);
    const users = this.#volumes.users();
    return records.map((record) => ({
      ...volumeView(this.#volumes.store, record),
      UsageData: {
        Size: sizes.get(record.name) ?? -1,
        RefCount: users.get(record.name)?.length ?? 0,
      },
    }));
  }

  /** Bytes by name; a file system that is mounted there is not measured. */
  async #sizes(records: readonly VolumeRecord[]): Promise<ReadonlyMap<string, number>> {
    const plain = records.filter((record) => !hasOwnFileSystem(record)).map(({ name }) => name);
    return plain.length === 0 ? new Map() : this.#worker.usage(this.#volumes.store.folder, plain);
  }
}

/** A volume as the API shows it. */
export function volumeView(store: Pick<VolumeStore, 'data'>, record: VolumeRecord): Volume {
  return {
    CreatedAt: record.created.replace(/\.\d+Z$/, 'Z'),
    Driver: 'local',
    Labels: record.labels,
    Mountpoint: store.data(record.name),
    Name: record.name,
    Options: record.options,
    Scope: 'local',
  };
}

/** Docker's reading of a filter that is true or false. Throws invalid. */
function flagFilter(filters: Filters, name: string): boolean | undefined {
  const values = filters.get(name) ?? [];
  if (values.length === 0) return undefined;
  const isTrue = values.some((value) => value === 'true' || value === '1');
  const isFalse = values.some((value) => value === 'false' || value === '0');
  if (isTrue !== isFalse) return isTrue;
  throw new EngineError('invalid', `invalid filter '${name}=[${values.join(' ')}]'`);
}

/** Which volumes are wanted: any of its names and drivers will do, `label` must all be there. */
function volumeTest(filters: Filters): (record: VolumeRecord) => boolean {
  const isNamed = nameTest(filters.get('name'));
  const drivers = filters.get('driver') ?? [];
  const hasDriver = drivers.length === 0 || drivers.includes('local');
  const labels = pruneTest(new Map([['label', filters.get('label') ?? []]]), 0);
  return (record) =>
    hasDriver && isNamed(record.name) && labels({ createdMs: 0, labels: record.labels ?? {} });
}
