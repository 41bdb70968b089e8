// Pulling one reference: manifest, platform, config, then all layers at once, then the image and its names.
// Nothing of a failed pull stays but finished layers, which the next pull of anything finds.
import {
  familiarName,
  familiarReference,
  repositoryName,
  type ImageReference,
} from '../../syntax/image-reference.ts';
import { EngineError } from '../errors.ts';
import type { ProgressMessage, RegistryAuth } from '../services.ts';
import { chainIds, parseImageConfig, parseManifest, type Manifest } from './image-manifest.ts';
import type { ImageStore } from './image-store.ts';
import type { LayerStore } from './layer-store.ts';
import type { LayerTransfers } from './layer-transfer.ts';
import { selectManifest, type Platform } from './platform.ts';
import type { RegistryClient, Repository } from './registry-client.ts';
import type { FetchedManifest } from './registry-session.ts';
import type { UnfinishedPulls } from './unfinished-pulls.ts';

/** An index may point to an index, as buildx makes them; deeper is nobody's honest work. */
const maxIndexDepth = 2;

/** What a pull works with. */
export interface PullRoom {
  readonly registry: RegistryClient;
  readonly images: ImageStore;
  readonly layers: LayerStore;
  readonly transfers: LayerTransfers;
  readonly unfinished: UnfinishedPulls;
  /** Serializes changes of images and names. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
}

/** What came of a pull. */
export interface Pulled {
  /** The image's, of several tags the last one's. */
  readonly id: string;
  /** The name that is shown. */
  readonly name: ImageReference;
  readonly isNew: boolean;
}

/** Pulls a reference, without a tag and a digest all tags of its repository. */
export async function pullImage(
  room: PullRoom,
  reference: ImageReference,
  platform: Platform,
  auth: RegistryAuth | undefined,
  report: (message: ProgressMessage) => void,
  signal: AbortSignal,
): Promise<Pulled> {
  const repository = room.registry.repository(reference, auth);
  let pulled: Pulled | undefined;
  if (reference.tag !== undefined || reference.digest !== undefined) {
    pulled = await pullOne(room, repository, reference, platform, report, signal);
  } else {
    for (const tag of await repository.tags(signal)) {
      const one = await pullOne(room, repository, { ...reference, tag }, platform, report, signal);
      pulled = { ...one, name: reference, isNew: one.isNew || pulled?.isNew === true };
    }
  }
  if (pulled === undefined) {
    throw new EngineError('notFound', `no tags of ${familiarName(reference)} were found`);
  }
  const what = pulled.isNew ? 'Downloaded newer image' : 'Image is up to date';
  report({ status: `Status: ${what} for ${familiarReference(pulled.name)}` });
  return pulled;
}

async function pullOne(
  room: PullRoom,
  repository: Repository,
  reference: ImageReference,
  platform: Platform,
  report: (message: ProgressMessage) => void,
  signal: AbortSignal,
): Promise<Pulled> {
  const tagOrDigest = reference.digest ?? reference.tag ?? '';
  const top = await repository.manifest(tagOrDigest, signal);
  const { manifest, documents } = await resolveManifest(repository, top, platform, signal);
  report({ status: `Pulling from ${reference.path}`, id: tagOrDigest });
  const configBytes = await repository.document(manifest.config, signal);
  const { diff_ids: diffIds } = parseImageConfig(configBytes, manifest.layers.length).rootfs;
  const chain = chainIds(diffIds);
  const unpin = room.layers.pin(chain);
  // As Docker: of an image that is here already, no layer is spoken of.
  const known = room.images.get(manifest.config.digest) !== undefined;
  try {
    if (!room.layers.hasAll(chain)) await room.unfinished.begin(chain, Date.now());
    const reportLayer = known ? () => undefined : report;
    await bringLayers(room, repository, reference, manifest, diffIds, chain, reportLayer, signal);
    return await room.exclusively(async () => {
      signal.throwIfAborted();
      const names = namesFor(reference, top.digest);
      const image = await room.images.add(configBytes, documents, room.layers);
      await room.unfinished.end(chain);
      const first = names[0];
      const before = first === undefined ? undefined : room.images.named(first);
      if (!names.every((name) => room.images.named(name) === image.id)) {
        await room.images.name(image.id, names);
      }
      report({ status: `Digest: ${top.digest}` });
      return { id: image.id, name: first ?? reference, isNew: before !== image.id };
    });
  } finally {
    unpin();
  }
}

/** Follows indexes down to the manifest of a platform; keeps every document on the way. */
async function resolveManifest(
  repository: Repository,
  top: FetchedManifest,
  platform: Platform,
  signal: AbortSignal,
): Promise<{ manifest: Manifest; documents: Buffer[] }> {
  const documents: Buffer[] = [];
  let fetched = top;
  for (let depth = 0; depth <= maxIndexDepth; depth++) {
    documents.push(fetched.bytes);
    const document = parseManifest(fetched.bytes, fetched.contentType);
    if (document.kind === 'manifest') return { manifest: document.manifest, documents };
    const entry = selectManifest(document.index, platform);
    fetched = await repository.manifest(entry.digest, signal);
  }
  throw new EngineError('invalid', 'the manifest list is nested too deeply');
}

async function bringLayers(
  room: PullRoom,
  repository: Repository,
  reference: ImageReference,
  manifest: Manifest,
  diffIds: readonly string[],
  chain: readonly string[],
  report: (message: ProgressMessage) => void,
  signal: AbortSignal,
): Promise<void> {
  // One layer that fails stops the others; all have ended before the pull ends.
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const brought = manifest.layers.map(async (blob, index) => {
    const [chainId, diffId] = [chain[index], diffIds[index]];
    if (chainId === undefined || diffId === undefined) {
      throw new EngineError('internal', "layers from manifest don't match image configuration");
    }
    const parent = chain[index - 1];
    const name = repositoryName(reference);
    const request = { chainId, diffId, parent, blob, repository, repositoryName: name };
    await room.transfers.bring(request, report, either);
  });
  let first: { error: unknown } | undefined;
  await Promise.all(
    brought.map((layer) =>
      layer.catch((error: unknown) => {
        first ??= { error };
        failure.abort(error);
      }),
    ),
  );
  signal.throwIfAborted();
  if (first !== undefined) throw first.error;
}

/** A pull by tag gives the tag and the digest as names, a pull by digest only that. */
function namesFor(reference: ImageReference, digest: string): ImageReference[] {
  const { domain, path, tag } = reference;
  const canonical: ImageReference = { domain, path, digest };
  return reference.digest !== undefined || tag === undefined
    ? [canonical]
    : [{ domain, path, tag }, canonical];
}
