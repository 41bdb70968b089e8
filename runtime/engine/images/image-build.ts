// What a build needs of images: to find and pin what it stands on, to make a layer on a chain, and to add what a step comes to.
import {
  familiarName,
  familiarReference,
  withDefaultTag,
  type ImageReference,
} from '../../syntax/image-reference.ts';
import { imageConfigJson } from '../config-json.ts';
import { EngineError } from '../errors.ts';
import type { ExtractedLayer } from '../helper/worker-client.ts';
import { WorkerError } from '../helper/worker-job.ts';
import type { ContainerConfig } from '../types.ts';
import { engineVersion } from '../version.ts';
import { emptyDiffId, historyJson } from './image-commit.ts';
import { maxLayers, type HistoryEntry } from './image-manifest.ts';
import { parseReference, type StoredImage } from './image-store.ts';
import type { RemoveRoom } from './image-remove.ts';
import { osOf } from './image-views.ts';
import type { Layer, LayerRoom } from './layer-store.ts';
import { layerWorkerError } from './layer-transfer.ts';
import { hostPlatform } from './platform.ts';

/** A step's result. */
export interface BuiltStep {
  /** undefined: it stands on nothing. */
  readonly parent: StoredImage | undefined;
  /** The layers to stand on, when they are not the parent's: for a squashed image. */
  readonly layers?: readonly Layer[];
  readonly config: ContainerConfig;
  readonly containerConfig: ContainerConfig;
  readonly containerId: string;
  readonly createdBy: string;
  readonly comment: string;
  readonly author: string;
  readonly created: string;
  /** undefined: it changed the configuration alone. */
  readonly layer: Layer | undefined;
}

/** Images, for builds. */
export interface BuildImages {
  find(nameOrId: string): StoredImage | undefined;
  get(id: string): StoredImage | undefined;
  /** Lower directories of an image, top first. */
  lower(image: StoredImage | undefined): string[];
  /** Keeps an image's layers while a build stands on them. */
  pin(image: StoredImage): () => void;
  /** Makes a layer on an image's; undefined when nothing is in it. It stays pinned until `unpin`. */
  makeLayer(
    on: StoredImage | undefined,
    fill: (room: LayerRoom) => Promise<ExtractedLayer>,
  ): Promise<{ layer: Layer | undefined; unpin: () => void }>;
  /** The layer of a chain, when it is there. */
  layer(chainId: string): Layer | undefined;
  add(step: BuiltStep): Promise<StoredImage>;
  /** Forgets a step's image and its layer, unless something has or needs it; answers the bytes that are free then. */
  dropStep(id: string): Promise<number>;
  /** Tells of images whether their layers belong to a named or used one, too, as it is now. */
  sharing(): (image: StoredImage) => boolean;
  /** Gives names; answers them as users write them. */
  name(id: string, references: readonly ImageReference[]): Promise<string[]>;
}

/** The names for a build's image. Throws invalid in Docker's words. */
export function buildReferences(tags: readonly string[]): ImageReference[] {
  const references = new Map<string, ImageReference>();
  for (const tag of tags) {
    const reference = withDefaultTag(parseReference(tag));
    if (reference.digest !== undefined) {
      throw new EngineError('invalid', 'build tag cannot contain a digest');
    }
    if (familiarName(reference) === 'sha256') {
      throw new EngineError('invalid', 'refusing to create an ambiguous tag using digest algorithm as name');
    }
    references.set(familiarReference(reference), reference);
  }
  return [...references.values()];
}

/** Puts it together. `announce` is told of names. */
export function createBuildImages(
  room: RemoveRoom,
  exclusively: <T>(work: () => Promise<T>) => Promise<T>,
  announce: (image: StoredImage, name: string) => void,
): BuildImages {
  const { images, layers, users } = room;
  const isKept = ({ id }: StoredImage): boolean => images.referencesOf(id).length > 0 || users(id).length > 0;
  return {
    find(nameOrId) {
      try {
        return images.find(nameOrId);
      } catch (error) {
        if (error instanceof EngineError && error.kind === 'notFound') return undefined;
        throw error;
      }
    },
    get(id) {
      const image = images.get(id);
      return image?.detached === true ? undefined : image;
    },
    lower: (image) => (image === undefined ? [] : layers.lower(image.chain)),
    layer: (chainId) => layers.get(chainId),
    pin: (image) => layers.pin(image.chain),
    async makeLayer(on, fill) {
      if ((on?.chain.length ?? 0) >= maxLayers) throw new EngineError('internal', 'max depth exceeded');
      try {
        const { layer, unpin } = await layers.createOn(on?.chain.at(-1), fill);
        if (layer.diffId !== emptyDiffId) return { layer, unpin };
        unpin();
        await layers.collect(images.neededLayers(), [layer.chainId]);
        return { layer: undefined, unpin: () => undefined };
      } catch (error) {
        if (error instanceof WorkerError) throw layerWorkerError(error, 'of the build');
        throw error;
      }
    },
    add: (step) =>
      exclusively(async () => {
        const image = await images.add(
          Buffer.from(JSON.stringify(stepDocument(step))),
          [],
          layers,
          step.layers === undefined ? step.parent?.id : undefined,
        );
        void layers.flush();
        return image;
      }),
    dropStep: (id) =>
      exclusively(async () => {
        const image = images.get(id);
        if (image === undefined || image.detached || isKept(image) || images.childrenOf(id).length > 0)
          return 0;
        const before = layers.fileBytes();
        await images.remove(id);
        room.announce('delete', image);
        await layers.collect(images.neededLayers(), image.chain.toReversed());
        return Math.max(0, before - layers.fileBytes());
      }),
    sharing() {
      const kept = new Set(
        images
          .images()
          .filter(isKept)
          .flatMap(({ chain }) => chain),
      );
      return ({ chain }) => kept.has(chain.at(-1) ?? '');
    },
    name: (id, references) =>
      exclusively(async () => {
        if (references.length > 0) await images.name(id, references);
        const image = images.get(id);
        return references.map((reference) => {
          const name = familiarReference(reference);
          if (image !== undefined) announce(image, name);
          return name;
        });
      }),
  };
}

/** A step's image config, in the order in which Docker writes it. */
function stepDocument(step: BuiltStep): object {
  const { parent, layer } = step;
  const host = hostPlatform();
  const entry: HistoryEntry = {
    created: step.created,
    author: step.author,
    created_by: step.createdBy,
    comment: step.comment,
    empty_layer: layer === undefined,
  };
  const below = step.layers?.map(({ diffId }) => diffId) ?? parent?.config.rootfs.diff_ids ?? [];
  return {
    architecture: parent?.config.architecture || host.architecture,
    ...(parent?.config.variant ? { variant: parent.config.variant } : {}),
    ...(step.author === '' ? {} : { author: step.author }),
    ...(step.comment === '' ? {} : { comment: step.comment }),
    config: imageConfigJson(step.config),
    ...(step.containerId === '' ? {} : { container: step.containerId }),
    container_config: imageConfigJson(step.containerConfig),
    created: step.created,
    docker_version: engineVersion,
    history: [...(parent?.config.history ?? []), entry].map(historyJson),
    os: parent === undefined ? 'linux' : osOf(parent),
    rootfs: { type: 'layers', diff_ids: [...below, ...(layer === undefined ? [] : [layer.diffId])] },
  };
}
