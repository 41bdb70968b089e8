// What builds have found out of the archives that were sent to them, by the digest of their bytes: small texts, and checksums of
// selections. The same archive has the same answers, so it need not be unpacked for them. Kept in memory, of the last used.
import type { Checksum, Selection } from '../helper/build-worker.ts';
import { cacheKey } from './build-cache.ts';

const maxArchives = 32;
/** Of one archive; what is longer, and what is asked after so many, is read again. */
const maxTexts = 8;
const maxTextLength = 64 * 1024;
const maxChecksums = 500;

/** What is known of one archive. */
export class KnownArchive {
  readonly #texts = new Map<string, string | undefined>();
  readonly #checksums = new Map<string, Checksum>();

  /** A file's text, by its path; undefined when it is not there. */
  async text(path: string, find: () => Promise<string | undefined>): Promise<string | undefined> {
    if (this.#texts.has(path)) return this.#texts.get(path);
    const text = await find();
    if ((text ?? '').length <= maxTextLength && this.#texts.size < maxTexts) this.#texts.set(path, text);
    return text;
  }

  async checksum(selection: Selection, find: () => Promise<Checksum>): Promise<Checksum> {
    const key = cacheKey([selection]);
    const known = this.#checksums.get(key);
    if (known !== undefined) return known;
    const checksum = await find();
    if (this.#checksums.size < maxChecksums) this.#checksums.set(key, checksum);
    return checksum;
  }
}

export class KnownArchives {
  readonly #archives = new Map<string, KnownArchive>();

  /** The archive of a digest; the one that was asked for the longest ago is forgotten. */
  get(digest: string): KnownArchive {
    const archive = this.#archives.get(digest) ?? new KnownArchive();
    this.#archives.delete(digest);
    this.#archives.set(digest, archive);
    for (const oldest of this.#archives.keys()) {
      if (this.#archives.size <= maxArchives) break;
      this.#archives.delete(oldest);
    }
    return archive;
  }
}
