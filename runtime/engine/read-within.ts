// A whole body, if it is not too long.
import type { Readable } from 'node:stream';

/** All bytes of a stream. Throws what `tooLong` makes as soon as there are more than `limitBytes`. */
export async function readWithin(
  stream: Readable,
  limitBytes: number,
  tooLong: () => Error,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limitBytes) throw tooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
