// The volumes of one engine and who refers to them: containers by their records, and those that are being made by a hold. So no count
// has to be kept, and none can be wrong after a crash.
import { randomBytes } from 'node:crypto';
import { opendir } from 'node:fs/promises';
import { EngineError } from '../errors.ts';
import type { EventBus } from '../services.ts';
import { checkDriver, hasOwnFileSystem } from './local-driver.ts';
import type { VolumeMounts } from './volume-mounts.ts';
import { anonymousLabel, checkVolumeName, type VolumeRecord } from './volume-record.ts';
import type { VolumeStore } from './volume-store.ts';

/** A volume somebody wants: the one of that name, or a new one. */
export interface WantedVolume {
  /** Empty for one without a name. */
  readonly name: string;
  readonly driver: string;
  readonly options: VolumeRecord['options'];
  readonly labels: VolumeRecord['labels'];
}

/** Makes, finds and removes volumes, each under its lock. */
export class Volumes {
  readonly store: VolumeStore;
  readonly mounts: VolumeMounts;
  readonly #events: Pick<EventBus, 'publish'>;
  /** Containers that are being made, by volume. */
  readonly #holds = new Map<string, Set<string>>();
  /** Ids of containers by volume. */
  #references: () => ReadonlyMap<string, readonly string[]> = () => new Map();

  constructor(store: VolumeStore, mounts: VolumeMounts, events: Pick<EventBus, 'publish'>) {
    this.store = store;
    this.mounts = mounts;
    this.#events = events;
  }

  /** Told by the container engine. */
  setReferences(references: () => ReadonlyMap<string, readonly string[]>): void {
    this.#references = references;
  }

  /** Ids of the containers that refer to each volume. */
  users(): Map<string, string[]> {
    const users = new Map<string, string[]>();
    for (const source of [this.#references(), this.#holds]) {
      for (const [name, ids] of source) {
        users.set(name, [...new Set([...(users.get(name) ?? []), ...ids])]);
      }
    }
    return users;
  }

  /** Finds or makes a volume. `holder` keeps it from being removed, until {@link letGo}. Throws as {@link VolumeService.create}. */
  async obtain(wanted: WantedVolume, holder?: string): Promise<VolumeRecord> {
    const anonymous = wanted.name === '';
    const name = anonymous ? randomBytes(32).toString('hex') : wanted.name;
    checkVolumeName(name);
    return this.store.locks.run(name, async () => {
      const there = this.store.get(name);
      checkDriver(name, wanted.driver, there === undefined ? wanted.options : null);
      if (holder !== undefined) this.#hold(name, holder);
      if (there !== undefined) return there;
      const labels = anonymous
        ? Object.assign(Object.create(null) as Record<string, string>, wanted.labels, {
            [anonymousLabel]: '',
          })
        : wanted.labels;
      const record: VolumeRecord = {
        schema: 1,
        name,
        created: new Date().toISOString(),
        labels,
        options: wanted.options,
      };
      await this.store.add(record);
      this.#publish('create', name);
      return record;
    });
  }

  /** Fills a volume if it is empty; `work` fills an empty folder, and says whether it did. Throws what it throws. */
  async fill(name: string, work: (folder: string) => Promise<boolean>): Promise<boolean> {
    return this.store.locks.run(name, async () => {
      const data = this.store.data(name);
      if (!hasOwnFileSystem(this.store.find(name)) && !this.mounts.isMounted(name)) {
        return (await isEmpty(data)) && this.store.replaceData(name, work);
      }
      // Somebody has this very folder.
      await this.mounts.mountLocked(name);
      try {
        return (await isEmpty(data)) && (await work(data));
      } finally {
        await this.mounts.unmountLocked(name);
      }
    });
  }

  /** The container is made, or will not be. */
  letGo(holder: string): void {
    for (const [name, holders] of this.#holds) {
      if (holders.delete(holder) && holders.size === 0) this.#holds.delete(name);
    }
  }

  /** Throws notFound, or conflict when somebody refers to it. */
  remove(name: string): Promise<void> {
    return this.store.locks.run(name, async () => {
      this.store.find(name);
      const users = this.users().get(name) ?? [];
      if (users.length > 0) {
        throw new EngineError('conflict', `remove ${name}: volume is in use - [${users.join(', ')}]`);
      }
      if (this.mounts.isMounted(name)) {
        throw new EngineError('conflict', `remove ${name}: its files are being read or written`);
      }
      await this.store.remove(name);
      this.#publish('destroy', name);
    });
  }

  /** Removes it unless somebody refers to it; answers whether it is gone by that. */
  async removeUnused(name: string): Promise<boolean> {
    try {
      await this.remove(name);
      return true;
    } catch (error) {
      if (error instanceof EngineError && (error.kind === 'conflict' || error.kind === 'notFound'))
        return false;
      throw error;
    }
  }

  /** A container's mounting of it, or the end of that. */
  publishUse(action: 'mount' | 'unmount', name: string, attributes: Readonly<Record<string, string>>): void {
    this.#publish(action, name, attributes);
  }

  #hold(name: string, holder: string): void {
    const holders = this.#holds.get(name) ?? new Set();
    this.#holds.set(name, holders.add(holder));
  }

  #publish(action: string, name: string, attributes: Readonly<Record<string, string>> = {}): void {
    this.#events.publish({
      type: 'volume',
      action,
      id: name,
      attributes: { driver: 'local', ...attributes },
    });
  }
}

async function isEmpty(folder: string): Promise<boolean> {
  const directory = await opendir(folder);
  try {
    return (await directory.read()) === null;
  } finally {
    await directory.close();
  }
}
