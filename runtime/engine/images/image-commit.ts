// `docker commit`: a container's changes become a layer, and an image stands on its parent's layers and this one. The layer goes from
// the worker that packs it straight into the one that extracts and hashes it. A kill leaves the image whole or not at all.
import type { Readable } from 'node:stream';
import {
  familiarName,
  withDefaultTag,
  withTagOrDigest,
  type ImageReference,
} from '../../syntax/image-reference.ts';
import { imageConfigJson } from '../config-json.ts';
import { EngineError } from '../errors.ts';
import type { WorkerClient } from '../helper/worker-client.ts';
import { WorkerError } from '../helper/worker-job.ts';
import type { NewImage } from '../services.ts';
import { engineVersion } from '../version.ts';
import { maxLayers, type HistoryEntry } from './image-manifest.ts';
import { orInvalid, parseReference, type ImageStore, type StoredImage } from './image-store.ts';
import { osOf } from './image-views.ts';
import type { LayerStore } from './layer-store.ts';
import { layerWorkerError } from './layer-transfer.ts';

/** The diffID of an archive with nothing in it: no layer is kept for that. */
export const emptyDiffId = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef';

/** What a commit works with. */
export interface CommitRoom {
  readonly images: ImageStore;
  readonly layers: LayerStore;
  readonly worker: Pick<WorkerClient, 'extract'>;
  /** Serializes changes of images and names. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Makes the image; `pack` gives the changes as an uncompressed layer. */
export async function commitImage(
  { images, layers, worker, exclusively }: CommitRoom,
  image: NewImage,
  pack: () => Promise<Readable>,
  signal: AbortSignal,
): Promise<{ child: StoredImage; reference: ImageReference | undefined }> {
  const reference = image.repository === '' ? undefined : newReference(image.repository, image.tag);
  const parent = images.get(image.parent);
  if (parent === undefined) throw new EngineError('notFound', `No such image: ${image.parent}`);
  if (parent.chain.length >= maxLayers) throw new EngineError('internal', 'max depth exceeded');
  const unpinParent = layers.pin(parent.chain);
  try {
    const { layer, unpin } = await layers.createOn(parent.chain.at(-1), async (place) => {
      const packed = await pack();
      return worker.extract(place, packed, { signal });
    });
    try {
      const empty = layer.diffId === emptyDiffId;
      const document = Buffer.from(
        JSON.stringify(childConfig(parent, image, empty ? undefined : layer.diffId)),
      );
      const child = await exclusively(async () => {
        signal.throwIfAborted();
        const added = await images.add(document, [], layers, parent.id);
        if (reference !== undefined) await images.name(added.id, [reference]);
        return added;
      });
      return { child, reference };
    } finally {
      unpin();
      if (layer.diffId === emptyDiffId) await layers.collect(images.neededLayers(), [layer.chainId]);
    }
  } catch (error) {
    if (error instanceof WorkerError) throw layerWorkerError(error, image.containerId);
    throw error;
  } finally {
    unpinParent();
  }
}

/** The name for a new image. Throws invalid in Docker's words. */
function newReference(repository: string, tag: string): ImageReference {
  const written = parseReference(repository);
  if (written.tag !== undefined || written.digest !== undefined) {
    throw new EngineError('invalid', `unexpected repository name: ${repository}`);
  }
  const reference = tag === '' ? withDefaultTag(written) : orInvalid(() => withTagOrDigest(written, tag));
  if (reference.digest !== undefined) throw new EngineError('invalid', 'invalid tag format');
  if (familiarName(reference) === 'sha256') {
    throw new EngineError('invalid', 'refusing to create an ambiguous tag using digest algorithm as name');
  }
  return reference;
}

/** The new image's config, in the order in which Docker writes it. */
function childConfig(parent: StoredImage, image: NewImage, diffId: string | undefined): object {
  const { config } = parent;
  const created = new Date().toISOString();
  const step: HistoryEntry = {
    created,
    author: image.author,
    created_by: (image.containerConfig.Cmd ?? []).join(' '),
    comment: image.comment,
    empty_layer: diffId === undefined,
  };
  return {
    architecture: config.architecture,
    ...(config.variant === '' ? {} : { variant: config.variant }),
    ...(image.author === '' ? {} : { author: image.author }),
    ...(image.comment === '' ? {} : { comment: image.comment }),
    config: imageConfigJson(image.config),
    container: image.containerId,
    container_config: imageConfigJson(image.containerConfig),
    created,
    docker_version: engineVersion,
    history: [...config.history, step].map(historyJson),
    os: osOf(parent),
    ...(config['os.version'] === '' ? {} : { 'os.version': config['os.version'] }),
    rootfs: {
      type: 'layers',
      diff_ids: [...config.rootfs.diff_ids, ...(diffId === undefined ? [] : [diffId])],
    },
  };
}

/** A step without what it does not say. */
export function historyJson(entry: HistoryEntry): object {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== '' && value !== false));
}
