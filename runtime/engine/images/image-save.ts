// `docker save`: images as one archive that every Docker and every OCI tool can load: an OCI layout (index.json) and a docker-archive
// (manifest.json, repositories) over the same blobs, as Docker writes it since version 25. Layers are written again as they came.
import type { Readable } from 'node:stream';
import {
  familiarName,
  formatReference,
  withDefaultTag,
  type ImageReference,
} from '../../syntax/image-reference.ts';
import { EngineError } from '../errors.ts';
import type { ArchiveEntry, WorkerClient } from '../helper/worker-client.ts';
import { digestOf, mediaTypes } from './image-manifest.ts';
import { isCanonical, isIdPrefix, parseReference, type ImageStore, type StoredImage } from './image-store.ts';
import type { Layer, LayerStore } from './layer-store.ts';

const layerMediaType = 'application/vnd.oci.image.layer.v1.tar';

/** What a save works with. */
export interface SaveRoom {
  readonly images: ImageStore;
  readonly layers: LayerStore;
  readonly worker: Pick<WorkerClient, 'save'>;
}

/** An image to save, with the tags it shall have. */
interface SavedImage {
  readonly image: StoredImage;
  readonly tags: ImageReference[];
}

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** Begins to write the archive. Throws notFound in Docker's words before it does. */
export async function saveImages(
  { images, layers, worker }: SaveRoom,
  names: readonly string[],
  signal: AbortSignal,
): Promise<{ archive: Readable; saved: readonly StoredImage[] }> {
  const chosen = chooseImages(images, names);
  const saved = chosen.map(({ image }) => image);
  const unpin = layers.pin(saved.flatMap((image) => image.chain));
  try {
    const texts = new Map<string, string>();
    for (const { id } of saved) texts.set(id, (await images.configBytes(id)).toString('utf8'));
    const archive = await worker.save(layers.folder, archiveEntries(chosen, texts, layers), signal);
    archive.once('close', unpin);
    return { archive, saved };
  } catch (error) {
    unpin();
    throw error;
  }
}

/** As Docker: a name without a tag means all tags of its repository, an id none. */
function chooseImages(images: ImageStore, names: readonly string[]): SavedImage[] {
  const chosen = new Map<string, SavedImage>();
  const choose = (image: StoredImage, tag?: ImageReference): void => {
    const entry = chosen.get(image.id) ?? { image, tags: [] };
    chosen.set(image.id, entry);
    if (tag === undefined || isCanonical(tag)) return;
    if (!entry.tags.some((known) => formatReference(known) === formatReference(tag))) entry.tags.push(tag);
  };
  for (const name of names) {
    const repository = /^(sha256:)?[0-9a-f]{64}$/.test(name) ? undefined : parseReference(name);
    if (repository !== undefined && repository.tag === undefined && repository.digest === undefined) {
      const tags = images.tagsOf(repository);
      for (const { reference, image } of tags) choose(images.find(image), reference);
      if (tags.length > 0) continue;
    }
    const image = findTyped(images, name);
    if (isIdPrefix(image.id, name) || repository === undefined) choose(image);
    else choose(image, withDefaultTag(repository));
  }
  return [...chosen.values()];
}

/** The image, or Docker's words for that there is none: with the name as it was typed. */
function findTyped(images: ImageStore, name: string): StoredImage {
  try {
    return images.find(name);
  } catch (error) {
    if (!(error instanceof EngineError) || error.kind !== 'notFound') throw error;
    throw new EngineError('notFound', `No such image: ${name}`);
  }
}

function archiveEntries(
  chosen: readonly SavedImage[],
  configs: ReadonlyMap<string, string>,
  layers: LayerStore,
): ArchiveEntry[] {
  /** By path, since images share layers. */
  const blobs = new Map<string, ArchiveEntry>();
  const addText = (text: string): { digest: string; size: number } => {
    const digest = digestOf(Buffer.from(text));
    blobs.set(blobPath(digest), { name: blobPath(digest), text });
    return { digest, size: Buffer.byteLength(text) };
  };
  const index: object[] = [];
  const manifest: object[] = [];
  const repositories = new Map<string, Map<string, string>>();
  for (const { image, tags } of chosen) {
    const stored = image.chain.map((chainId) => writableLayer(layers, chainId));
    const layerBlobs = stored.map(({ diffId, tarBytes: size }): Blob => ({
      mediaType: layerMediaType,
      digest: diffId,
      size,
    }));
    for (const { id, diffId, tarBytes } of stored) {
      blobs.set(blobPath(diffId), { name: blobPath(diffId), layer: id, diffId, size: tarBytes });
    }
    const config = addText(configs.get(image.id) ?? '');
    const document = addText(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.ociManifest,
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...config },
        layers: layerBlobs,
      }),
    );
    const descriptor = { mediaType: mediaTypes.ociManifest, ...document };
    for (const tag of tags) {
      index.push({
        ...descriptor,
        annotations: {
          'io.containerd.image.name': formatReference(tag),
          'org.opencontainers.image.ref.name': tag.tag,
        },
      });
      const byTag = repositories.get(familiarName(tag)) ?? new Map<string, string>();
      const top = image.chain.at(-1);
      if (top !== undefined) byTag.set(tag.tag ?? '', hexOf(layers.get(top)?.diffId ?? top));
      repositories.set(familiarName(tag), byTag);
    }
    if (tags.length === 0) index.push(descriptor);
    manifest.push({
      Config: blobPath(image.id),
      RepoTags: tags.length === 0 ? null : tags.map((tag) => `${familiarName(tag)}:${tag.tag ?? ''}`),
      Layers: stored.map(({ diffId }) => blobPath(diffId)),
      LayerSources: Object.fromEntries(layerBlobs.map((blob) => [blob.digest, blob])),
    });
  }
  const named = [...repositories].filter(([, tags]) => tags.size > 0);
  return [
    { name: 'blobs', directory: true },
    { name: 'blobs/sha256', directory: true },
    ...[...blobs.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    {
      name: 'index.json',
      text: JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: index }),
    },
    { name: 'manifest.json', text: JSON.stringify(manifest) },
    { name: 'oci-layout', text: JSON.stringify({ imageLayoutVersion: '1.0.0' }) },
    ...(named.length === 0
      ? []
      : [
          {
            name: 'repositories',
            text: JSON.stringify(
              Object.fromEntries(named.map(([name, tags]) => [name, Object.fromEntries(tags)])),
            ),
          },
        ]),
  ];
}

/** A layer whose tar can be written again. Throws in words when it cannot. */
export function writableLayer(layers: LayerStore, chainId: string): Layer & { readonly tarBytes: number } {
  const layer = layers.get(chainId);
  if (layer === undefined) throw new EngineError('internal', `the layer ${chainId} is missing`);
  const { tarBytes } = layer;
  if (tarBytes !== undefined) return { ...layer, tarBytes };
  throw new EngineError(
    'internal',
    `the layer ${layer.diffId} was stored by an older version of Berth, which did not keep what is needed to write it again`,
    { hint: 'Remove the image and pull it again.' },
  );
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

function hexOf(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1);
}
