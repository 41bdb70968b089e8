// The bytes of one blob as one stream. A large blob whose connection is what it waits for comes over several of them, see blob-ranges.ts.
// Who reads the stream verifies the bytes.
import { Readable } from 'node:stream';
import { readRanges, type RangeOptions } from './blob-ranges.ts';
import { RangesRefused, readStretch, type StretchRoom } from './blob-stretch.ts';
import type { Descriptor } from './image-manifest.ts';

/** What a download works with. */
export interface DownloadRoom extends StretchRoom {
  /** How it may be read over several connections; undefined for one alone. */
  readonly ranges: RangeOptions | undefined;
}

/** Begins to read a blob. */
export function downloadBlob(room: DownloadRoom, blob: Descriptor, signal: AbortSignal): Readable {
  return Readable.from(parts(room, blob, signal), { objectMode: false, highWaterMark: 256 * 1024 });
}

async function* parts(room: DownloadRoom, blob: Descriptor, signal: AbortSignal): AsyncGenerator<Buffer> {
  let offset = 0;
  const { ranges } = room;
  if (ranges !== undefined && blob.size > ranges.minBytes) {
    const pace = new Pace();
    for await (const bytes of readStretch(room, blob, { from: 0, to: blob.size }, signal)) {
      offset += bytes.length;
      pace.came();
      yield bytes;
      pace.asked();
      if (blob.size - offset > ranges.minBytes && pace.isHeldBack(ranges.probeMs)) break;
    }
    if (offset >= blob.size) return;
    try {
      for await (const bytes of readRanges(room, ranges, blob, offset, signal)) {
        offset += bytes.length;
        yield bytes;
      }
      return;
    } catch (error) {
      if (!(error instanceof RangesRefused)) throw error;
    }
  }
  yield* readStretch(room, blob, { from: offset, to: blob.size }, signal);
}

/** Tells whether a reader mostly waits. */
class Pace {
  readonly #beganMs = performance.now();
  #askedMs = this.#beganMs;
  #waitedMs = 0;

  asked(): void {
    this.#askedMs = performance.now();
  }

  came(): void {
    this.#waitedMs += performance.now() - this.#askedMs;
  }

  /** After `probeMs`: whether four fifths of the time went by in waiting for bytes. */
  isHeldBack(probeMs: number): boolean {
    const elapsedMs = performance.now() - this.#beganMs;
    return elapsedMs >= probeMs && this.#waitedMs >= elapsedMs * 0.8;
  }
}
