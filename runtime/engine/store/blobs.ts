// Small content-addressed files, `blobs/sha256/<hex>`: image configs and manifests. A blob is written whole or not
// at all, and what is read is verified; bulk (layers) never comes here.
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { syncFolder } from './records.ts';

const hexName = /^[0-9a-f]{64}$/;

/** A folder of blobs named by their sha256. */
export class BlobStore {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Opens `root/sha256` and removes what a killed engine left half-written. */
  static async open(root: string): Promise<BlobStore> {
    const folder = path.join(root, 'sha256');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(folder)) {
      if (!hexName.test(name)) await rm(path.join(folder, name), { force: true });
    }
    return new BlobStore(folder);
  }

  /** Stores bytes durably; answers their digest, `sha256:<hex>`. */
  async put(bytes: Uint8Array): Promise<string> {
    const hex = createHash('sha256').update(bytes).digest('hex');
    const file = path.join(this.#folder, hex);
    const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await syncFolder(this.#folder);
    return `sha256:${hex}`;
  }

  /** The bytes of a digest; undefined when they are not here or are no longer what they were. */
  async get(digest: string): Promise<Buffer | undefined> {
    let bytes: Buffer;
    try {
      bytes = await readFile(this.#file(digest));
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
    const hex = createHash('sha256').update(bytes).digest('hex');
    return digest === `sha256:${hex}` ? bytes : undefined;
  }

  /** Forgets a blob; no error when it is not here. */
  async remove(digest: string): Promise<void> {
    await rm(this.#file(digest), { force: true });
  }

  /** Removes every blob that is not in `keep`. */
  async retain(keep: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      if (hexName.test(name) && !keep.has(`sha256:${name}`)) {
        await rm(path.join(this.#folder, name), { force: true });
      }
    }
  }

  #file(digest: string): string {
    const hex = digest.replace(/^sha256:/, '');
    if (!hexName.test(hex)) throw new Error(`${JSON.stringify(digest)} is no sha256 digest`);
    return path.join(this.#folder, hex);
  }
}
