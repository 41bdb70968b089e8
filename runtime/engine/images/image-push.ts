// `docker push`: layers that the registry has are skipped or mounted from another of its repositories, the others are written again,
// compressed by a worker and uploaded as they are made. The manifest is the one that Docker would write for the same blobs.
import {
  defaultTag,
  familiarName,
  familiarReference,
  repositoryName,
  type ImageReference,
} from '../../syntax/image-reference.ts';
import { EngineError } from '../errors.ts';
import type { WorkerClient } from '../helper/worker-client.ts';
import { WorkerError } from '../helper/worker-job.ts';
import type { ProgressMessage, RegistryAuth } from '../services.ts';
import { digestOf, mediaTypes } from './image-manifest.ts';
import { writableLayer } from './image-save.ts';
import type { ImageStore, StoredImage } from './image-store.ts';
import type { Layer, LayerBlob, LayerStore } from './layer-store.ts';
import { layerWorkerError, shortDigest } from './layer-transfer.ts';
import type { RegistryClient } from './registry-client.ts';
import { NetworkError, readBody } from './registry-http.ts';
import { leadsTo, RegistryError, type RepositorySession } from './registry-session.ts';
import { Slots } from './slots.ts';

/** Docker's default for `max-concurrent-uploads`. */
const maxUploads = 5;
/** As many repositories are tried to mount a blob from. */
const maxMounts = 4;
const maxAnswerBytes = 64 * 1024;
const layerMediaType = 'application/vnd.docker.image.rootfs.diff.tar.gzip';

/** What a push works with. */
export interface PushRoom {
  readonly registry: RegistryClient;
  readonly images: ImageStore;
  readonly layers: LayerStore;
  readonly worker: Pick<WorkerClient, 'layer'>;
  /** Serializes changes of images and names. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
}

type Report = (message: ProgressMessage) => void;

/** Pushes one tag, or all tags of a repository when the reference has none. Answers what was pushed. */
export async function pushImage(
  room: PushRoom,
  reference: ImageReference,
  auth: RegistryAuth | undefined,
  report: Report,
  signal: AbortSignal,
): Promise<{ reference: ImageReference; image: StoredImage }[]> {
  report({ status: `The push refers to repository [${repositoryName(reference)}]` });
  const known = room.images.tagsOf(reference);
  if (known.length === 0) {
    throw new EngineError(
      'notFound',
      `An image does not exist locally with the tag: ${familiarName(reference)}`,
    );
  }
  const wanted =
    reference.tag === undefined ? known : known.filter(({ reference: { tag } }) => tag === reference.tag);
  if (wanted.length === 0) {
    throw new EngineError('notFound', `tag does not exist: ${familiarReference(reference)}`);
  }
  const pushed: { reference: ImageReference; image: StoredImage }[] = [];
  for (const { reference: tag, image: id } of wanted) {
    const image = room.images.find(id);
    const unpin = room.layers.pin(image.chain);
    try {
      await pushTag(room, tag, image, auth, report, signal);
    } catch (error) {
      signal.throwIfAborted();
      throw pushError(error, auth);
    } finally {
      unpin();
    }
    pushed.push({ reference: tag, image });
  }
  return pushed;
}

async function pushTag(
  room: PushRoom,
  reference: ImageReference,
  image: StoredImage,
  auth: RegistryAuth | undefined,
  report: Report,
  signal: AbortSignal,
): Promise<void> {
  const stored = image.chain.map((chainId) => writableLayer(room.layers, chainId));
  for (const layer of stored.toReversed()) {
    report({ status: 'Preparing', progressDetail: {}, id: shortDigest(layer.diffId) });
  }
  const others = new Set(stored.flatMap((layer) => mountSources(layer, reference).map(({ path }) => path)));
  const session = await room.registry.writable(reference, [...others], auth, signal);
  const blobs = await pushLayers(room, session, reference, stored, report, signal);
  const configBytes = await room.images.configBytes(image.id);
  await pushDocument(session, image.id, configBytes, signal);
  // Written as Docker writes it, so that the same blobs have the same manifest wherever they were pushed from.
  const manifest = Buffer.from(
    JSON.stringify(
      {
        schemaVersion: 2,
        mediaType: mediaTypes.dockerManifest,
        config: {
          mediaType: 'application/vnd.docker.container.image.v1+json',
          size: configBytes.length,
          digest: image.id,
        },
        layers: blobs.map(({ size, digest }) => ({ mediaType: layerMediaType, size, digest })),
      },
      null,
      3,
    ),
  );
  const digest = digestOf(manifest);
  const tag = reference.tag ?? defaultTag;
  const answer = await session.send(
    {
      method: 'PUT',
      target: `manifests/${tag}`,
      headers: { 'Content-Type': mediaTypes.dockerManifest, 'Content-Length': String(manifest.length) },
      body: manifest,
      expect: [201, 200],
    },
    signal,
  );
  await readBody(answer, maxAnswerBytes);
  const { domain, path } = reference;
  await room.exclusively(async () => {
    if (room.images.get(image.id) !== undefined) await room.images.name(image.id, [{ domain, path, digest }]);
  });
  report({ status: `${tag}: digest: ${digest} size: ${String(manifest.length)}` });
  report({ progressDetail: {}, aux: { Tag: tag, Digest: digest, Size: manifest.length } });
}

/** All layers, a few at once. One that fails stops the others; all have ended before this ends. */
async function pushLayers(
  room: PushRoom,
  session: RepositorySession,
  reference: ImageReference,
  stored: readonly Layer[],
  report: Report,
  signal: AbortSignal,
): Promise<{ digest: string; size: number }[]> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const slots = new Slots(maxUploads);
  /** One of several layers with the same content is enough. */
  const byDiffId = new Map<string, Promise<{ digest: string; size: number }>>();
  let first: { error: unknown } | undefined;
  const pushOne = async (layer: Layer): Promise<{ digest: string; size: number }> => {
    const id = shortDigest(layer.diffId);
    const tell = (status: string, progressDetail: { current?: number; total?: number } = {}): void =>
      report({ status, progressDetail, id });
    if (!slots.available) tell('Waiting');
    const release = await slots.take(either);
    try {
      return await pushLayer(room, session, reference, layer, tell, either);
    } finally {
      release();
    }
  };
  const results = await Promise.allSettled(
    stored.map((layer) => {
      const push = byDiffId.get(layer.diffId) ?? pushOne(layer);
      byDiffId.set(layer.diffId, push);
      return push.catch((error: unknown) => {
        first ??= { error };
        failure.abort(error);
        throw error;
      });
    }),
  );
  signal.throwIfAborted();
  if (first !== undefined) throw first.error;
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function pushLayer(
  room: PushRoom,
  session: RepositorySession,
  reference: ImageReference,
  layer: Layer,
  tell: (status: string, progressDetail?: { current?: number; total?: number }) => void,
  signal: AbortSignal,
): Promise<{ digest: string; size: number }> {
  const repository = repositoryName(reference);
  const remember = (blob: { digest: string; size: number }): Promise<void> =>
    room.layers.seen(layer.chainId, { ...blob, repository });
  // Where it is known to be first; then whether a form of it that came from elsewhere is there, too.
  const candidates = [...layer.blobs].sort(
    (a, b) => Number(b.repositories.includes(repository)) - Number(a.repositories.includes(repository)),
  );
  for (const blob of candidates.slice(0, maxMounts)) {
    if (!(await hasBlob(session, blob, signal))) continue;
    tell('Layer already exists');
    await remember(blob);
    return { digest: blob.digest, size: blob.size };
  }
  let upload: URL | undefined;
  for (const { blob, path } of mountSources(layer, reference)) {
    const query = new URLSearchParams({ mount: blob.digest, from: path });
    const begun = await beginUpload(session, query.toString(), signal);
    if (begun === undefined) {
      tell(`Mounted from ${path}`);
      await remember(blob);
      return { digest: blob.digest, size: blob.size };
    }
    // As good as any other: the registry could not mount it and waits for the bytes.
    upload = begun;
  }
  upload ??= await beginUpload(session, '', signal);
  if (upload === undefined) throw new EngineError('internal', 'the registry began no upload');
  const pushed = await uploadLayer(room, session, upload, layer, tell, signal);
  await remember(pushed);
  tell('Pushed');
  return pushed;
}

/** Other repositories of the same registry that have the layer. */
function mountSources(layer: Layer, { domain, path }: ImageReference): { blob: LayerBlob; path: string }[] {
  return layer.blobs
    .flatMap((blob) =>
      blob.repositories
        .filter((name) => name.startsWith(`${domain}/`))
        .map((name) => ({ blob, path: name.slice(domain.length + 1) })),
    )
    .filter((source) => source.path !== path)
    .slice(0, maxMounts);
}

async function hasBlob(session: RepositorySession, blob: LayerBlob, signal: AbortSignal): Promise<boolean> {
  const request = { method: 'HEAD', target: `blobs/${blob.digest}`, expect: [200, 404] } as const;
  const answer = await session.send(request, signal);
  answer.resume();
  return answer.statusCode === 200;
}

/** Where to upload to; undefined when the registry has mounted what the query says. */
async function beginUpload(
  session: RepositorySession,
  query: string,
  signal: AbortSignal,
): Promise<URL | undefined> {
  const target = `blobs/uploads/${query === '' ? '' : `?${query}`}`;
  const answer = await session.send(
    { method: 'POST', target, headers: { 'Content-Length': '0' }, expect: [201, 202] },
    signal,
  );
  await readBody(answer, maxAnswerBytes);
  const { location } = answer.headers;
  if (answer.statusCode === 201) return undefined;
  if (location === undefined)
    throw new EngineError('internal', 'the registry does not say where to upload to');
  return leadsTo(session.url(target), location, 'POST');
}

/** Writes, compresses, hashes and sends a layer in one go; its digest is known at the end, which is when the registry wants it. */
async function uploadLayer(
  room: PushRoom,
  session: RepositorySession,
  upload: URL,
  layer: Layer,
  tell: (status: string, progressDetail?: { current?: number; total?: number }) => void,
  signal: AbortSignal,
): Promise<{ digest: string; size: number }> {
  const total = layer.fileBytes;
  const wanted = { id: layer.id, diffId: layer.diffId, gzip: true };
  const onProgress = (current: number): void => tell('Pushing', { current, total });
  const { data, blob } = await room.worker.layer(room.layers.folder, wanted, { signal, onProgress });
  try {
    tell('Pushing', { current: 0, total });
    const patched = await session.send(
      {
        method: 'PATCH',
        target: upload,
        headers: { 'Content-Type': 'application/octet-stream' },
        body: data,
        expect: [202, 201, 204],
      },
      signal,
    );
    await readBody(patched, maxAnswerBytes);
    const { digest, size } = await blob;
    const last = leadsTo(upload, patched.headers.location ?? upload.href, 'PATCH');
    last.searchParams.set('digest', digest);
    const put = await session.send(
      { method: 'PUT', target: last, headers: { 'Content-Length': '0' }, expect: [201, 204] },
      signal,
    );
    await readBody(put, maxAnswerBytes);
    return { digest, size };
  } catch (error) {
    if (error instanceof WorkerError) throw layerWorkerError(error, layer.diffId);
    throw error;
  } finally {
    data.destroy();
  }
}

async function pushDocument(
  session: RepositorySession,
  digest: string,
  bytes: Buffer,
  signal: AbortSignal,
): Promise<void> {
  if (await hasBlob(session, { digest, size: bytes.length, repositories: [] }, signal)) return;
  const upload = await beginUpload(session, '', signal);
  if (upload === undefined) return;
  upload.searchParams.set('digest', digest);
  const put = await session.send(
    {
      method: 'PUT',
      target: upload,
      headers: { 'Content-Type': 'application/octet-stream', 'Content-Length': String(bytes.length) },
      body: bytes,
      expect: [201, 204],
    },
    signal,
  );
  await readBody(put, maxAnswerBytes);
}

/** What a push says of a failure, in Docker's words. */
function pushError(error: unknown, auth: RegistryAuth | undefined): unknown {
  if (error instanceof RegistryError) {
    const words =
      error.status === 401 && auth === undefined && error.code === 'UNAUTHORIZED'
        ? 'no basic auth credentials'
        : error.message;
    return new EngineError('internal', words, {
      cause: error,
      ...(error.status === 401 || error.status === 403 ? { hint: 'Log in to the registry first.' } : {}),
    });
  }
  return error instanceof NetworkError ? new EngineError('internal', error.message, { cause: error }) : error;
}
