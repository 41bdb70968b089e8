// Records of the log stream (see contract/streams.ts), gathered for a few milliseconds or 64 KiB into one data frame.
import type { Disposable } from './disposable.ts';

const recordHeaderBytes = 13;
const batchBytes = 64 * 1024;
const batchMs = 5;
/** Up to here a loop copies faster than the runtime's call. */
const longLineBytes = 256;

/** Gathers records; gives out whole frames, which the receiver may keep. */
export class RecordBatch implements Disposable {
  readonly #send: (frame: Uint8Array) => void;
  readonly #buffer = Buffer.alloc(batchBytes);
  #filledBytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (frame: Uint8Array) => void) {
    this.#send = send;
  }

  /** Adds one line, valid UTF-8 without its end: the bytes from `from` to `to`. */
  add(stream: 1 | 2, timeMs: number, bytes: Buffer, from: number, to: number): void {
    const length = recordHeaderBytes + to - from;
    if (this.#filledBytes + length > batchBytes) this.flush();
    if (length > batchBytes) {
      const frame = Buffer.alloc(length);
      writeRecord(frame, 0, stream, timeMs, bytes, from, to);
      this.#send(frame);
      return;
    }
    writeRecord(this.#buffer, this.#filledBytes, stream, timeMs, bytes, from, to);
    this.#filledBytes += length;
    this.#timer ??= setTimeout(() => this.flush(), batchMs);
  }

  /** Sends what was gathered. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#filledBytes === 0) return;
    const frame = Buffer.from(this.#buffer.subarray(0, this.#filledBytes));
    this.#filledBytes = 0;
    this.#send(frame);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#filledBytes = 0;
  }
}

function writeRecord(
  target: Buffer,
  at: number,
  stream: 1 | 2,
  timeMs: number,
  bytes: Buffer,
  from: number,
  to: number,
): void {
  target.writeUInt8(stream, at);
  target.writeDoubleBE(timeMs, at + 1);
  target.writeUInt32BE(to - from, at + 9);
  let next = at + recordHeaderBytes;
  if (to - from > longLineBytes) bytes.copy(target, next, from, to);
  else for (let index = from; index < to; index += 1) target[next++] = bytes[index] ?? 0;
}
