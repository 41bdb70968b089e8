// Which step came to which image: `build/cache/<key>.json`. A key is the hash of an instruction, what it stands on, and the content it
// reads; a record that names an image that is gone is worth nothing and goes at the next look.
import { createHash } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { sha256Digest } from '../images/image-manifest.ts';
import { readRecord, writeRecord } from '../store/records.ts';

const record = z.object({
  schema: z.literal(1),
  image: sha256Digest,
  parent: sha256Digest.optional(),
  /** What the step did, for people. */
  description: z.string(),
  createdAt: z.string(),
  lastUsedAt: z.string(),
  uses: z.int(),
});
export type CacheRecord = z.infer<typeof record>;

/** The key of what a step depends on. */
export function cacheKey(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

export class BuildCache {
  readonly #folder: string;
  readonly #records = new Map<string, CacheRecord>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(folder: string): Promise<BuildCache> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const cache = new BuildCache(folder);
    for (const name of await readdir(folder)) {
      const file = path.join(folder, name);
      const key = /^([0-9a-f]{64})\.json$/.exec(name)?.[1];
      const found = key === undefined ? undefined : await readRecord(file, record).catch(() => undefined);
      if (key !== undefined && found !== undefined) cache.#records.set(key, found);
      else await rm(file, { force: true });
    }
    return cache;
  }

  get(key: string): CacheRecord | undefined {
    return this.#records.get(key);
  }

  entries(): (readonly [string, CacheRecord])[] {
    return [...this.#records];
  }

  async put(key: string, image: string, parent: string | undefined, description: string): Promise<void> {
    const now = new Date().toISOString();
    await this.#write(key, {
      schema: 1,
      image,
      ...(parent === undefined ? {} : { parent }),
      description,
      createdAt: now,
      lastUsedAt: now,
      uses: 0,
    });
  }

  /** Takes down a use; what is lost of that in a crash does not matter. */
  used(key: string): void {
    const found = this.#records.get(key);
    if (found === undefined) return;
    const next = { ...found, lastUsedAt: new Date().toISOString(), uses: found.uses + 1 };
    this.#records.set(key, next);
    void writeRecord(this.#file(key), next, 'fast').catch(() => undefined);
  }

  async remove(key: string): Promise<void> {
    this.#records.delete(key);
    await rm(this.#file(key), { force: true });
  }

  async #write(key: string, value: CacheRecord): Promise<void> {
    await writeRecord(this.#file(key), value);
    this.#records.set(key, value);
  }

  #file(key: string): string {
    return path.join(this.#folder, `${key}.json`);
  }
}
