// The engine's images: joins stores, registry and transfers to the service that the API and the containers use.
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import {
  familiarName,
  familiarReference,
  withDefaultTag,
  withTagOrDigest,
} from '../../syntax/image-reference.ts';
import type { EngineConfig } from '../config.ts';
import { EngineError } from '../errors.ts';
import type { ImageFileWorker } from '../helper/image-file-worker.ts';
import type { WorkerClient } from '../helper/worker-client.ts';
import type { Logger } from '../log.ts';
import type { EventBus, ImageService } from '../services.ts';
import { KeyedLock } from '../store/keyed-lock.ts';
import type { Trash } from '../store/trash.ts';
import type { RangePolicy } from './blob-ranges.ts';
import { createBuildImages } from './image-build.ts';
import { commitImage } from './image-commit.ts';
import { ImageFiles, makeViewFolders } from './image-files.ts';
import { importImage } from './image-import.ts';
import { loadImages, stagingFolder } from './image-load.ts';
import { prunable, pruneImages } from './image-prune.ts';
import { pullImage } from './image-pull.ts';
import { pushImage } from './image-push.ts';
import { collectDetached, removeImage, type ImageUsers, type RemoveRoom } from './image-remove.ts';
import { saveImages } from './image-save.ts';
import { ImageStore, orInvalid, parseReference, type StoredImage } from './image-store.ts';
import { eventAttributes, imageHistory, inspectImage, listImages, osOf } from './image-views.ts';
import { LayerStore } from './layer-store.ts';
import { LayerTransfers } from './layer-transfer.ts';
import { formatPlatform, hostPlatform, parsePlatform, runsOn } from './platform.ts';
import { RegistryClient } from './registry-client.ts';
import { mirrorUrl, type RegistryOptions } from './registry-endpoint.ts';
import { HttpConnections, type HttpTimeouts } from './registry-http.ts';
import {
  hubIndexOrigin,
  inspectDistribution,
  logIn,
  registryOfAddress,
  searchRegistry,
} from './registry-queries.ts';
import { UnfinishedPulls } from './unfinished-pulls.ts';

/** What the image service needs. */
export interface ImageServiceOptions {
  readonly config: Pick<EngineConfig, 'dataRoot' | 'registryMirrors' | 'insecureRegistries'>;
  readonly worker: WorkerClient;
  readonly fileWorker: ImageFileWorker;
  readonly trash: Trash;
  readonly events: Pick<EventBus, 'publish'>;
  readonly log: Logger;
  /** For tests. */
  readonly hubOrigin?: string;
  readonly hubIndexOrigin?: string;
  readonly timeouts?: HttpTimeouts;
  readonly certificatesFolder?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly retryDelaysMs?: readonly number[];
  readonly ranges?: RangePolicy;
  readonly bootId?: string;
}

/** The image service, with what ends it. */
export interface OwnedImageService extends ImageService {
  /** Breaks connections and waits until what was written is on disk. Pulls must have been aborted before. */
  close(): Promise<void>;
}

/** Opens the images of a data root: cleans up after a killed engine, then serves. */
export async function createImageService(options: ImageServiceOptions): Promise<OwnedImageService> {
  const { config, worker, fileWorker, trash, events, log } = options;
  const { dataRoot } = config;
  for (const mirror of config.registryMirrors) mirrorUrl(mirror);
  await mkdir(dataRoot, { recursive: true, mode: 0o710 });
  await emptyFolder(stagingFolder(dataRoot), trash);
  const layers = await LayerStore.open(dataRoot, trash, log, options.bootId);
  const images = await ImageStore.open(dataRoot, layers, log);
  const viewFolders = await makeViewFolders(dataRoot);
  const unfinished = await UnfinishedPulls.open(dataRoot, Date.now());
  await layers.collect(new Set([...images.neededLayers(), ...unfinished.layers()]));
  void layers.flush();

  const registryOptions: RegistryOptions = {
    mirrors: config.registryMirrors,
    insecureRegistries: config.insecureRegistries,
    ...(options.hubOrigin === undefined ? {} : { hubOrigin: options.hubOrigin }),
  };
  const connections = new HttpConnections({
    timeouts: options.timeouts,
    certificatesFolder: options.certificatesFolder,
    env: options.env,
  });
  const registry = new RegistryClient(registryOptions, connections);
  const transfers = new LayerTransfers(layers, worker, options.retryDelaysMs, options.ranges);
  const lock = new KeyedLock();
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => lock.run('images', work);
  let users: ImageUsers = () => [];

  const publish = (action: string, id: string, image: StoredImage, name: string): void => {
    events.publish({ type: 'image', action, id, attributes: eventAttributes(image, name) });
  };
  const removeRoom: RemoveRoom = {
    images,
    layers,
    users: (imageId) => users(imageId),
    announce: (action, image) => publish(action, image.id, image, image.id),
  };
  const published = (id: string): StoredImage => {
    const image = images.get(id);
    if (image === undefined) throw new EngineError('internal', `the image ${id} vanished`);
    return image;
  };

  return {
    layersFolder: layers.folder,
    files: new ImageFiles(images, layers, fileWorker, viewFolders),
    builds: createBuildImages(removeRoom, exclusively, (image, name) =>
      publish('tag', image.id, image, name),
    ),

    async pull(typed, tag, platformText, auth, report, signal) {
      const written = parseReference(typed);
      const reference =
        tag === undefined || tag === '' ? written : orInvalid(() => withTagOrDigest(written, tag));
      const platform =
        platformText === undefined || platformText === '' ? hostPlatform() : parsePlatform(platformText);
      const room = { registry, images, layers, transfers, unfinished, exclusively };
      const { id } = await pullImage(room, reference, platform, auth, report, signal);
      publish('pull', familiarReference(reference), published(id), familiarName(reference));
      void layers.flush();
    },

    async load(archive, { quiet, platform }, report, signal) {
      const room = { dataRoot, trash, worker, images, layers, exclusively };
      const ids = await loadImages(room, archive, platform, quiet, report, signal);
      for (const id of ids) publish('load', id, published(id), id);
      void layers.flush();
    },

    async push(typed, tag, auth, report, signal) {
      const written = parseReference(typed);
      const reference =
        tag === undefined || tag === '' ? written : orInvalid(() => withTagOrDigest(written, tag));
      if (reference.digest !== undefined) throw new EngineError('invalid', 'cannot push a digest reference');
      const room = { registry, images, layers, worker, exclusively };
      for (const pushed of await pushImage(room, reference, auth, report, signal)) {
        publish('push', familiarReference(pushed.reference), pushed.image, familiarName(pushed.reference));
      }
    },

    async save(names, signal) {
      const { archive, saved } = await saveImages({ images, layers, worker }, names, signal);
      for (const image of saved) publish('save', image.id, image, image.id);
      return archive;
    },

    async import(request, body, report, signal) {
      const room = { images, layers, worker, connections, exclusively };
      const { image, reference } = await importImage(room, request, body, report, signal);
      publish('import', image.id, image, reference === undefined ? image.id : familiarReference(reference));
      void layers.flush();
    },

    async prune(filters) {
      return exclusively(async () => {
        const pruned = await pruneImages(removeRoom, filters);
        await collectDetached(removeRoom);
        await unfinished.forget();
        await layers.collect(images.neededLayers());
        return pruned;
      });
    },

    prunePreview(filters) {
      const { images: going, reclaimBytes } = prunable(removeRoom, filters);
      return { Images: going.map(({ id }) => id), SpaceReclaimed: reclaimBytes };
    },

    async distribution(typed, auth, signal) {
      return inspectDistribution(registry, parseReference(typed), auth, signal);
    },

    async logIn(auth, signal) {
      const domain = registryOfAddress(auth.serverAddress ?? '');
      await logIn(connections, registryOptions, domain, auth, signal);
    },

    async search(request, signal) {
      const origins = { hub: options.hubIndexOrigin ?? hubIndexOrigin, options: registryOptions };
      return searchRegistry(connections, origins, request, signal);
    },

    async tags(typed, auth, signal) {
      return registry.repository(parseReference(typed), auth).tags(signal);
    },

    async list({ all, filters, sharedSize }) {
      return listImages(images, layers, filters, { all, sharedSize }, (imageId) => users(imageId).length);
    },

    async commit(image, pack, signal) {
      const { child, reference } = await commitImage(
        { images, layers, worker, exclusively },
        image,
        pack,
        signal,
      );
      if (reference !== undefined) publish('tag', child.id, child, familiarReference(reference));
      void layers.flush();
      return { id: child.id, name: reference === undefined ? '' : familiarReference(reference) };
    },

    async history(nameOrId) {
      return imageHistory(images.find(nameOrId), images, layers);
    },

    async inspect(nameOrId) {
      return inspectImage(images.find(nameOrId), images, layers);
    },

    async requirePlatform(nameOrId, platform) {
      const image = images.find(nameOrId);
      const { architecture, variant } = image.config;
      if (runsOn({ os: osOf(image), architecture, variant }, platform)) return;
      throw new EngineError(
        'notFound',
        `image with reference ${nameOrId} was found but does not provide the specified platform (${formatPlatform(platform)})`,
      );
    },

    async tag(nameOrId, repository, tag) {
      if (repository === '') throw new EngineError('invalid', 'invalid reference format');
      const written = parseReference(repository);
      if (written.digest !== undefined) {
        throw new EngineError('invalid', 'refusing to create a tag with a digest reference');
      }
      const wanted =
        tag === undefined || tag === ''
          ? withDefaultTag(written)
          : orInvalid(() => withTagOrDigest(written, tag));
      if (wanted.digest !== undefined) throw new EngineError('invalid', 'invalid tag format');
      if (familiarName(wanted) === 'sha256') {
        throw new EngineError(
          'invalid',
          'refusing to create an ambiguous tag using digest algorithm as name',
        );
      }
      await exclusively(async () => {
        const image = images.find(nameOrId);
        await images.name(image.id, [wanted]);
        publish('tag', image.id, image, familiarReference(wanted));
      });
    },

    async remove(nameOrId, options) {
      return exclusively(async () => {
        const items = await removeImage(removeRoom, nameOrId, options);
        await collectDetached(removeRoom);
        return items;
      });
    },

    async runnable(nameOrId) {
      // A container made before its image was removed still names it by its id.
      const kept = images.get(nameOrId);
      const image = kept?.detached === true ? kept : images.find(nameOrId);
      return {
        id: image.id,
        config: image.config.config,
        lower: layers.lower(image.chain),
        architecture: image.config.architecture,
        os: osOf(image),
        sizeBytes: image.sizeBytes,
      };
    },

    layersBytes() {
      return layers.fileBytes();
    },

    count() {
      return images.images().filter((image) => !image.detached).length;
    },

    setUsage(next) {
      users = next;
      // Images that were kept for containers which are gone by now.
      void exclusively(() => collectDetached(removeRoom)).catch((error: unknown) => {
        log.warn('removed images could not be cleaned up', { error: String(error) });
      });
    },

    async close() {
      connections.close();
      await layers.flush();
    },
  };
}

/** Throws away what an earlier engine left half-done. */
async function emptyFolder(folder: string, trash: Trash): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) await trash.discard(path.join(folder, name));
}
