// A stretch of a blob as one stream, however often the connection breaks: each time it goes on at the byte where it was. What a
// registry asks for with 429 is honoured. Who reads the stream verifies the bytes.
import { setTimeout as delay } from 'node:timers/promises';
import { EngineError } from '../errors.ts';
import { WorkerError } from '../helper/worker-job.ts';
import type { Descriptor } from './image-manifest.ts';
import type { Repository } from './registry-client.ts';
import { isNetworkError, NetworkError } from './registry-http.ts';
import { RegistryError } from './registry-session.ts';

/** Waits before the second, third and fourth attempt in a row that brought nothing. */
export const defaultRetryDelaysMs: readonly number[] = [1000, 2000, 4000];
/** An attempt that brought this much was worth it: the next one begins at once. */
const worthwhileBytes = 256 * 1024;
/** No registry may hold a pull for longer by asking for patience. */
const maxPatienceMs = 60_000;

/** What reading a stretch works with. */
export interface StretchRoom {
  readonly repository: Repository;
  readonly retryDelaysMs: readonly number[];
  /** Called when the first byte's connection is open. */
  readonly onOpen: () => void;
  /** Called when another answer than the first goes on: what came before may have been of another making. */
  readonly onResume: () => void;
  /** Called before a wait. */
  readonly onRetry: (waitMs: number) => void;
}

/** Bytes `from` to `to`, without the last. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** The registry gives the whole blob when it is asked for a part. */
export class RangesRefused extends Error {
  constructor() {
    super('the registry knows no ranges');
    this.name = 'RangesRefused';
  }
}

/** A part of a blob, or all of it, in one stream. A part is asked for by range: {@link RangesRefused} when there are none. */
export async function* readStretch(
  room: StretchRoom,
  blob: Descriptor,
  { from, to }: Stretch,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let offset = from;
  const whole = to >= blob.size;
  for (let attempt = 0; ;) {
    const before = offset;
    try {
      const body = await room.repository.blob(blob, signal, whole ? { from: offset } : { from: offset, to });
      try {
        if (!whole && body.statusCode !== 206) throw new RangesRefused();
        if (offset === 0) room.onOpen();
        else room.onResume();
        for await (const bytes of body) {
          const all = bytes as Buffer;
          // Too much of the whole is for its reader to see; of a part it would be another one's bytes.
          const part = whole ? all : all.subarray(0, to - offset);
          offset += part.length;
          yield part;
          if (part.length < all.length) break;
        }
      } finally {
        body.destroy();
      }
      if (offset >= to) return;
      throw new NetworkError(`the connection ended after ${String(offset)} of ${String(blob.size)} bytes`);
    } catch (error) {
      signal.throwIfAborted();
      if (!mayBeTriedAgain(error)) throw error;
      const broughtBytes = offset - before;
      if (broughtBytes > 0) attempt = 0;
      const waitMs = room.retryDelaysMs[attempt];
      if (waitMs === undefined) throw error;
      if (broughtBytes === 0) attempt++;
      const patienceMs =
        broughtBytes >= worthwhileBytes
          ? 0
          : Math.min(maxPatienceMs, Math.max(waitMs, askedPatienceMs(error)));
      if (patienceMs > 0) {
        room.onRetry(patienceMs);
        await delay(patienceMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  }
}

/** Whether the connection is to blame, not what came over it. */
export function mayBeTriedAgain(error: unknown): boolean {
  if (isNetworkError(error)) return true;
  if (error instanceof WorkerError) return error.code === 'ETRUNCATED';
  if (error instanceof RegistryError) return error.status >= 500 || error.status === 429;
  return error instanceof EngineError && error.cause !== undefined && mayBeTriedAgain(error.cause);
}

/** How long the registry asks us to wait. */
export function askedPatienceMs(error: unknown): number {
  if (error instanceof RegistryError) return error.retryAfterMs ?? 0;
  return error instanceof EngineError && error.cause !== undefined ? askedPatienceMs(error.cause) : 0;
}
