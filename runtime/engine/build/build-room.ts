// What the stages of one build share: the request, the files, the services, and what is put away at its end.
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { Dockerfile } from '../../syntax/dockerfile/dockerfile.ts';
import type { StepContainers } from '../containers/step-containers.ts';
import type { BuildWorker, SelectionRoot } from '../helper/build-worker.ts';
import type { ExtractedLayer } from '../helper/worker-client.ts';
import type { BuildImages } from '../images/image-build.ts';
import type { StoredImage } from '../images/image-store.ts';
import type { LayerRoom } from '../images/layer-store.ts';
import type { Slots } from '../images/slots.ts';
import type { EventBus, ImageService, RegistryAuth } from '../services.ts';
import type { Session } from '../session/sessions.ts';
import type { BuildCache } from './build-cache.ts';
import type { BuildContext } from './build-context.ts';
import type { BuildRecorder } from './build-recorder.ts';
import type { BuildRequest } from './build-request.ts';
import type { CacheSources } from './cache-sources.ts';
import type { CacheMounts } from './cache-mounts.ts';
import type { BuildArguments } from './variables.ts';

/** What builds work with. */
export interface BuildParts {
  readonly images: ImageService;
  readonly builds: BuildImages;
  readonly steps: StepContainers;
  readonly worker: BuildWorker;
  readonly cache: BuildCache;
  readonly mounts: CacheMounts;
  readonly events: Pick<EventBus, 'publish'>;
  /** How many steps run at once, in all builds. */
  readonly slots: Slots;
}

/** One build under way. */
export interface BuildRoom extends BuildParts {
  readonly request: BuildRequest;
  readonly file: Dockerfile;
  readonly context: BuildContext;
  readonly args: BuildArguments;
  /** Its folder, thrown away at its end. */
  readonly folder: string;
  readonly recorder: BuildRecorder;
  readonly auth: (reference: string) => Promise<RegistryAuth | undefined>;
  /** Over which the client serves what the build needs of it. */
  readonly session: Session | undefined;
  /** Where that lies while a step uses it; in exec-root. */
  readonly servedFolder: string;
  readonly signal: AbortSignal;
  /** Called at the end, the last first. */
  readonly unpins: (() => void)[];
  /** Images that are being pulled or were, by what the Dockerfile calls them: each is asked for once. */
  readonly pulls: Map<string, Promise<StoredImage>>;
  /** The images whose steps alone may be used, when the client named some. */
  readonly cacheFrom: CacheSources | undefined;
  /** A packed layer into a new one, for containers that are kept. */
  readonly extract: (layer: LayerRoom, packed: Readable) => Promise<ExtractedLayer>;
}

let counter = 0;

/** A new folder of the build's own. */
export async function newFolder(room: Pick<BuildRoom, 'folder'>, what: string): Promise<string> {
  const folder = path.join(room.folder, `${what}-${String(++counter)}`);
  await mkdir(folder, { mode: 0o755 });
  return folder;
}

/** The files of an image, to select from. */
export async function imageRoot(
  room: BuildRoom,
  image: StoredImage | undefined,
): Promise<Extract<SelectionRoot, { layers: string }>> {
  const folder = await newFolder(room, 'view');
  for (const part of ['init', 'point']) await mkdir(path.join(folder, part), { mode: 0o755 });
  return {
    layers: room.images.layersFolder,
    lower: room.builds.lower(image),
    init: path.join(folder, 'init'),
    point: path.join(folder, 'point'),
  };
}
