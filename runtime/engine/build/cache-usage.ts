// What the build cache takes of the disk, and what goes of it: by age, or the least recently used until no more than so much is left.
import type { BuildImages } from '../images/image-build.ts';
import type { BuildCache } from './build-cache.ts';
import type { CacheMounts } from './cache-mounts.ts';

/** One thing in the cache, as `/system/df` shows it. */
export interface BuildCacheItem {
  readonly ID: string;
  readonly Parents: readonly string[];
  readonly Type: string;
  readonly Description: string;
  readonly InUse: boolean;
  /** An image has it, too: without the cache it takes no less. */
  readonly Shared: boolean;
  readonly Size: number;
  readonly CreatedAt: string;
  readonly LastUsedAt: string;
  readonly UsageCount: number;
}

/** What may go. */
export interface CachePrune {
  /** Whether what was last used then may go. */
  readonly fits: (lastUsedMs: number) => boolean;
  /** Cache mounts, too. */
  readonly all: boolean;
  /** Bytes that may stay; undefined: nothing need. */
  readonly keepBytes: number | undefined;
}

/** An item, and how it goes; answers the bytes that are free then. */
interface Entry extends BuildCacheItem {
  readonly remove: () => Promise<number>;
  /** The image of a step, and the one it stands on. */
  readonly image?: string;
  readonly parent?: string | undefined;
}

const idLength = 25;

/** Bytes that come back when all of these go. */
export const freedBytesOf = (items: readonly BuildCacheItem[]): number =>
  items.reduce((sum, { Shared, Size }) => sum + (Shared ? 0 : Size), 0);

const itemOf = ({ remove: _remove, image: _image, parent: _parent, ...item }: Entry): BuildCacheItem => item;

export class CacheUsage {
  readonly #cache: BuildCache;
  readonly #mounts: CacheMounts;
  readonly #images: BuildImages;
  /** When the oldest build that runs began; undefined when none does. What was used since then is in use. */
  readonly #busySinceMs: () => number | undefined;

  constructor(
    cache: BuildCache,
    mounts: CacheMounts,
    images: BuildImages,
    busySinceMs: () => number | undefined,
  ) {
    this.#cache = cache;
    this.#mounts = mounts;
    this.#images = images;
    this.#busySinceMs = busySinceMs;
  }

  /** All that the cache holds. */
  async items(): Promise<BuildCacheItem[]> {
    return [...this.#steps(), ...(await this.#mounted())].map(itemOf);
  }

  /** What a prune would remove, in its order. */
  async preview(wanted: CachePrune): Promise<BuildCacheItem[]> {
    return (await this.#going(wanted)).map(itemOf);
  }

  async prune(wanted: CachePrune): Promise<{ ids: string[]; freedBytes: number }> {
    await this.#forgetLost();
    const ids: string[] = [];
    let freedBytes = 0;
    for (const going of await this.#going(wanted)) {
      freedBytes += await going.remove();
      ids.push(going.ID);
    }
    return { ids, freedBytes };
  }

  async #going({ fits, all, keepBytes }: CachePrune): Promise<Entry[]> {
    const entries = [...this.#steps(), ...(all ? await this.#mounted() : [])];
    let bytes = freedBytesOf(entries);
    let candidates = entries
      .filter(({ InUse, LastUsedAt }) => !InUse && fits(Date.parse(LastUsedAt)))
      // With something to keep, what frees nothing stays.
      .filter(({ Shared }) => keepBytes === undefined || !Shared)
      .sort((a, b) => Date.parse(a.LastUsedAt) - Date.parse(b.LastUsedAt));
    const left = new Set(entries);
    const goes: Entry[] = [];
    while (keepBytes === undefined || bytes > keepBytes) {
      // A step that another stands on was used whenever that was.
      const stoodOn = new Set([...left].map(({ parent }) => parent));
      const going = candidates.find(({ image }) => image === undefined || !stoodOn.has(image));
      if (going === undefined) break;
      candidates = candidates.filter((entry) => entry !== going);
      left.delete(going);
      bytes -= freedBytesOf([going]);
      goes.push(going);
    }
    return goes;
  }

  /** Records of images that are gone are worth nothing. */
  async #forgetLost(): Promise<void> {
    for (const [key, { image }] of this.#cache.entries()) {
      if (this.#images.get(image) === undefined) await this.#cache.remove(key);
    }
  }

  #steps(): Entry[] {
    const busySinceMs = this.#busySinceMs() ?? Infinity;
    const isShared = this.#images.sharing();
    return this.#cache.entries().flatMap(([key, record]): Entry[] => {
      const image = this.#images.get(record.image);
      if (image === undefined) return [];
      const below = record.parent === undefined ? undefined : this.#images.get(record.parent);
      return [
        {
          ID: key.slice(0, idLength),
          Parents: [],
          Type: 'regular',
          Description: record.description,
          InUse: Date.parse(record.lastUsedAt) >= busySinceMs,
          Shared: isShared(image),
          Size: Math.max(0, image.sizeBytes - (below?.sizeBytes ?? 0)),
          CreatedAt: record.createdAt,
          LastUsedAt: record.lastUsedAt,
          UsageCount: record.uses,
          image: record.image,
          parent: record.parent,
          remove: async () => {
            await this.#cache.remove(key);
            return this.#images.dropStep(record.image);
          },
        },
      ];
    });
  }

  async #mounted(): Promise<Entry[]> {
    return (await this.#mounts.list()).map(({ name, inUse, sizeBytes, createdAt, usedAt }) => ({
      ID: name.slice(0, idLength),
      Parents: [],
      Type: 'exec.cachemount',
      Description: 'cached mount',
      InUse: inUse,
      Shared: false,
      Size: sizeBytes,
      CreatedAt: createdAt.toISOString(),
      LastUsedAt: usedAt.toISOString(),
      UsageCount: 0,
      remove: async () => ((await this.#mounts.remove(name)) ? sizeBytes : 0),
    }));
  }
}
