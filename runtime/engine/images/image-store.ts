// Which images there are and what they are called: `images/<hex>.json`, their config and manifests as blobs, and
// `repositories.json` with every reference. All is kept in memory too; changes go to disk first.
// Finding an image by what a user types lives here; what may be removed when does not.
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import {
  familiarReference,
  formatReference,
  InvalidReferenceError,
  isDigest,
  parseImageReference,
  repositoryName,
  withDefaultTag,
  type ImageReference,
} from '../../syntax/image-reference.ts';
import { EngineError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { BlobStore } from '../store/blobs.ts';
import { readRecord, removeTornWrites, writeRecord } from '../store/records.ts';
import { chainIds, parseImageConfig, sha256Digest, type ImageConfig } from './image-manifest.ts';
import type { LayerStore } from './layer-store.ts';

const schemaVersion = 1;

const imageRecord = z.object({
  schemaVersion: z.literal(schemaVersion),
  id: sha256Digest,
  /** Digests of the manifests it was found by, kept as blobs. */
  manifests: z.array(sha256Digest),
  /** chainIDs, lowest first. */
  chain: z.array(sha256Digest),
  /** Bytes in all its layers' files. */
  sizeBytes: z.int().nonnegative(),
  /** When it was last given a name; RFC 3339, absent is never. */
  lastTagTime: z.string().optional(),
  /** The image it was committed from, here. */
  parent: sha256Digest.optional(),
  /** Removed by name, but a stopped container still stands on its layers. */
  detached: z.boolean(),
});
type ImageRecord = z.infer<typeof imageRecord>;

const repositoriesRecord = z.object({
  schemaVersion: z.literal(schemaVersion),
  references: z.array(z.object({ reference: z.string(), image: sha256Digest })),
});

/** An image that is there. */
export interface StoredImage extends Readonly<Omit<ImageRecord, 'schemaVersion'>> {
  readonly config: ImageConfig;
}

/** A name of an image: a tag or a manifest's digest. */
export interface StoredReference {
  readonly reference: ImageReference;
  readonly image: string;
}

/** All images and their names. Callers serialize changes. */
export class ImageStore {
  readonly #folder: string;
  readonly #repositoriesFile: string;
  readonly #blobs: BlobStore;
  readonly #images = new Map<string, StoredImage>();
  /** By full form, `docker.io/library/busybox:latest`. */
  readonly #references = new Map<string, StoredReference>();
  /** The same by image, each image's sorted; made when it is asked for, forgotten when a name changes. */
  #namesByImage: ReadonlyMap<string, readonly ImageReference[]> | undefined;

  private constructor(dataRoot: string, blobs: BlobStore) {
    this.#folder = path.join(dataRoot, 'images');
    this.#repositoriesFile = path.join(dataRoot, 'repositories.json');
    this.#blobs = blobs;
  }

  /** Opens a data root's images. One whose layers or config are gone is forgotten: it can be pulled again. */
  static async open(dataRoot: string, layers: LayerStore, log: Logger): Promise<ImageStore> {
    const store = new ImageStore(dataRoot, await BlobStore.open(path.join(dataRoot, 'blobs')));
    await mkdir(store.#folder, { recursive: true, mode: 0o700 });
    await removeTornWrites(store.#repositoriesFile);
    for (const name of await readdir(store.#folder)) {
      const file = path.join(store.#folder, name);
      const image = name.endsWith('.json') ? await store.#load(file) : undefined;
      if (image !== undefined && layers.hasAll(image.chain)) {
        store.#images.set(image.id, image);
        continue;
      }
      if (name.endsWith('.json'))
        log.warn('an image is incomplete and must be pulled again', { image: name });
      await rm(file, { force: true });
    }
    await store.#loadRepositories();
    const needed = new Set([...store.#images.values()].flatMap((image) => [image.id, ...image.manifests]));
    await store.#blobs.retain(needed);
    return store;
  }

  /** All images, also the detached ones. */
  images(): StoredImage[] {
    return [...this.#images.values()];
  }

  get(id: string): StoredImage | undefined {
    return this.#images.get(id);
  }

  /** The names of an image, sorted. */
  referencesOf(id: string): readonly ImageReference[] {
    this.#namesByImage ??= namesByImage(this.#references);
    return this.#namesByImage.get(id) ?? [];
  }

  /** All tags of a repository, sorted. */
  tagsOf(repository: ImageReference): StoredReference[] {
    const name = repositoryName(repository);
    return [...this.#references.values()]
      .filter(({ reference }) => reference.tag !== undefined && repositoryName(reference) === name)
      .sort((a, b) => ((a.reference.tag ?? '') < (b.reference.tag ?? '') ? -1 : 1));
  }

  /** The document whose digest is the image's id. */
  async configBytes(id: string): Promise<Buffer> {
    const bytes = await this.#blobs.get(id);
    if (bytes === undefined)
      throw new EngineError('internal', `the config of the image ${id} is missing or damaged`);
    return bytes;
  }

  /** The image that a name means now. */
  named(reference: ImageReference): string | undefined {
    return this.#references.get(formatReference(reference))?.image;
  }

  /** The images that were committed from this one. */
  childrenOf(id: string): StoredImage[] {
    return [...this.#images.values()].filter((image) => image.parent === id && !image.detached);
  }

  /** All chainIDs that an image, detached or not, stands on. */
  neededLayers(): Set<string> {
    return new Set(this.images().flatMap((image) => image.chain));
  }

  /**
   * The image a user means: by name, by digest, by id or the beginning of one.
   * Throws `notFound` "No such image: x:latest", or `invalid` when it is no reference at all.
   */
  find(typed: string): StoredImage {
    const hex = /^(?:sha256:)?([0-9a-f]{64})$/.exec(typed)?.[1];
    if (hex !== undefined) {
      const image = this.#visible(`sha256:${hex}`);
      if (image === undefined) throw new EngineError('notFound', `No such image: sha256:${hex}`);
      return image;
    }
    const prefix = /^(?:sha256:)?([0-9a-f]{1,64})$/.exec(typed)?.[1];
    const reference = parseReference(typed);
    const named = this.#find(reference);
    if (named !== undefined) return named;
    if (prefix !== undefined) {
      const matches = [...this.#images.values()].filter(
        (image) => !image.detached && image.id.startsWith(`sha256:${prefix}`),
      );
      // A beginning that more than one id has names none of them.
      if (matches.length === 1 && matches[0] !== undefined) return matches[0];
    }
    throw new EngineError('notFound', `No such image: ${familiarReference(withDefaultTag(reference))}`);
  }

  /** Stores an image; its layers must be there. One that is there already stays, with these manifests added. */
  async add(
    configBytes: Uint8Array,
    manifestBytes: readonly Uint8Array[],
    layers: LayerStore,
    parent?: string,
  ): Promise<StoredImage> {
    const id = await this.#blobs.put(configBytes);
    const manifests: string[] = [];
    for (const bytes of manifestBytes) manifests.push(await this.#blobs.put(bytes));
    const before = this.#images.get(id);
    const config = before?.config ?? parseStoredConfig(configBytes);
    const chain = chainIds(config.rootfs.diff_ids);
    const sizeBytes = chain.reduce((sum, chainId) => sum + (layers.get(chainId)?.fileBytes ?? 0), 0);
    const image: StoredImage = {
      id,
      manifests: [...new Set([...(before?.manifests ?? []), ...manifests])],
      chain,
      sizeBytes,
      ...(before?.lastTagTime === undefined ? {} : { lastTagTime: before.lastTagTime }),
      ...((before?.parent ?? parent) === undefined ? {} : { parent: before?.parent ?? parent }),
      detached: false,
      config,
    };
    await this.#write(image);
    return image;
  }

  /** Gives names to an image, taking them from whichever had them. */
  async name(id: string, references: readonly ImageReference[]): Promise<void> {
    const image = this.#images.get(id);
    if (image === undefined) throw new EngineError('notFound', `No such image: ${id}`);
    const next = new Map(this.#references);
    for (const reference of references) next.set(formatReference(reference), { reference, image: id });
    await this.#writeRepositories(next);
    await this.#write({ ...image, lastTagTime: new Date().toISOString() });
  }

  /** Takes names away. */
  async unname(references: readonly ImageReference[]): Promise<void> {
    const next = new Map(this.#references);
    for (const reference of references) next.delete(formatReference(reference));
    if (next.size !== this.#references.size) await this.#writeRepositories(next);
  }

  /** Hides an image whose layers are still needed. */
  async detach(id: string): Promise<void> {
    const image = this.#images.get(id);
    if (image !== undefined) await this.#write({ ...image, detached: true });
  }

  /** Forgets an image and its blobs. Its layers are for the layer store to collect. */
  async remove(id: string): Promise<void> {
    const image = this.#images.get(id);
    if (image === undefined) return;
    await rm(this.#file(id), { force: true });
    this.#images.delete(id);
    const needed = new Set(this.images().flatMap((other) => [other.id, ...other.manifests]));
    for (const digest of [id, ...image.manifests]) {
      if (!needed.has(digest)) await this.#blobs.remove(digest);
    }
  }

  #visible(id: string): StoredImage | undefined {
    const image = this.#images.get(id);
    return image === undefined || image.detached ? undefined : image;
  }

  #find(reference: ImageReference): StoredImage | undefined {
    const { domain, path: repository, digest } = reference;
    if (digest === undefined) return this.#imageNamed(withDefaultTag(reference));
    const byDigest = this.#imageNamed({ domain, path: repository, digest });
    if (byDigest !== undefined) return byDigest;
    // `busybox@<image id>` is accepted when that image is called busybox.
    const image = this.#visible(digest);
    const name = repositoryName(reference);
    const named = image !== undefined && this.referencesOf(image.id).some((r) => repositoryName(r) === name);
    return named ? image : undefined;
  }

  #imageNamed(reference: ImageReference): StoredImage | undefined {
    const id = this.named(reference);
    return id === undefined ? undefined : this.#visible(id);
  }

  async #write(image: StoredImage): Promise<void> {
    // The schema leaves out the config, which is a blob.
    const record = imageRecord.parse({ ...image, schemaVersion });
    await writeRecord(this.#file(image.id), record);
    this.#images.set(image.id, image);
  }

  async #load(file: string): Promise<StoredImage | undefined> {
    await refuseNewer(file);
    const record = await readRecord(file, imageRecord).catch(() => undefined);
    const bytes = record === undefined ? undefined : await this.#blobs.get(record.id);
    if (record === undefined || bytes === undefined) return undefined;
    return { ...record, config: parseImageConfig(bytes, record.chain.length) };
  }

  async #writeRepositories(next: ReadonlyMap<string, StoredReference>): Promise<void> {
    const references = [...next].map(([reference, { image }]) => ({ reference, image }));
    await writeRecord(this.#repositoriesFile, { schemaVersion, references });
    this.#references.clear();
    this.#namesByImage = undefined;
    for (const [key, stored] of next) this.#references.set(key, stored);
  }

  async #loadRepositories(): Promise<void> {
    await refuseNewer(this.#repositoriesFile);
    const record = await readRecord(this.#repositoriesFile, repositoriesRecord);
    for (const { reference: text, image } of record?.references ?? []) {
      if (!this.#images.has(image)) continue;
      const reference = parseReference(text);
      this.#references.set(formatReference(reference), { reference, image });
    }
    if (record !== undefined && record.references.length !== this.#references.size) {
      await this.#writeRepositories(new Map(this.#references));
    }
  }

  #file(id: string): string {
    return path.join(this.#folder, `${id.replace(/^sha256:/, '')}.json`);
  }
}

function namesByImage(
  references: ReadonlyMap<string, StoredReference>,
): Map<string, readonly ImageReference[]> {
  const found = new Map<string, ImageReference[]>();
  for (const [, { reference, image }] of [...references].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const names = found.get(image);
    if (names === undefined) found.set(image, [reference]);
    else names.push(reference);
  }
  return found;
}

/** Parses a reference; Docker's words become an `invalid` error. */
export function parseReference(text: string): ImageReference {
  return orInvalid(() => parseImageReference(text));
}

/** Runs a function of the reference syntax; what it refuses becomes an `invalid` error. */
export function orInvalid<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof InvalidReferenceError) throw new EngineError('invalid', error.message);
    throw error;
  }
}

/** Whether `typed` means the image by its id or the beginning of it, not by a name. */
export function isIdPrefix(id: string, typed: string): boolean {
  return typed !== '' && (id.startsWith(typed) || id.slice('sha256:'.length).startsWith(typed));
}

/** Whether a reference names a manifest rather than a tag. */
export function isCanonical(reference: ImageReference): boolean {
  return reference.digest !== undefined && isDigest(reference.digest);
}

function parseStoredConfig(bytes: Uint8Array): ImageConfig {
  const ids = z.object({ rootfs: z.object({ diff_ids: z.array(z.unknown()).nullish() }) });
  const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  return parseImageConfig(bytes, ids.parse(value).rootfs.diff_ids?.length ?? 0);
}

async function refuseNewer(file: string): Promise<void> {
  const version = await readRecord(file, z.object({ schemaVersion: z.int() })).catch(() => undefined);
  if (version !== undefined && version.schemaVersion > schemaVersion) {
    throw new EngineError('internal', `${file} was written by a newer version of Berth`, {
      hint: 'Start that version again, or use another data root.',
    });
  }
}
