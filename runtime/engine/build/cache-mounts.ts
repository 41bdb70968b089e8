// The folders of `RUN --mount=type=cache`: they outlive builds and are no part of an image. One lies below `build/mounts` under the hash
// of its id, which comes out of a Dockerfile and never becomes a path.
import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { RunMount } from '../../syntax/dockerfile/run-mount.ts';
import type { BuildWorker } from '../helper/build-worker.ts';
import { KeyedLock } from '../store/keyed-lock.ts';
import type { Trash } from '../store/trash.ts';

/** A cache in use. */
export interface CacheMount {
  readonly folder: string;
  readonly release: () => void;
}

export class CacheMounts {
  readonly #root: string;
  readonly #trash: Trash;
  readonly #worker: Pick<BuildWorker, 'usage'>;
  readonly #locks = new KeyedLock();
  readonly #inUse = new Map<string, number>();

  private constructor(root: string, trash: Trash, worker: Pick<BuildWorker, 'usage'>) {
    this.#root = root;
    this.#trash = trash;
    this.#worker = worker;
  }

  static async open(root: string, trash: Trash, worker: Pick<BuildWorker, 'usage'>): Promise<CacheMounts> {
    await mkdir(root, { recursive: true, mode: 0o700 });
    for (const name of await readdir(root)) {
      if (!/^[0-9a-f]{64}(?:-\d+)?$/.test(name)) await trash.discard(path.join(root, name));
    }
    return new CacheMounts(root, trash, worker);
  }

  /** Takes a cache, waiting for it when it is locked; `fill` is called once for a new one. */
  async take(
    mount: Pick<RunMount, 'id' | 'target' | 'sharing' | 'mode' | 'uid' | 'gid' | 'from' | 'source'>,
    fill: ((folder: string) => Promise<void>) | undefined,
  ): Promise<CacheMount> {
    const owner = `${String(mount.uid ?? 0)}:${String(mount.gid ?? 0)}:${String(mount.mode ?? 0o755)}`;
    const identity = [mount.id === '' ? mount.target : mount.id, owner, mount.from, mount.source];
    const key = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
    let unlock = (): void => undefined;
    if (mount.sharing === 'locked') {
      const free = new Promise<void>((resolve) => (unlock = resolve));
      await new Promise<void>((resolve) => {
        void this.#locks.run(`lock ${key}`, () => {
          resolve();
          return free;
        });
      });
    }
    // A private one that is in use is not shared: the next gets another.
    let name = key;
    for (let more = 1; mount.sharing === 'private' && this.#isUsed(name); more++) {
      name = `${key}-${String(more)}`;
    }
    this.#inUse.set(name, (this.#inUse.get(name) ?? 0) + 1);
    const release = (): void => {
      this.#inUse.set(name, (this.#inUse.get(name) ?? 1) - 1);
      unlock();
    };
    try {
      await this.#locks.run(name, () => this.#make(name, mount, fill));
      return { folder: path.join(this.#root, name), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  async #make(
    name: string,
    mount: Pick<RunMount, 'mode' | 'uid' | 'gid'>,
    fill: ((folder: string) => Promise<void>) | undefined,
  ): Promise<void> {
    if ((await readdir(this.#root)).includes(name)) return;
    const temporary = path.join(this.#root, `.tmp-${name}`);
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary);
    await fill?.(temporary);
    await chmod(temporary, mount.mode ?? 0o755);
    await chown(temporary, mount.uid ?? 0, mount.gid ?? 0);
    await rename(temporary, path.join(this.#root, name));
  }

  /** All there are. */
  async list(): Promise<
    { name: string; inUse: boolean; sizeBytes: number; createdAt: Date; usedAt: Date }[]
  > {
    const names = (await readdir(this.#root)).filter((name) => !name.startsWith('.'));
    const sizes =
      names.length === 0 ? new Map<string, number>() : await this.#worker.usage(this.#root, names);
    return Promise.all(
      names.map(async (name) => {
        const { birthtime, ctimeMs, mtimeMs } = await stat(path.join(this.#root, name));
        const usedAt = new Date(Math.max(ctimeMs, mtimeMs));
        return {
          name,
          inUse: this.#isUsed(name),
          sizeBytes: sizes.get(name) ?? 0,
          createdAt: birthtime,
          usedAt,
        };
      }),
    );
  }

  /** Removes one; false when it is in use. */
  remove(name: string): Promise<boolean> {
    return this.#locks.run(name, async () => {
      if (this.#isUsed(name)) return false;
      await this.#trash.discard(path.join(this.#root, name));
      return true;
    });
  }

  #isUsed(name: string): boolean {
    return (this.#inUse.get(name) ?? 0) > 0;
  }
}
