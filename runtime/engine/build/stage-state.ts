// What a stage has come to so far, and how one step is committed: found in the cache, or made, recorded and kept as an image.
import { imageConfigJson } from '../config-json.ts';
import type { ExtractedLayer } from '../helper/worker-client.ts';
import type { StoredImage } from '../images/image-store.ts';
import type { Layer, LayerRoom } from '../images/layer-store.ts';
import type { ContainerConfig } from '../types.ts';
import { cacheKey } from './build-cache.ts';
import type { BuildRoom } from './build-room.ts';

/** A stage between two steps. */
export interface StageState {
  /** undefined: nothing, as FROM scratch. */
  image: StoredImage | undefined;
  config: ContainerConfig;
  author: string;
  /** ARGs that were declared, and what they are worth. */
  readonly args: Map<string, string | undefined>;
  commandSet: boolean;
  /** The instruction that runs, as the file has it: nothing is expanded, no value of an argument shows. */
  said: string;
}

/** A step to be committed. */
export interface StepCommit {
  readonly config: ContainerConfig;
  /** What the history says of it. */
  readonly createdBy: string;
  /** The command of the container that it would take, as Docker records it. */
  readonly command: readonly string[];
  /** What it depends on beside its text and what it stands on. */
  readonly depends: readonly unknown[];
  /** What the history says of it and what it stands on say all. */
  readonly isTold?: boolean;
  /** Makes its layer; absent when it changes the configuration alone. `containerId` is asked for afterwards. */
  readonly fill?: (room: LayerRoom) => Promise<ExtractedLayer>;
  readonly containerId?: () => string;
}

/** Commits a step; the state stands on it then. */
export async function commitStep(
  room: BuildRoom,
  state: StageState,
  step: StepCommit,
): Promise<{ image: StoredImage; cached: boolean }> {
  const { builds, cache, request, signal } = room;
  const key = cacheKey([
    1,
    state.image?.id ?? 'scratch',
    step.createdBy,
    state.author,
    step.depends,
    room.args.epochSeconds() ?? null,
  ]);
  const cached = request.noCache
    ? undefined
    : (cachedImage(room, key, step.createdBy) ?? (await restoredImage(room, state, step, key)));
  if (cached !== undefined) {
    room.unpins.push(builds.pin(cached));
    cache.used(key);
    stand(state, cached);
    return { image: cached, cached: true };
  }
  let layer: Layer | undefined;
  if (step.fill !== undefined) {
    const made = await builds.makeLayer(state.image, step.fill);
    room.unpins.push(made.unpin);
    layer = made.layer;
  }
  signal.throwIfAborted();
  const epoch = room.args.epochSeconds();
  const created = (epoch === undefined ? new Date() : new Date(epoch * 1000)).toISOString();
  const image = await builds.add({
    parent: state.image,
    config: { ...step.config, Image: state.image?.id ?? '' },
    containerConfig: { ...step.config, Cmd: [...step.command], Image: state.image?.id ?? '' },
    // Which container it was is chance, and has no place in what shall come out the same again.
    containerId: epoch === undefined ? (step.containerId?.() ?? '') : '',
    createdBy: step.createdBy,
    comment: '',
    author: state.author,
    created,
    layer,
  });
  room.unpins.push(builds.pin(image));
  await cache.put(key, image.id, state.image?.id, state.said);
  stand(state, image);
  return { image, cached: false };
}

/** Puts a state on an image. */
export function stand(state: StageState, image: StoredImage): void {
  state.image = image;
  state.config = image.config.config;
}

function cachedImage(room: BuildRoom, key: string, createdBy: string): StoredImage | undefined {
  const { builds, cache, cacheFrom } = room;
  const found = cache.get(key);
  const image = found === undefined ? undefined : builds.get(found.image);
  if (cacheFrom === undefined || image === undefined) return image;
  // Only what the named images stand on may be used.
  return cacheFrom.has(image) && image.config.history.at(-1)?.created_by === createdBy ? image : undefined;
}

/**
 * A step out of an image that the client named and that was built elsewhere: its history tells that it was the same one on the same. The layer
 * is the image's, the configuration is ours.
 */
async function restoredImage(
  room: BuildRoom,
  state: StageState,
  step: StepCommit,
  key: string,
): Promise<StoredImage | undefined> {
  const { builds, cache, cacheFrom } = room;
  if (step.isTold !== true || state.image === undefined) return undefined;
  const found = cacheFrom?.step(state.image, step.createdBy);
  if (found === undefined) return undefined;
  const image =
    found.whole !== undefined && isSame(found.whole.config.config, step.config)
      ? found.whole
      : await builds.add({
          parent: state.image,
          config: { ...step.config, Image: state.image.id },
          containerConfig: { ...step.config, Cmd: [...step.command], Image: state.image.id },
          containerId: '',
          createdBy: step.createdBy,
          ...{ comment: found.comment, author: state.author, created: found.created },
          layer: found.layer,
        });
  await cache.put(key, image.id, state.image.id, state.said);
  return image;
}

/** Whether two configurations say the same; what they stand on is no part of that. */
function isSame(a: ContainerConfig, b: ContainerConfig): boolean {
  const text = (config: ContainerConfig): string => JSON.stringify(imageConfigJson({ ...config, Image: '' }));
  return text(a) === text(b);
}
