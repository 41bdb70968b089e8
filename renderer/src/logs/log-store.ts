// The lines of one log, kept as the bytes they came in. Records (see `streams.logs` in the contract) are copied into chunks
// of 256 KiB; beside each chunk lie the offsets of its records, so that line n is found by a search over a few hundred
// chunks and decoded only when it is shown. Bounded: the oldest chunk goes when there are too many bytes or lines.

const chunkBytes = 256 * 1024;
const headBytes = 13;
const decoder = new TextDecoder();

export interface LogLine {
  /** 1 stdout, 2 stderr. */
  readonly stream: 1 | 2;
  /** Milliseconds since the epoch; 0 when unknown. */
  readonly timeMs: number;
  readonly text: string;
}

interface Chunk {
  /** Number of its first line, counted from the log's first line ever. */
  readonly firstLine: number;
  readonly bytes: Uint8Array;
  usedBytes: number;
  readonly offsets: number[];
}

/** Says a frame breaks the contract: a record longer than what came. */
export class LogFrameError extends Error {}

export class LogStore {
  readonly #mostBytes: number;
  readonly #mostLines: number;
  #chunks: Chunk[] = [];
  #end = 0;
  #bytes = 0;

  constructor(mostBytes = 64 * 2 ** 20, mostLines = 1_000_000) {
    this.#mostBytes = mostBytes;
    this.#mostLines = mostLines;
  }

  /** Number of the oldest line still kept: how many were dropped. */
  get first(): number {
    return this.#chunks[0]?.firstLine ?? this.#end;
  }

  /** One past the number of the newest line. */
  get end(): number {
    return this.#end;
  }

  get sizeBytes(): number {
    return this.#bytes;
  }

  /** Takes a frame of whole records; returns how many lines it held. */
  append(frame: Uint8Array): number {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    let lines = 0;
    for (let at = 0; at < frame.length;) {
      if (frame.length - at < headBytes) throw new LogFrameError('A log record is cut off in its head');
      const recordBytes = headBytes + view.getUint32(at + 9);
      if (frame.length - at < recordBytes) throw new LogFrameError('A log record is cut off in its text');
      const chunk = this.#chunkFor(recordBytes);
      chunk.offsets.push(chunk.usedBytes);
      chunk.bytes.set(frame.subarray(at, at + recordBytes), chunk.usedBytes);
      chunk.usedBytes += recordBytes;
      this.#end += 1;
      lines += 1;
      at += recordBytes;
    }
    this.#trim();
    return lines;
  }

  /** The line of this number; undefined when it was dropped or is yet to come. */
  line(number: number): LogLine | undefined {
    const chunk = this.#chunkOf(number);
    const offset = chunk?.offsets[number - chunk.firstLine];
    if (chunk === undefined || offset === undefined) return undefined;
    const view = new DataView(chunk.bytes.buffer, chunk.bytes.byteOffset + offset);
    const lengthBytes = view.getUint32(9);
    return {
      stream: view.getUint8(0) === 2 ? 2 : 1,
      timeMs: view.getFloat64(1),
      text: decoder.decode(chunk.bytes.subarray(offset + headBytes, offset + headBytes + lengthBytes)),
    };
  }

  clear(): void {
    this.#chunks = [];
    this.#end = 0;
    this.#bytes = 0;
  }

  #chunkFor(recordBytes: number): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.bytes.length - last.usedBytes >= recordBytes) return last;
    const chunk: Chunk = {
      firstLine: this.#end,
      bytes: new Uint8Array(Math.max(chunkBytes, recordBytes)),
      usedBytes: 0,
      offsets: [],
    };
    this.#chunks.push(chunk);
    this.#bytes += chunk.bytes.length;
    return chunk;
  }

  #chunkOf(number: number): Chunk | undefined {
    let low = 0;
    let high = this.#chunks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const chunk = this.#chunks[middle];
      if (chunk !== undefined && chunk.firstLine <= number) low = middle;
      else high = middle - 1;
    }
    return this.#chunks[low];
  }

  #trim(): void {
    while (
      this.#chunks.length > 1 &&
      (this.#bytes > this.#mostBytes || this.#end - this.first > this.#mostLines)
    ) {
      this.#bytes -= this.#chunks.shift()?.bytes.length ?? 0;
    }
  }
}
