// The volumes of one engine, on disk and in memory: `<data-root>/volumes/NAME/_data` as Docker lays them out, and beside it the record.
// Who has a volume mounted and who refers to it is others' to say.
import { mkdir, readdir, rename, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { EngineError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { KeyedLock } from '../store/keyed-lock.ts';
import { readRecord, syncFolder, writeRecord } from '../store/records.ts';
import type { Trash } from '../store/trash.ts';
import { volumeRecordSchema, type VolumeRecord } from './volume-record.ts';

/** As Docker: others may pass, to a volume that is theirs, but not look around (CVE-2021-41091). */
const folderMode = 0o701;
const dataMode = 0o755;

/** Volumes by name. All that changes one holds its lock. */
export class VolumeStore {
  readonly folder: string;
  readonly locks = new KeyedLock();
  readonly #records = new Map<string, VolumeRecord>();
  readonly #trash: Pick<Trash, 'discard'>;

  private constructor(folder: string, trash: Pick<Trash, 'discard'>) {
    this.folder = folder;
    this.#trash = trash;
  }

  /** Reads what an earlier engine left. */
  static async open(dataRoot: string, trash: Pick<Trash, 'discard'>, log: Logger): Promise<VolumeStore> {
    const folder = path.resolve(dataRoot, 'volumes');
    await mkdir(folder, { recursive: true, mode: folderMode });
    const store = new VolumeStore(folder, trash);
    for (const entry of await readdir(store.folder, { withFileTypes: true })) {
      if (entry.isDirectory()) await store.#load(entry.name, log);
    }
    return store;
  }

  async #load(name: string, log: Logger): Promise<void> {
    try {
      const record = await readRecord(this.#recordFile(name), volumeRecordSchema);
      if (record !== undefined && record.name === name) {
        this.#records.set(name, record);
        await this.#trash.discard(this.#stage(name));
      }
      // What a creation left that was cut short: nobody can have put anything there.
      else if (record === undefined && (await isGone(this.data(name)))) await this.#discard(name);
      else log.warn('a folder is left alone: it has data and no record of a volume', { volume: name });
    } catch (error) {
      log.error('a volume is left alone: its record cannot be used', {
        volume: name,
        reason: messageOf(error),
      });
    }
  }

  get(name: string): VolumeRecord | undefined {
    return this.#records.get(name);
  }

  /** Throws notFound in Docker's words. */
  find(name: string): VolumeRecord {
    const record = this.#records.get(name);
    if (record === undefined) throw new EngineError('notFound', `get ${name}: no such volume`);
    return record;
  }

  all(): VolumeRecord[] {
    return [...this.#records.values()];
  }

  /** Where a volume's files are. */
  data(name: string): string {
    return path.join(this.folder, name, '_data');
  }

  /** Makes a volume that is not there yet. The caller holds its lock, and has checked its name. */
  async add(record: VolumeRecord): Promise<void> {
    const folder = path.join(this.folder, record.name);
    try {
      await mkdir(folder, { mode: folderMode });
      await mkdir(this.data(record.name), { mode: dataMode });
      await writeRecord(this.#recordFile(record.name), record);
      await syncFolder(this.folder);
    } catch (error) {
      // What lay there before without a record is left alone.
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST'))
        await this.#discard(record.name);
      throw error;
    }
    this.#records.set(record.name, record);
  }

  /** Removes a volume: out of sight at once, its files behind. The caller holds its lock; nothing may be mounted on it. */
  async remove(name: string): Promise<void> {
    await this.#discard(name);
    await syncFolder(this.folder);
    this.#records.delete(name);
  }

  /**
   * Fills the empty folder of a volume that nobody has mounted, all at once: `work` fills another one and says whether it did, which then
   * takes its place. The caller holds the volume's lock.
   */
  async replaceData(name: string, work: (folder: string) => Promise<boolean>): Promise<boolean> {
    const folder = this.#stage(name);
    await this.#trash.discard(folder);
    await mkdir(folder, { mode: dataMode });
    try {
      const filled = await work(folder);
      if (filled) await rename(folder, this.data(name));
      return filled;
    } finally {
      await this.#trash.discard(folder);
    }
  }

  #stage(name: string): string {
    return path.join(this.folder, name, '_data.new');
  }

  #discard(name: string): Promise<void> {
    return this.#trash.discard(path.join(this.folder, name));
  }

  #recordFile(name: string): string {
    return path.join(this.folder, name, 'volume.json');
  }
}

/** Removes an empty folder; false when there is something in it. */
async function isGone(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}
