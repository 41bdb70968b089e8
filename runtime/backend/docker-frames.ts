// Docker's multiplexed stream: frames of 8 header bytes (stream, 0, 0, 0, length u32 BE) and a payload, cut anywhere by
// the transport. Pieces come out the same however it was cut: a frame's payload as a whole, or in pieces of 1 MiB.
// https://docs.docker.com/reference/api/engine/version/v1.51/#tag/Container/operation/ContainerAttach

const headerBytes = 8;
const maxPieceBytes = 1024 * 1024;

/** A piece of one frame's payload: the bytes from `from` to `to`. `first` marks the piece that a frame begins with. */
export type PieceListener = (stream: 1 | 2, bytes: Buffer, from: number, to: number, first: boolean) => void;

/** Takes chunks, gives pieces. Throws when the bytes are no frames; it is of no use afterwards. */
export class FrameReader {
  readonly #listener: PieceListener;
  readonly #header = Buffer.alloc(headerBytes);
  #headerFilled = 0;
  #stream: 1 | 2 = 1;
  /** Payload bytes of the frame that are not yet given out, and of them those the next piece has. */
  #frameLeft = 0;
  #pieceLeft = 0;
  #first = true;
  #parts: Buffer[] = [];

  constructor(listener: PieceListener) {
    this.#listener = listener;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#frameLeft === 0) {
        const take = Math.min(headerBytes - this.#headerFilled, chunk.length - at);
        chunk.copy(this.#header, this.#headerFilled, at, at + take);
        this.#headerFilled += take;
        at += take;
        if (this.#headerFilled === headerBytes) this.#beginFrame();
      } else {
        const end = Math.min(chunk.length, at + this.#pieceLeft);
        this.#takePart(chunk, at, end);
        at = end;
      }
    }
  }

  #beginFrame(): void {
    this.#headerFilled = 0;
    const kind = this.#header.readUInt8(0);
    if (kind > 3 || this.#header.readUIntBE(1, 3) !== 0) {
      throw new Error("The engine's stream is not made of frames.");
    }
    // 0 is an echo of the input, 3 an error of the engine itself.
    this.#stream = kind >= 2 ? 2 : 1;
    this.#frameLeft = this.#header.readUInt32BE(4);
    this.#pieceLeft = Math.min(this.#frameLeft, maxPieceBytes);
    this.#first = true;
  }

  #takePart(chunk: Buffer, from: number, to: number): void {
    this.#pieceLeft -= to - from;
    this.#frameLeft -= to - from;
    if (this.#pieceLeft > 0) {
      this.#parts.push(chunk.subarray(from, to));
      return;
    }
    this.#pieceLeft = Math.min(this.#frameLeft, maxPieceBytes);
    const first = this.#first;
    this.#first = false;
    if (this.#parts.length === 0) {
      this.#listener(this.#stream, chunk, from, to, first);
      return;
    }
    const piece = Buffer.concat([...this.#parts, chunk.subarray(from, to)]);
    this.#parts = [];
    this.#listener(this.#stream, piece, 0, piece.length, first);
  }
}
