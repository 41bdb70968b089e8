// `docker import`: an archive of a file system becomes an image of one layer.
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { withDefaultTag, withTagOrDigest, type ImageReference } from '../../syntax/image-reference.ts';
import { changedConfig } from '../containers/config-changes.ts';
import { EngineError } from '../errors.ts';
import type { WorkerClient } from '../helper/worker-client.ts';
import { WorkerError } from '../helper/worker-job.ts';
import type { ImportRequest, ProgressMessage } from '../services.ts';
import { containerConfig } from '../types.ts';
import { engineVersion } from '../version.ts';
import { orInvalid, parseReference, type ImageStore, type StoredImage } from './image-store.ts';
import type { LayerStore } from './layer-store.ts';
import { hostPlatform, parsePlatform } from './platform.ts';
import type { HttpConnections } from './registry-http.ts';

const maxRedirects = 10;

/** What an import works with. */
export interface ImportRoom {
  readonly images: ImageStore;
  readonly layers: LayerStore;
  readonly worker: Pick<WorkerClient, 'extract'>;
  readonly connections: HttpConnections;
  /** Serializes changes of images and names. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Makes the image. Everything that can be refused is, before a byte is read. */
export async function importImage(
  room: ImportRoom,
  request: ImportRequest,
  body: Readable,
  report: (message: ProgressMessage) => void,
  signal: AbortSignal,
): Promise<{ image: StoredImage; reference: ImageReference | undefined }> {
  const { images, layers, worker, exclusively } = room;
  const reference = importedName(request);
  const platform = request.platform === undefined ? hostPlatform() : parsePlatform(request.platform);
  if (platform.os !== 'linux') {
    throw new EngineError('invalid', `operating system is not supported: ${platform.os}`);
  }
  const config = changedConfig(containerConfig.parse({}), request.changes);
  const fromBody = request.source === '-';
  const input = fromBody ? body : await openUrl(room.connections, request.source, report, signal);
  try {
    const { layer, unpin } = await layers
      .createOn(undefined, (place) =>
        worker.extract({ ...place, anyCompression: true }, input, {
          signal,
          onProgress: (progress) => {
            if (!fromBody) report({ status: 'Importing', progressDetail: { current: progress.in } });
          },
        }),
      )
      .catch((error: unknown) => {
        if (!(error instanceof WorkerError)) throw error;
        throw new EngineError('internal', `Error processing tar file: ${error.message}`, { cause: error });
      });
    try {
      const created = new Date().toISOString();
      const comment = request.message === '' ? `Imported from ${request.source}` : request.message;
      const document = {
        architecture: platform.architecture,
        ...(platform.variant === undefined ? {} : { variant: platform.variant }),
        comment,
        config,
        created,
        docker_version: engineVersion,
        history: [{ created, comment }],
        os: platform.os,
        rootfs: { type: 'layers', diff_ids: [layer.diffId] },
      };
      const image = await exclusively(async () => {
        signal.throwIfAborted();
        const added = await images.add(Buffer.from(JSON.stringify(document)), [], layers);
        if (reference !== undefined) await images.name(added.id, [reference]);
        return added;
      });
      report({ status: image.id });
      return { image, reference };
    } finally {
      unpin();
    }
  } finally {
    if (!fromBody) input.destroy();
  }
}

function importedName({ repository, tag }: ImportRequest): ImageReference | undefined {
  if (repository === '') return undefined;
  const written = parseReference(repository);
  if (written.digest !== undefined) throw new EngineError('invalid', 'cannot import digest reference');
  const reference = tag === '' ? withDefaultTag(written) : orInvalid(() => withTagOrDigest(written, tag));
  if (reference.digest !== undefined) throw new EngineError('invalid', 'cannot import digest reference');
  return reference;
}

/** Opens an archive on the web; `host/path` without a scheme means http, as in Docker. */
async function openUrl(
  connections: HttpConnections,
  source: string,
  report: (message: ProgressMessage) => void,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(source) ? source : `http://${source}`;
  let url = URL.canParse(text) ? new URL(text) : undefined;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
      throw new EngineError('invalid', `${JSON.stringify(source)} is no http or https address`);
    }
    if (redirects === 0) report({ status: `Downloading from ${url.href}` });
    const response = await connections.request(url, { insecure: false, signal });
    const status = response.statusCode ?? 0;
    if (status === 200) return response;
    response.destroy();
    const { location } = response.headers;
    if (status < 300 || status >= 400 || location === undefined) {
      throw new EngineError(
        'internal',
        `Get "${url.href}": received unexpected HTTP status: ${String(status)}`,
      );
    }
    url = URL.canParse(location, url) ? new URL(location, url) : undefined;
  }
  throw new EngineError('internal', `Get "${source}": stopped after ${String(maxRedirects)} redirects`);
}
