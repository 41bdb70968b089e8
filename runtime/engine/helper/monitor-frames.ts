// The frames that engine and monitor exchange (helper protocol, section 2): Docker's eight byte header and a
// payload. Output frames have the very form Docker clients expect, so whole runs of them pass on as they came.

/** Frame types; see the helper protocol. */
export const frameType = {
  stdin: 0,
  stdout: 1,
  stderr: 2,
  stdinEof: 4,
  resize: 5,
  signal: 6,
  hello: 7,
  greeting: 8,
  exit: 9,
  go: 10,
  rotated: 11,
  outOfMemory: 12,
  targets: 13,
} as const;

/** Largest payload the monitor takes in one frame. */
export const maxClientPayloadBytes = 64 * 1024;
/** Largest payload that is taken from a monitor; output frames are half of it. */
const maxMonitorPayloadBytes = 64 * 1024;
const headerBytes = 8;

/** The header of a frame. */
export function frameHeader(type: number, payloadBytes: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  header[0] = type;
  header.writeUInt32BE(payloadBytes, 4);
  return header;
}

/** A whole frame. */
export function frame(type: number, payload: Uint8Array = new Uint8Array(0)): Buffer {
  return Buffer.concat([frameHeader(type, payload.length), payload]);
}

/** Who takes what a {@link FrameSplitter} finds. */
export interface FrameSink {
  /** Output: runs of whole or partial frames with their headers, or payload alone when `raw`. */
  output(bytes: Buffer): void;
  /** Any other frame, whole. */
  control(type: number, payload: Buffer): void;
}

/** Splits a byte stream into output (passed on without copying) and control frames. Throws on a frame that is too long. */
export class FrameSplitter {
  readonly #raw: boolean;
  readonly #sink: FrameSink;
  readonly #header = Buffer.alloc(headerBytes);
  #headerFill = 0;
  #inPayload = false;
  #type = 0;
  #remaining = 0;
  #parts: Buffer[] = [];

  constructor(raw: boolean, sink: FrameSink) {
    this.#raw = raw;
    this.#sink = sink;
  }

  /** Takes the next bytes of the stream. */
  push(chunk: Buffer): void {
    let position = 0;
    let runStart = -1;
    const flush = (): void => {
      if (runStart >= 0 && position > runStart) this.#sink.output(chunk.subarray(runStart, position));
      runStart = -1;
    };
    while (position < chunk.length) {
      if (!this.#inPayload) {
        if (this.#headerFill === 0 && chunk.length - position >= headerBytes) {
          this.#begin(chunk, position);
          if (!this.#isOutput() || this.#raw) flush();
          else if (runStart < 0) runStart = position;
          position += headerBytes;
        } else {
          flush();
          const taken = Math.min(headerBytes - this.#headerFill, chunk.length - position);
          chunk.copy(this.#header, this.#headerFill, position, position + taken);
          this.#headerFill += taken;
          position += taken;
          if (this.#headerFill < headerBytes) break;
          this.#begin(this.#header, 0);
          if (this.#isOutput() && !this.#raw) this.#sink.output(Buffer.from(this.#header));
        }
      }
      const taken = Math.min(this.#remaining, chunk.length - position);
      if (this.#isOutput()) {
        if (runStart < 0) runStart = position;
      } else if (taken > 0) {
        this.#parts.push(chunk.subarray(position, position + taken));
      }
      position += taken;
      this.#remaining -= taken;
      if (this.#remaining === 0) this.#end();
    }
    flush();
  }

  #isOutput(): boolean {
    return this.#type === frameType.stdout || this.#type === frameType.stderr;
  }

  #begin(bytes: Buffer, at: number): void {
    this.#type = bytes.readUInt8(at);
    this.#remaining = bytes.readUInt32BE(at + 4);
    if (this.#remaining > maxMonitorPayloadBytes) {
      throw new Error(
        `a frame of type ${String(this.#type)} with ${String(this.#remaining)} bytes is too long`,
      );
    }
    this.#inPayload = true;
    this.#headerFill = 0;
  }

  #end(): void {
    this.#inPayload = false;
    if (this.#isOutput()) return;
    const payload = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#sink.control(this.#type, payload);
  }
}
