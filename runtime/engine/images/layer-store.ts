// Layers on disk: `layers/<id>/diff` is an overlay lower directory, `layer.json` beside it says what it is, `split` has what its tar
// needs besides the files to be written again.
// A layer is extracted into `layers/.tmp-…` and appears by one rename, so that a kill leaves it whole or not at all.
// It is flushed to disk in the background and then marked durable; after an unclean boot what is not marked is dropped.
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { EngineError, messageOf } from '../errors.ts';
import type { ExtractedLayer } from '../helper/worker-client.ts';
import type { Logger } from '../log.ts';
import { syncFileSystem } from '../store/file-system-sync.ts';
import { readRecord, writeRecord } from '../store/records.ts';
import { spreadFolder } from '../store/spread-folder.ts';
import type { Trash } from '../store/trash.ts';
import { nextChainId, sha256Digest } from './image-manifest.ts';

const schemaVersion = 1;

const layerRecord = z.object({
  schemaVersion: z.literal(schemaVersion),
  /** Of the boot that extracted it. */
  bootId: z.string(),
  durable: z.boolean(),
  chainId: sha256Digest,
  diffId: sha256Digest,
  parent: sha256Digest.optional(),
  /** Bytes in its regular files: what Docker calls its size. */
  fileBytes: z.int().nonnegative(),
  /** Bytes of its tar. What is needed to write that again lies in `split`; an older engine kept neither. */
  tarBytes: z.int().nonnegative().optional(),
  /** The compressed blobs it was seen as, to skip or mount them on a push. */
  blobs: z.array(
    z.object({
      digest: sha256Digest,
      size: z.int().nonnegative(),
      repositories: z.array(z.string()),
    }),
  ),
});
type LayerRecord = z.infer<typeof layerRecord>;

/** A layer that is there. */
export interface Layer {
  /** Its folder's short name: the option page of a mount is only 4 KiB. */
  readonly id: string;
  readonly chainId: string;
  readonly diffId: string;
  readonly parent: string | undefined;
  readonly fileBytes: number;
  /** Bytes of its tar; undefined when that cannot be written again. */
  readonly tarBytes: number | undefined;
  /** The compressed blobs it was seen as. */
  readonly blobs: readonly LayerBlob[];
}

/** A compressed form of a layer, and the repositories (full names) that have it. */
export type LayerBlob = Readonly<LayerRecord['blobs'][number]>;

/** Where a layer is made: the folder for its files, and the file for what its tar has besides. */
export interface LayerRoom {
  readonly dest: string;
  readonly split: string;
}

/** What a new layer is, apart from its content. */
export interface NewLayer {
  readonly chainId: string;
  readonly diffId: string;
  readonly parent: string | undefined;
  /** The blob it comes from, when it comes from a registry. */
  readonly blob?: { readonly digest: string; readonly size: number; readonly repository: string };
}

interface Entry {
  readonly id: string;
  record: LayerRecord;
}

/** All layers of an engine, by chainID. */
export class LayerStore {
  /** Absolute path of `layers/`. */
  readonly folder: string;
  readonly #trash: Trash;
  readonly #log: Logger;
  readonly #bootId: string;
  readonly #entries = new Map<string, Entry>();
  /** How many operations need a chainID that no image names yet. */
  readonly #pins = new Map<string, number>();
  #lastId = 0;
  #flush: Promise<void> | undefined;

  private constructor(folder: string, trash: Trash, log: Logger, bootId: string) {
    this.folder = folder;
    this.#trash = trash;
    this.#log = log;
    this.#bootId = bootId;
  }

  /** Opens `dataRoot/layers`; throws away what was not finished or did not survive a power cut. */
  static async open(dataRoot: string, trash: Trash, log: Logger, bootId?: string): Promise<LayerStore> {
    const folder = path.join(dataRoot, 'layers');
    await mkdir(folder, { recursive: true, mode: 0o710 });
    await spreadFolder(folder);
    const boot = bootId ?? (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const store = new LayerStore(folder, trash, log, boot);
    for (const name of await readdir(folder)) await store.#adopt(name);
    return store;
  }

  get(chainId: string): Layer | undefined {
    const entry = this.#entries.get(chainId);
    return entry === undefined ? undefined : layerOf(entry);
  }

  /** Bytes in the files of all layers. */
  fileBytes(): number {
    return [...this.#entries.values()].reduce((sum, { record }) => sum + record.fileBytes, 0);
  }

  /** Whether every layer of a chain is there. */
  hasAll(chain: readonly string[]): boolean {
    return chain.every((chainId) => this.#entries.has(chainId));
  }

  /** The lower directories of a chain (lowest first), top first and relative to {@link folder}. Throws when one is missing. */
  lower(chain: readonly string[]): string[] {
    return chain.toReversed().map((chainId) => {
      const entry = this.#entries.get(chainId);
      if (entry === undefined) throw new EngineError('internal', `the layer ${chainId} is missing`);
      return `${entry.id}/diff`;
    });
  }

  /** Keeps these chainIDs, there or to come, from being collected until the answer is called. */
  pin(chain: readonly string[]): () => void {
    for (const chainId of chain) this.#pins.set(chainId, (this.#pins.get(chainId) ?? 0) + 1);
    return () => {
      for (const chainId of chain) {
        const count = (this.#pins.get(chainId) ?? 1) - 1;
        if (count === 0) this.#pins.delete(chainId);
        else this.#pins.set(chainId, count);
      }
    };
  }

  /** Makes a layer: `extract` fills the room it is given. Nothing is left when it fails. */
  create(layer: NewLayer, extract: (room: LayerRoom) => Promise<ExtractedLayer>): Promise<Layer> {
    return this.#create(() => layer, extract);
  }

  /** Makes a layer whose diffID is known when it is there. It stays pinned until `unpin`. */
  async createOn(
    parent: string | undefined,
    extract: (room: LayerRoom) => Promise<ExtractedLayer>,
  ): Promise<{ layer: Layer; unpin: () => void }> {
    let unpin = (): void => undefined;
    try {
      const layer = await this.#create(({ diffId }) => {
        const chainId = parent === undefined ? diffId : nextChainId(parent, diffId);
        unpin = this.pin([chainId]);
        return { chainId, diffId, parent };
      }, extract);
      return { layer, unpin };
    } catch (error) {
      unpin();
      throw error;
    }
  }

  async #create(
    describe: (extracted: ExtractedLayer) => NewLayer,
    extract: (room: LayerRoom) => Promise<ExtractedLayer>,
  ): Promise<Layer> {
    const room = path.join(this.folder, `.tmp-${randomBytes(6).toString('hex')}`);
    const diff = path.join(room, 'diff');
    try {
      await mkdir(room, { mode: 0o710 });
      await mkdir(diff);
      // Whatever our umask is: a tar without an entry for its root means this.
      await chmod(diff, 0o755);
      const extracted = await extract({ dest: diff, split: path.join(room, 'split') });
      const { chainId, diffId, parent, blob } = describe(extracted);
      const record: LayerRecord = {
        schemaVersion,
        bootId: this.#bootId,
        durable: false,
        chainId,
        diffId,
        ...(parent === undefined ? {} : { parent }),
        fileBytes: extracted.fileBytes,
        tarBytes: extracted.diffSize,
        blobs:
          blob === undefined
            ? []
            : [{ digest: blob.digest, size: blob.size, repositories: [blob.repository] }],
      };
      await writeRecord(path.join(room, 'layer.json'), record, 'fast');
      const entry: Entry = { id: (++this.#lastId).toString(36), record };
      const home = path.join(this.folder, entry.id);
      await rename(room, home);
      // A pull and a load may have made the same layer at once: the first one stays.
      const present = this.#entries.get(chainId);
      if (present === undefined) this.#entries.set(chainId, entry);
      else await this.#trash.discard(home);
      return layerOf(present ?? entry);
    } catch (error) {
      await this.#trash.discard(room);
      throw error;
    }
  }

  /** Remembers that a layer was seen as this blob in this repository. */
  async seen(chainId: string, blob: { digest: string; size: number; repository: string }): Promise<void> {
    const entry = this.#entries.get(chainId);
    if (entry === undefined) return;
    const known = entry.record.blobs.find((candidate) => candidate.digest === blob.digest);
    if (known?.repositories.includes(blob.repository) === true) return;
    const others = entry.record.blobs.filter((candidate) => candidate !== known);
    const repositories = [...(known?.repositories ?? []), blob.repository];
    entry.record = {
      ...entry.record,
      blobs: [...others, { digest: blob.digest, size: blob.size, repositories }],
    };
    await writeRecord(this.#recordFile(entry), entry.record, 'fast');
  }

  /**
   * Removes of `candidates` (default: all layers) those that are neither needed nor pinned.
   * Answers the chainIDs removed, in the order of the candidates.
   */
  async collect(needed: ReadonlySet<string>, candidates?: readonly string[]): Promise<string[]> {
    const removed: string[] = [];
    for (const chainId of candidates ?? [...this.#entries.keys()]) {
      const entry = this.#entries.get(chainId);
      if (entry === undefined || needed.has(chainId) || this.#pins.has(chainId)) continue;
      this.#entries.delete(chainId);
      await this.#trash.discard(path.join(this.folder, entry.id));
      removed.push(chainId);
    }
    return removed;
  }

  /** Begins to flush what is new and to mark it durable; resolves when that is done. Never rejects. */
  flush(): Promise<void> {
    const before = this.#flush ?? Promise.resolve();
    const flush = before
      .then(() => this.#flushNew())
      .catch((error: unknown) => {
        this.#log.warn('new layers could not be flushed to disk', { error: messageOf(error) });
      });
    this.#flush = flush;
    return flush;
  }

  async #flushNew(): Promise<void> {
    const fresh = [...this.#entries.values()].filter((entry) => !entry.record.durable);
    if (fresh.length === 0) return;
    await syncFileSystem(this.folder);
    for (const entry of fresh) {
      if (this.#entries.get(entry.record.chainId) !== entry) continue;
      entry.record = { ...entry.record, durable: true };
      await writeRecord(this.#recordFile(entry), entry.record).catch((error: unknown) => {
        // Removed meanwhile: then there is nothing to mark.
        if (this.#entries.get(entry.record.chainId) === entry) throw error;
      });
    }
  }

  /** Takes over a folder of an earlier run, or throws it away. */
  async #adopt(name: string): Promise<void> {
    const folder = path.join(this.folder, name);
    if (!/^[0-9a-z]{1,11}$/.test(name)) return this.#trash.discard(folder);
    // Numbers are not given twice, not even those of layers that are dropped now.
    this.#lastId = Math.max(this.#lastId, Number.parseInt(name, 36));
    const file = path.join(folder, 'layer.json');
    const version = await readRecord(file, z.object({ schemaVersion: z.int() })).catch(() => undefined);
    if (version !== undefined && version.schemaVersion > schemaVersion) {
      throw new EngineError('internal', `the layer ${name} was written by a newer version of Berth`, {
        hint: 'Start that version again, or use another data root.',
      });
    }
    const record = await readRecord(file, layerRecord).catch(() => undefined);
    const survived = record !== undefined && (record.durable || record.bootId === this.#bootId);
    if (!survived || this.#entries.has(record.chainId)) return this.#trash.discard(folder);
    for (const inside of await readdir(folder)) {
      if (inside.endsWith('.tmp')) await rm(path.join(folder, inside), { force: true });
    }
    this.#entries.set(record.chainId, { id: name, record });
  }

  #recordFile(entry: Entry): string {
    return path.join(this.folder, entry.id, 'layer.json');
  }
}

function layerOf({ id, record }: Entry): Layer {
  const { chainId, diffId, parent, fileBytes, tarBytes, blobs } = record;
  return { id, chainId, diffId, parent, fileBytes, tarBytes, blobs };
}
