// The rest of a large blob over several connections at once, given on in order: many registries and lines limit each connection, not all
// of them together. Each connection brings one segment after the other into a file without a name, a window that goes round; nothing is
// kept in memory, and no connection gets further ahead than the window is long.
import { open, unlink, type FileHandle } from 'node:fs/promises';
import { readStretch, type StretchRoom } from './blob-stretch.ts';
import type { Descriptor } from './image-manifest.ts';

/** When and how a blob is read over several connections. */
export interface RangeOptions {
  /** What is left of a blob must be longer than this. */
  readonly minBytes: number;
  readonly segmentBytes: number;
  readonly connections: number;
  /** How long the first connection is watched before it is judged. */
  readonly probeMs: number;
  /** A file to be made for the window; its name is gone at once. */
  readonly file: string;
}

/** All that needs no place. */
export type RangePolicy = Omit<RangeOptions, 'file'>;

export const defaultRanges: RangePolicy = {
  minBytes: 32 << 20,
  segmentBytes: 4 << 20,
  connections: 4,
  probeMs: 1000,
};

/** Of segments, for each connection. */
const windowPerConnection = 4;
const readBytes = 128 * 1024;

/** The bytes of a blob from `from` on, in order. Throws RangesRefused when they must come over one connection. */
export async function* readRanges(
  room: StretchRoom,
  options: RangeOptions,
  blob: Descriptor,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const file = await open(options.file, 'wx+', 0o600);
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const window = new SegmentWindow(options, blob.size, from, failure.signal);
  const fetching = Array.from({ length: options.connections }, async () => {
    try {
      await bringSegments(room, blob, window, file, either);
    } catch (error) {
      failure.abort(error);
    }
  });
  try {
    await unlink(options.file);
    for (;;) {
      const segment = await window.next();
      if (segment === undefined) return;
      for (let at = segment.from; at < segment.to;) {
        const wanted = Math.min(readBytes, segment.to - at);
        const { buffer, bytesRead } = await file.read(
          Buffer.allocUnsafeSlow(wanted),
          0,
          wanted,
          segment.place + at - segment.from,
        );
        if (bytesRead === 0) throw new Error('the window of a download is shorter than it should be');
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
      window.release();
    }
  } finally {
    failure.abort(new Error('nobody reads on'));
    await Promise.all(fetching);
    await file.close();
  }
}

async function bringSegments(
  room: StretchRoom,
  blob: Descriptor,
  window: SegmentWindow,
  file: FileHandle,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const segment = await window.claim();
    if (segment === undefined) return;
    let place = segment.place;
    for await (const bytes of readStretch(room, blob, segment, signal)) {
      for (let written = 0; written < bytes.length;) {
        const { bytesWritten } = await file.write(bytes, written, bytes.length - written, place);
        written += bytesWritten;
        place += bytesWritten;
      }
    }
    window.finish(segment);
  }
}

interface Segment {
  readonly index: number;
  readonly from: number;
  readonly to: number;
  /** Where it lies in the file. */
  readonly place: number;
}

/** Which segments are claimed, there and given on. */
class SegmentWindow {
  readonly #options: RangeOptions;
  readonly #size: number;
  readonly #from: number;
  readonly #failed: AbortSignal;
  readonly #finished = new Set<number>();
  #claimed = 0;
  #given = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: RangeOptions, size: number, from: number, failed: AbortSignal) {
    this.#options = options;
    this.#size = size;
    this.#from = from;
    this.#failed = failed;
    failed.addEventListener('abort', () => this.#change(), { once: true });
  }

  /** The next one to bring, once there is room for it; undefined when there is none. */
  async claim(): Promise<Segment | undefined> {
    const length = this.#options.connections * windowPerConnection;
    await this.#until(() => this.#claimed < this.#given + length);
    return this.#segment(this.#claimed++);
  }

  finish({ index }: Segment): void {
    this.#finished.add(index);
    this.#change();
  }

  /** The next one in order, once it is there; undefined after the last. */
  async next(): Promise<Segment | undefined> {
    const segment = this.#segment(this.#given);
    if (segment !== undefined) await this.#until(() => this.#finished.has(segment.index));
    return segment;
  }

  /** The segment that `next` gave is read. */
  release(): void {
    this.#finished.delete(this.#given++);
    this.#change();
  }

  #segment(index: number): Segment | undefined {
    const { segmentBytes, connections } = this.#options;
    const from = this.#from + index * segmentBytes;
    if (from >= this.#size) return undefined;
    const place = (index % (connections * windowPerConnection)) * segmentBytes;
    return { index, from, to: Math.min(from + segmentBytes, this.#size), place };
  }

  async #until(condition: () => boolean): Promise<void> {
    for (;;) {
      this.#failed.throwIfAborted();
      if (condition()) return;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #change(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
