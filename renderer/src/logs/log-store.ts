// The lines of one log, kept as the bytes they came in. Records (see `streams.logs` in the contract) are copied into chunks
// of 256 KiB; beside each chunk lie the offsets of its records in a typed array, so that a line costs 4 bytes beside its
// own, is found by a search over the chunks, and is decoded only when it is shown or searched. Bounded: the oldest chunk
// goes when there are too many bytes or lines.

const chunkBytes = 256 * 1024;
const headBytes = 13;
const leastOffsets = 256;
const decoder = new TextDecoder();

/** What a log keeps at most; whichever is reached first. */
export const logLimits = { bytes: 256 * 2 ** 20, lines: 1_000_000 } as const;

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
  readonly view: DataView;
  usedBytes: number;
  /** Where each record begins; only the first `lines` are set. */
  offsets: Uint32Array;
  lines: number;
}

/** Says a frame breaks the contract: a record longer than what came. */
export class LogFrameError extends Error {}

export class LogStore {
  readonly #mostBytes: number;
  readonly #mostLines: number;
  #chunks: Chunk[] = [];
  #end = 0;
  #bytes = 0;

  constructor(mostBytes: number = logLimits.bytes, mostLines: number = logLimits.lines) {
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

  /** Memory taken by the records, their unused room and offsets included. */
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
      if (chunk.lines === chunk.offsets.length) this.#growOffsets(chunk);
      chunk.offsets[chunk.lines++] = chunk.usedBytes;
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
    if (chunk === undefined) return undefined;
    const index = number - chunk.firstLine;
    const offset = index < 0 || index >= chunk.lines ? undefined : chunk.offsets[index];
    if (offset === undefined) return undefined;
    const textAt = offset + headBytes;
    return {
      stream: chunk.bytes[offset] === 2 ? 2 : 1,
      timeMs: chunk.view.getFloat64(offset + 1),
      text: decoder.decode(chunk.bytes.subarray(textAt, textAt + chunk.view.getUint32(offset + 9))),
    };
  }

  #chunkFor(recordBytes: number): Chunk {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.bytes.length - last.usedBytes >= recordBytes) return last;
    const bytes = new Uint8Array(Math.max(chunkBytes, recordBytes));
    const chunk: Chunk = {
      firstLine: this.#end,
      bytes,
      view: new DataView(bytes.buffer),
      usedBytes: 0,
      offsets: new Uint32Array(leastOffsets),
      lines: 0,
    };
    this.#chunks.push(chunk);
    this.#bytes += bytes.length + chunk.offsets.byteLength;
    return chunk;
  }

  #growOffsets(chunk: Chunk): void {
    const grown = new Uint32Array(chunk.offsets.length * 2);
    grown.set(chunk.offsets);
    this.#bytes += grown.byteLength - chunk.offsets.byteLength;
    chunk.offsets = grown;
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
    let dropped = 0;
    while (dropped < this.#chunks.length - 1) {
      const oldest = this.#chunks[dropped];
      if (oldest === undefined) break;
      if (this.#bytes <= this.#mostBytes && this.#end - oldest.firstLine <= this.#mostLines) break;
      this.#bytes -= oldest.bytes.length + oldest.offsets.byteLength;
      dropped += 1;
    }
    if (dropped > 0) this.#chunks.splice(0, dropped);
  }
}
