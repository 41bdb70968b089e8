// The lines of one log, kept as the bytes they came in. Records (see `streams.logs` in the contract) are copied into chunks
// of 256 KiB, a run of them at a time; beside each chunk lie the offsets of its records in a typed array, so that a line
// costs 4 bytes beside its own, is found by a search over the chunks, and is decoded only when it is shown or searched.
// Lines of several logs may lie in one store: the first byte of a record holds its stream and, above it, its source.
// Bounded: the oldest chunk goes when there are too many bytes or lines.

const chunkBytes = 256 * 1024;
const headBytes = 13;
const leastOffsets = 256;
const decoder = new TextDecoder();

/** What a log keeps at most; whichever is reached first. */
export const logLimits = { bytes: 256 * 2 ** 20, lines: 1_000_000 } as const;

/** How many logs one store may hold the lines of. */
export const mostSources = 64;

export interface LogLine {
  /** 1 stdout, 2 stderr. */
  readonly stream: 1 | 2;
  /** Which of several logs wrote it; 0 when there is one. */
  readonly source: number;
  /** Milliseconds since the epoch; 0 when unknown. */
  readonly timeMs: number;
  readonly text: string;
  /** Bytes that follow the text but were not asked for. */
  readonly moreBytes: number;
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
  get memoryBytes(): number {
    return this.#bytes;
  }

  /** Bytes of the log's lines from this one on, their ends included: what a file of them would have. */
  sizeBytes(from: number): number {
    let bytes = 0;
    for (let at = this.#chunks.length - 1; at >= 0; at--) {
      const chunk = this.#chunks[at];
      if (chunk === undefined || chunk.firstLine + chunk.lines <= from) break;
      const index = Math.max(0, from - chunk.firstLine);
      // A record is its head and its text; a line is its text and its end.
      bytes += chunk.usedBytes - (chunk.offsets[index] ?? 0) - (chunk.lines - index) * (headBytes - 1);
    }
    return bytes;
  }

  /** Takes a frame of whole records of one source; returns how many lines it held. */
  append(frame: Uint8Array, source = 0): number {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
    const before = this.#end;
    for (let at = 0; at < frame.length;) {
      const chunk = this.#chunkFor(recordBytesAt(view, at));
      const from = at;
      const chunkFrom = chunk.usedBytes;
      while (at < frame.length) {
        const recordBytes = recordBytesAt(view, at);
        const offset = chunkFrom + at - from;
        if (offset + recordBytes > chunk.bytes.length) break;
        if (chunk.lines === chunk.offsets.length) this.#growOffsets(chunk);
        chunk.offsets[chunk.lines++] = offset;
        at += recordBytes;
        this.#end += 1;
      }
      chunk.bytes.set(from === 0 && at === frame.length ? frame : frame.subarray(from, at), chunkFrom);
      chunk.usedBytes = chunkFrom + at - from;
      if (source > 0) tag(chunk, chunkFrom, source);
    }
    this.#trim();
    return this.#end - before;
  }

  /** The line of this number, its text as far as wanted; undefined when it was dropped or is yet to come. */
  line(number: number, mostBytes = Number.POSITIVE_INFINITY): LogLine | undefined {
    const chunk = this.#chunkOf(number);
    const offset = chunk === undefined ? undefined : offsetIn(chunk, number);
    if (chunk === undefined || offset === undefined) return undefined;
    const textAt = offset + headBytes;
    const textBytes = chunk.view.getUint32(offset + 9);
    let end = textAt + Math.min(textBytes, mostBytes);
    // Not in the middle of a character.
    while (end < textAt + textBytes && ((chunk.bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
    const first = chunk.bytes[offset] ?? 1;
    return {
      stream: (first & 3) === 2 ? 2 : 1,
      source: first >> 2,
      timeMs: chunk.view.getFloat64(offset + 1),
      text: decoder.decode(chunk.bytes.subarray(textAt, end)),
      moreBytes: textAt + textBytes - end,
    };
  }

  /** Which log wrote the line of this number; cheap beside {@link line}. */
  source(number: number): number | undefined {
    const chunk = this.#chunkOf(number);
    const offset = chunk === undefined ? undefined : offsetIn(chunk, number);
    return offset === undefined ? undefined : (chunk?.bytes[offset] ?? 0) >> 2;
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

  /** Drops whole chunks: so many lines are always kept, and up to a chunk more. */
  #trim(): void {
    let dropped = 0;
    while (dropped < this.#chunks.length - 1) {
      const oldest = this.#chunks[dropped];
      const next = this.#chunks[dropped + 1];
      if (oldest === undefined || next === undefined) break;
      if (this.#bytes <= this.#mostBytes && this.#end - next.firstLine < this.#mostLines) break;
      this.#bytes -= oldest.bytes.length + oldest.offsets.byteLength;
      dropped += 1;
    }
    if (dropped > 0) this.#chunks.splice(0, dropped);
  }
}

/** Bytes of the record there; throws when it is cut off. */
function recordBytesAt(view: DataView, at: number): number {
  const leftBytes = view.byteLength - at;
  if (leftBytes < headBytes) throw new LogFrameError('A log record is cut off in its head');
  const recordBytes = headBytes + view.getUint32(at + 9);
  if (leftBytes < recordBytes) throw new LogFrameError('A log record is cut off in its text');
  return recordBytes;
}

/** Where a line's record begins in its chunk. */
function offsetIn(chunk: Chunk, number: number): number | undefined {
  const index = number - chunk.firstLine;
  return index < 0 || index >= chunk.lines ? undefined : chunk.offsets[index];
}

/** Writes the source into the records from `fromBytes` on. */
function tag(chunk: Chunk, fromBytes: number, source: number): void {
  for (let index = chunk.lines - 1; index >= 0; index--) {
    const offset = chunk.offsets[index] ?? 0;
    if (offset < fromBytes) return;
    chunk.bytes[offset] = ((chunk.bytes[offset] ?? 1) & 3) | (source << 2);
  }
}
