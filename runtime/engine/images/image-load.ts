// `docker load`: an archive of images, made by `docker save` (manifest.json) or as an OCI layout (index.json).
// A worker unpacks it into a staging folder; from there layers go through the same extraction as a pull's.
// Every name inside an archive is hostile: it must lead to a regular file inside the staging folder.
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, realpath, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import {
  familiarReference,
  parseImageReference,
  withDefaultTag,
  type ImageReference,
} from '../../syntax/image-reference.ts';
import { EngineError, messageOf } from '../errors.ts';
import { type WorkerClient } from '../helper/worker-client.ts';
import { WorkerError } from '../helper/worker-job.ts';
import type { ImagePlatform, ProgressMessage } from '../services.ts';
import type { Trash } from '../store/trash.ts';
import {
  chainIds,
  check,
  digestOf,
  maxDocumentBytes,
  maxLayers,
  parseImageConfig,
  parseJson,
  parseManifest,
  type Descriptor,
  type ImageConfig,
} from './image-manifest.ts';
import type { ImageStore } from './image-store.ts';
import type { LayerStore } from './layer-store.ts';
import { layerWorkerError, shortDigest } from './layer-transfer.ts';
import { hostPlatform, runsOn, selectManifest } from './platform.ts';
import { Slots } from './slots.ts';

/** Extractions at once: as many as a pull has. */
const maxExtractions = 3;

const archiveManifest = z
  .array(
    z.object({
      Config: z.string(),
      RepoTags: z
        .array(z.string())
        .nullish()
        .transform((tags) => tags ?? []),
      Layers: z
        .array(z.string())
        .max(maxLayers, 'max depth exceeded')
        .nullish()
        .transform((layers) => layers ?? []),
    }),
  )
  .min(1)
  .max(1000);

/** What a load works with. */
export interface LoadRoom {
  readonly dataRoot: string;
  readonly trash: Trash;
  readonly worker: Pick<WorkerClient, 'extract' | 'unpack'>;
  readonly images: ImageStore;
  readonly layers: LayerStore;
  /** Serializes changes of images and names. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
}

/** One image as an archive describes it. */
interface ArchivedImage {
  readonly configBytes: Buffer;
  readonly config: ImageConfig;
  readonly manifests: readonly Buffer[];
  readonly names: readonly ImageReference[];
  /** Lowest first: path in the archive, and the blob it should be where the archive says so. */
  readonly layers: readonly { readonly file: string; readonly blob?: Descriptor }[];
}

type Report = (message: ProgressMessage) => void;

/** The folder below the data root in which archives are unpacked; what is in it at a start is old. */
export function stagingFolder(dataRoot: string): string {
  return path.join(dataRoot, 'staging');
}

/** Loads all images of an archive, with `platform` those that run on it alone; answers their ids. */
export async function loadImages(
  room: LoadRoom,
  archive: Readable,
  platform: ImagePlatform | undefined,
  quiet: boolean,
  report: Report,
  signal: AbortSignal,
): Promise<string[]> {
  const staging = path.join(stagingFolder(room.dataRoot), randomBytes(6).toString('hex'));
  await mkdir(staging, { recursive: true, mode: 0o700 });
  try {
    await room.worker.unpack(staging, archive, signal).catch((error: unknown) => {
      if (!(error instanceof WorkerError)) throw error;
      throw new EngineError(
        error.code === 'ENOSPC' ? 'internal' : 'invalid',
        `invalid archive: ${error.message}`,
        {
          cause: error,
        },
      );
    });
    const root = await realpath(staging);
    const found = (await readDockerArchive(root)) ?? (await readOciLayout(root, platform ?? hostPlatform()));
    if (found === undefined) {
      throw new EngineError('invalid', 'invalid archive: it has neither a manifest.json nor an index.json');
    }
    const ids: string[] = [];
    const runs = ({ config: { os = 'linux', architecture, variant } }: ArchivedImage): boolean =>
      platform === undefined || runsOn({ os, architecture, variant }, platform);
    for (const image of found.filter(runs))
      ids.push(await loadImage(room, root, image, quiet, report, signal));
    return ids;
  } finally {
    await room.trash.discard(staging);
  }
}

async function loadImage(
  room: LoadRoom,
  root: string,
  image: ArchivedImage,
  quiet: boolean,
  report: Report,
  signal: AbortSignal,
): Promise<string> {
  const diffIds = image.config.rootfs.diff_ids;
  const chain = chainIds(diffIds);
  const unpin = room.layers.pin(chain);
  try {
    const slots = new Slots(maxExtractions);
    const failure = new AbortController();
    const either = AbortSignal.any([signal, failure.signal]);
    let first: { error: unknown } | undefined;
    await Promise.all(
      image.layers.map(async ({ file, blob }, index) => {
        const [chainId, diffId] = [chain[index], diffIds[index]];
        if (chainId === undefined || diffId === undefined || room.layers.get(chainId) !== undefined) return;
        try {
          const release = await slots.take(either);
          try {
            const parent = chain[index - 1];
            await loadLayer(
              room,
              root,
              file,
              { chainId, diffId, parent, blob },
              quiet ? () => undefined : report,
              either,
            );
          } finally {
            release();
          }
        } catch (error) {
          first ??= { error };
          failure.abort(error);
        }
      }),
    );
    signal.throwIfAborted();
    if (first !== undefined) throw first.error;
    return await room.exclusively(async () => {
      signal.throwIfAborted();
      const stored = await room.images.add(image.configBytes, image.manifests, room.layers);
      for (const name of image.names) {
        const before = room.images.named(name);
        if (before !== undefined && before !== stored.id) {
          report({
            stream: `The image ${familiarReference(name)} already exists, renaming the old one with ID ${before} to empty string\n`,
          });
        }
      }
      if (image.names.length > 0) await room.images.name(stored.id, image.names);
      for (const name of image.names) report({ stream: `Loaded image: ${familiarReference(name)}\n` });
      if (image.names.length === 0) report({ stream: `Loaded image ID: ${stored.id}\n` });
      return stored.id;
    });
  } finally {
    unpin();
  }
}

async function loadLayer(
  room: LoadRoom,
  root: string,
  file: string,
  layer: { chainId: string; diffId: string; parent: string | undefined; blob: Descriptor | undefined },
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const { chainId, diffId, parent, blob } = layer;
  const handle = await openInside(root, file);
  if (handle === undefined) {
    throw new EngineError('invalid', `invalid archive: the layer ${JSON.stringify(file)} is missing`);
  }
  const id = shortDigest(diffId);
  try {
    const total = (await handle.stat()).size;
    const tell = (current: number) => {
      report({ status: 'Loading layer', progressDetail: { current: Math.min(current, total), total }, id });
    };
    const expected = blob === undefined ? {} : { digest: blob.digest, sizeBytes: blob.size };
    await room.layers.create({ chainId, diffId, parent }, (place) =>
      room.worker.extract({ ...place, diffId, ...expected }, handle.fd, {
        signal,
        onProgress: (progress) => tell(progress.in),
      }),
    );
    tell(total);
  } catch (error) {
    if (error instanceof WorkerError) throw layerWorkerError(error, diffId);
    throw error;
  } finally {
    await handle.close();
  }
}

/** What `docker save` writes; undefined when there is no manifest.json. */
async function readDockerArchive(root: string): Promise<ArchivedImage[] | undefined> {
  const bytes = await readDocument(root, 'manifest.json');
  if (bytes === undefined) return undefined;
  const images: ArchivedImage[] = [];
  for (const entry of check(archiveManifest, parseJson(bytes, 'manifest.json'), 'manifest.json')) {
    const configBytes = await readNeeded(root, entry.Config);
    images.push({
      configBytes,
      config: parseImageConfig(configBytes, entry.Layers.length),
      manifests: [],
      names: entry.RepoTags.map((tag) => archivedName(tag)),
      layers: entry.Layers.map((file) => ({ file })),
    });
  }
  return images;
}

/** An OCI image layout: index.json names manifests, everything else is a blob. */
async function readOciLayout(root: string, platform: ImagePlatform): Promise<ArchivedImage[] | undefined> {
  const bytes = await readDocument(root, 'index.json');
  if (bytes === undefined) return undefined;
  const layout = parseManifest(bytes, 'application/vnd.oci.image.index.v1+json');
  if (layout.kind !== 'index') throw new EngineError('invalid', 'invalid archive: index.json is no index');
  const images: ArchivedImage[] = [];
  for (const entry of layout.index.manifests) {
    const manifests: Buffer[] = [];
    let descriptor: Descriptor = entry;
    for (let depth = 0; ; depth++) {
      const document = await readBlob(root, descriptor);
      manifests.push(document);
      const parsed = parseManifest(document, descriptor.mediaType);
      if (parsed.kind === 'manifest') {
        const { config, layers } = parsed.manifest;
        const configBytes = await readBlob(root, config);
        images.push({
          configBytes,
          config: parseImageConfig(configBytes, layers.length),
          manifests,
          names: layoutNames(entry.annotations ?? {}),
          layers: layers.map((blob) => ({ file: blobFile(blob.digest), blob })),
        });
        break;
      }
      if (depth === 2) throw new EngineError('invalid', 'invalid archive: its index is nested too deeply');
      descriptor = selectManifest(parsed.index, platform);
    }
  }
  return images;
}

/** A whole reference stands in containerd's annotation, or in OCI's own when it is more than a tag. */
function layoutNames(annotations: Readonly<Record<string, string>>): ImageReference[] {
  const written = new Map(Object.entries(annotations));
  const name = written.get('io.containerd.image.name') ?? written.get('org.opencontainers.image.ref.name');
  if (name === undefined || !/[/:]/.test(name)) return [];
  return [archivedName(name)];
}

function archivedName(text: string): ImageReference {
  try {
    const { domain, path: repository, tag } = withDefaultTag(parseImageReference(text));
    if (tag === undefined) throw new Error('it has no tag');
    return { domain, path: repository, tag };
  } catch (error) {
    throw new EngineError('invalid', `invalid tag ${JSON.stringify(text)}: ${messageOf(error)}`);
  }
}

function blobFile(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

async function readBlob(root: string, descriptor: Descriptor): Promise<Buffer> {
  const bytes = await readNeeded(root, blobFile(descriptor.digest));
  if (bytes.length !== descriptor.size || digestOf(bytes) !== descriptor.digest) {
    throw new EngineError(
      'invalid',
      `invalid archive: the blob ${descriptor.digest} is not what it is called`,
    );
  }
  return bytes;
}

async function readNeeded(root: string, name: string): Promise<Buffer> {
  const bytes = await readDocument(root, name);
  if (bytes === undefined) {
    throw new EngineError('invalid', `invalid archive: ${JSON.stringify(name)} is missing`);
  }
  return bytes;
}

/** Reads a small file of an archive; undefined when there is none. */
async function readDocument(root: string, name: string): Promise<Buffer | undefined> {
  const handle = await openInside(root, name);
  if (handle === undefined) return undefined;
  try {
    if ((await handle.stat()).size > maxDocumentBytes) {
      throw new EngineError('invalid', `invalid archive: ${JSON.stringify(name)} is larger than 4 MiB`);
    }
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/**
 * Opens a regular file of the staging folder; links may lead to it as long as they stay inside. undefined when there
 * is none. Nobody else writes there, so that what was resolved is what is opened.
 */
async function openInside(root: string, name: string): Promise<FileHandle | undefined> {
  if (name === '' || name.includes('\0')) {
    throw new EngineError('invalid', `invalid archive: ${JSON.stringify(name)} is no file name`);
  }
  let resolved: string;
  try {
    resolved = await realpath(path.join(root, name));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENAMETOOLONG')
      return undefined;
    throw error;
  }
  if (!resolved.startsWith(root + path.sep)) {
    throw new EngineError('invalid', `invalid archive: ${JSON.stringify(name)} leads out of it`);
  }
  const handle = await open(resolved, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new EngineError('invalid', `invalid archive: ${JSON.stringify(name)} is no regular file`);
}
