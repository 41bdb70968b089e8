// The file that holds an engine's membership in a swarm. Writes are in order, and several that wait become one.
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { EngineError } from '../errors.ts';
import { readRecord, removeTornWrites, syncFolder, writeRecord } from '../store/records.ts';
import { swarmRecordSchema, type SwarmRecord } from './swarm-record.ts';

/** Keeps the record. */
export class SwarmStore {
  readonly #file: string;
  #record: SwarmRecord | undefined;
  #writing: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;

  private constructor(file: string, record: SwarmRecord | undefined) {
    this.#file = file;
    this.#record = record;
  }

  /** Throws internal when there is a record that cannot be read: its swarm must not be forgotten. */
  static async open(dataRoot: string): Promise<SwarmStore> {
    const folder = path.join(dataRoot, 'swarm');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = path.join(folder, 'state.json');
    await removeTornWrites(file);
    return new SwarmStore(file, await readRecord(file, swarmRecordSchema));
  }

  /** Undefined while the engine is in no swarm. */
  get record(): SwarmRecord | undefined {
    return this.#record;
  }

  /** The record of the swarm that the engine is in. Throws unavailable when it is in none. */
  get joined(): SwarmRecord {
    if (this.#record !== undefined) return this.#record;
    throw new EngineError('unavailable', 'This node is not part of a swarm');
  }

  /** Resolves when this record, or a later one, is on the disk. */
  async save(record: SwarmRecord): Promise<void> {
    this.#record = record;
    await this.#write();
  }

  /** Forgets the swarm. */
  async remove(): Promise<void> {
    this.#record = undefined;
    await this.#write();
  }

  async #write(): Promise<void> {
    this.#waiting ??= this.#writing.then(async () => {
      this.#waiting = undefined;
      const record = this.#record;
      if (record !== undefined) {
        await writeRecord(this.#file, record);
        return;
      }
      await rm(this.#file, { force: true });
      await syncFolder(path.dirname(this.#file));
    });
    const written = this.#waiting;
    this.#writing = written.catch(() => undefined);
    await written;
  }
}
