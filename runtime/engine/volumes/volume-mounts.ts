// Who has which volume mounted. The file system of a volume with options lies on its folder, in the engine's own mount namespace, for as
// long as somebody has it; containers that run clone it from there. A restarted engine finds both again.
import { realpath } from 'node:fs/promises';
import { EngineError, messageOf } from '../errors.ts';
import type { VolumeWorker } from '../helper/volume-worker.ts';
import { WorkerError } from '../helper/worker-job.ts';
import type { Logger } from '../log.ts';
import { readMountTable } from '../mount-table.ts';
import { hasOwnFileSystem, volumeSource } from './local-driver.ts';
import type { VolumeStore } from './volume-store.ts';

/** Counts users; the first one of a volume mounts it, the last one takes it off. */
export class VolumeMounts {
  readonly #store: VolumeStore;
  readonly #worker: Pick<VolumeWorker, 'mount' | 'unmount'>;
  readonly #log: Logger;
  readonly #users = new Map<string, number>();

  constructor(store: VolumeStore, worker: Pick<VolumeWorker, 'mount' | 'unmount'>, log: Logger) {
    this.#store = store;
    this.#worker = worker;
    this.#log = log;
  }

  isMounted(name: string): boolean {
    return this.#users.has(name);
  }

  /** Mounts a volume for one more user. Throws notFound, or internal in Docker's words. */
  mount(name: string): Promise<void> {
    return this.#store.locks.run(name, () => this.mountLocked(name));
  }

  /** The same, for who holds the volume's lock. */
  async mountLocked(name: string): Promise<void> {
    const record = this.#store.find(name);
    if (!this.isMounted(name) && hasOwnFileSystem(record)) await this.#attach(name);
    this.#count(name, 1);
  }

  /** Never throws: what stays mounted is taken off by the next engine. */
  unmount(name: string): Promise<void> {
    return this.#store.locks.run(name, () => this.unmountLocked(name));
  }

  async unmountLocked(name: string): Promise<void> {
    this.#count(name, -1);
    const record = this.#store.get(name);
    if (this.isMounted(name) || record === undefined || !hasOwnFileSystem(record)) return;
    await this.#worker.unmount(this.#store.data(name)).catch((error: unknown) => {
      this.#log.warn('a volume cannot be unmounted', { volume: name, error: messageOf(error) });
    });
  }

  /** Does something while a volume is mounted. */
  async during<T>(name: string, work: () => Promise<T>): Promise<T> {
    await this.mount(name);
    try {
      return await work();
    } finally {
      await this.unmount(name);
    }
  }

  /** A container that already runs has it. */
  adopt(name: string): void {
    this.#count(name, 1);
  }

  /** After all are adopted: mounts what should be there and takes off what nobody has. */
  async settle(): Promise<void> {
    const own = this.#store.all().filter(hasOwnFileSystem);
    if (own.length === 0) return;
    const points = new Set((await readMountTable()).map(({ point }) => point));
    for (const { name } of own) {
      const data = this.#store.data(name);
      try {
        const isThere = points.has(await realpath(data));
        if (this.isMounted(name) && !isThere) await this.#attach(name);
        if (!this.isMounted(name) && isThere) await this.#worker.unmount(data);
      } catch (error) {
        this.#log.warn('a volume is not mounted as it should be', { volume: name, error: messageOf(error) });
      }
    }
  }

  async #attach(name: string): Promise<void> {
    const data = this.#store.data(name);
    try {
      await this.#worker.mount(data, await volumeSource(this.#store.find(name)));
    } catch (error) {
      if (!(error instanceof WorkerError)) throw error;
      throw new EngineError('internal', `error while mounting volume '${data}': ${error.message}`, {
        cause: error,
      });
    }
  }

  #count(name: string, change: 1 | -1): void {
    const users = (this.#users.get(name) ?? 0) + change;
    if (users > 0) this.#users.set(name, users);
    else this.#users.delete(name);
  }
}
