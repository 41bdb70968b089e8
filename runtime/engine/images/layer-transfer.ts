// Bringing layers from a registry to disk. One layer is one pipe: the download runs straight into the worker that
// hashes, inflates and extracts it. A few run at once; pulls that need the same layer share one transfer, which is
// cancelled only when the last of them leaves.
import { EngineError, messageOf } from '../errors.ts';
import { type WorkerClient } from '../helper/worker-client.ts';
import { WorkerError } from '../helper/worker-job.ts';
import type { ProgressMessage } from '../services.ts';
import { downloadBlob } from './blob-download.ts';
import { defaultRanges, type RangePolicy } from './blob-ranges.ts';
import { defaultRetryDelaysMs } from './blob-stretch.ts';
import type { Descriptor } from './image-manifest.ts';
import type { LayerStore } from './layer-store.ts';
import type { Repository } from './registry-client.ts';
import { Slots } from './slots.ts';

/** Docker's default for `max-concurrent-downloads`. */
const maxTransfers = 3;

/** A layer to bring. */
export interface LayerRequest {
  readonly chainId: string;
  readonly diffId: string;
  readonly parent: string | undefined;
  readonly blob: Descriptor;
  readonly repository: Repository;
  /** Full name, `docker.io/library/busybox`, to remember where the blob is. */
  readonly repositoryName: string;
}

type Report = (message: ProgressMessage) => void;

interface Transfer {
  readonly controller: AbortController;
  readonly reports: Set<Report>;
  last: ProgressMessage | undefined;
  done: Promise<void>;
}

/** All transfers of an engine. */
export class LayerTransfers {
  readonly #layers: LayerStore;
  readonly #worker: Pick<WorkerClient, 'extract'>;
  readonly #retryDelaysMs: readonly number[];
  readonly #ranges: RangePolicy;
  readonly #slots = new Slots(maxTransfers);
  readonly #running = new Map<string, Transfer>();

  constructor(
    layers: LayerStore,
    worker: Pick<WorkerClient, 'extract'>,
    retryDelaysMs: readonly number[] = defaultRetryDelaysMs,
    ranges: RangePolicy = defaultRanges,
  ) {
    this.#layers = layers;
    this.#worker = worker;
    this.#retryDelaysMs = retryDelaysMs;
    this.#ranges = ranges;
  }

  /**
   * Resolves when the layer is there. The caller has pinned its chainID. Reports in Docker's words under the
   * blob's short id. An aborted caller leaves at once; the transfer goes on while others wait for it.
   */
  async bring(request: LayerRequest, report: Report, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const id = shortDigest(request.blob.digest);
    const blob = {
      digest: request.blob.digest,
      size: request.blob.size,
      repository: request.repositoryName,
    };
    if (this.#layers.get(request.chainId) !== undefined) {
      report({ status: 'Already exists', progressDetail: {}, id });
      await this.#layers.seen(request.chainId, blob);
      return;
    }
    report({ status: 'Pulling fs layer', progressDetail: {}, id });
    const transfer = this.#running.get(request.chainId) ?? this.#begin(request, id);
    transfer.reports.add(report);
    if (transfer.last !== undefined) report(transfer.last);
    let leave: (() => void) | undefined;
    const left = new Promise<never>((_, reject) => {
      leave = () => {
        transfer.reports.delete(report);
        if (transfer.reports.size > 0) {
          reject(reasonOf(signal));
          return;
        }
        // Nobody waits any more. Who asks for this layer from now on begins anew; we stay until all is cleaned up.
        if (this.#running.get(request.chainId) === transfer) this.#running.delete(request.chainId);
        transfer.controller.abort(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
    });
    try {
      await Promise.race([transfer.done, left]);
    } finally {
      if (leave !== undefined) signal.removeEventListener('abort', leave);
      transfer.reports.delete(report);
    }
    signal.throwIfAborted();
  }

  #begin(request: LayerRequest, id: string): Transfer {
    const transfer: Transfer = {
      controller: new AbortController(),
      reports: new Set(),
      last: undefined,
      done: Promise.resolve(),
    };
    const tell = (status: string, progressDetail: { current?: number; total?: number } = {}) => {
      const message: ProgressMessage = { status, progressDetail, id };
      transfer.last = message;
      for (const report of transfer.reports) report(message);
    };
    this.#running.set(request.chainId, transfer);
    transfer.done = this.#transfer(request, tell, transfer.controller.signal).finally(() => {
      if (this.#running.get(request.chainId) === transfer) this.#running.delete(request.chainId);
    });
    // Whoever waits hears of a failure; when everybody left, nobody needs to.
    transfer.done.catch(() => undefined);
    return transfer;
  }

  async #transfer(
    request: LayerRequest,
    tell: (status: string, progressDetail?: { current?: number; total?: number }) => void,
    signal: AbortSignal,
  ): Promise<void> {
    if (!this.#slots.available) {
      // A turn later, so that the caller has begun to listen.
      await Promise.resolve();
      tell('Waiting');
    }
    const release = await this.#slots.take(signal);
    try {
      const broken = { resumed: false };
      const onResume = () => (broken.resumed = true);
      await this.#bring(request, tell, signal, this.#ranges, onResume).catch((error: unknown) => {
        // What was put together from several answers is worth one try in one piece.
        const mixed = broken.resumed && error instanceof WorkerError && error.code === 'EBADDIGEST';
        if (!mixed) throw error;
        return this.#bring(request, tell, signal, undefined, () => undefined);
      });
    } catch (error) {
      signal.throwIfAborted();
      throw layerError(error, request.blob.digest);
    } finally {
      release();
    }
  }

  async #bring(
    request: LayerRequest,
    tell: (status: string, progressDetail?: { current?: number; total?: number }) => void,
    signal: AbortSignal,
    ranges: RangePolicy | undefined,
    onResume: () => void,
  ): Promise<void> {
    const { blob, chainId, diffId, parent, repository, repositoryName } = request;
    const total = blob.size;
    const download = (windowFile: string) =>
      downloadBlob(
        {
          repository,
          retryDelaysMs: this.#retryDelaysMs,
          ranges: ranges === undefined ? undefined : { ...ranges, file: windowFile },
          onOpen: () => tell('Downloading', { current: 0, total }),
          onResume,
          onRetry: (waitMs) => {
            const seconds = Math.ceil(waitMs / 1000);
            tell(`Retrying in ${String(seconds)} second${seconds === 1 ? '' : 's'}`);
          },
        },
        blob,
        signal,
      );
    await this.#layers.create(
      {
        chainId,
        diffId,
        parent,
        blob: { digest: blob.digest, size: blob.size, repository: repositoryName },
      },
      (place) =>
        // The worker destroys what it is given when it ends.
        this.#worker.extract(
          { ...place, digest: blob.digest, diffId, sizeBytes: blob.size },
          download(`${place.split}.window`),
          {
            signal,
            // The worker reports ten times a second.
            onProgress: (progress) => tell('Downloading', { current: Math.min(progress.in, total), total }),
          },
        ),
    );
    tell('Verifying Checksum');
    tell('Download complete');
    tell('Extracting', { current: total, total });
    tell('Pull complete');
  }
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason));
}

/** The twelve digits by which Docker's progress names a layer. */
export function shortDigest(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1, digest.indexOf(':') + 13);
}

/** What a person reads when a layer could not be brought. */
function layerError(error: unknown, digest: string): unknown {
  if (error instanceof EngineError) return error;
  if (error instanceof WorkerError) return layerWorkerError(error, digest);
  return new EngineError(
    'internal',
    `the layer ${shortDigest(digest)} could not be downloaded: ${messageOf(error)}`,
    {
      cause: error,
    },
  );
}

/** The same for a worker's refusal, in a pull or a load; Docker's words where there are some. */
export function layerWorkerError(error: WorkerError, digest: string): EngineError {
  const { code, message } = error;
  const words =
    code === 'EBADDIGEST'
      ? `filesystem layer verification failed for digest ${digest}: ${message}`
      : code === 'ENOSPC'
        ? `failed to register layer: no space left on device: ${message}`
        : `failed to register layer: ${message}`;
  return new EngineError('internal', words, { cause: error });
}
