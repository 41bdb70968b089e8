// What the worker's compressor is tried with: made the same way each time, so that the compressed bytes can be known beforehand.
import { randomNumbers } from '../../fixtures/random-numbers.ts';

function noise(seed: number, length: number, symbols = 256): Buffer {
  const next = randomNumbers(seed);
  return Buffer.from(Uint8Array.from({ length }, () => next(symbols)));
}

/** Words of a small language, of which the shorter are the more frequent. */
function words(seed: number, length: number): Buffer {
  const next = randomNumbers(seed);
  const known = Array.from({ length: 900 }, (_, index) =>
    String.fromCharCode(...Array.from({ length: 2 + (index >> 7) }, () => 97 + next(26))),
  );
  let text = '';
  while (text.length < length) text += `${known[next(1 + next(known.length))] ?? ''} `;
  return Buffer.from(text.slice(0, length));
}

/** Mostly zeros, with a byte now and then. */
function sparse(seed: number, length: number, every: number): Buffer {
  const next = randomNumbers(seed);
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 1 + next(every)) bytes[at] = next(256);
  return bytes;
}

/** Makes `length` bytes at `at` those that are `distance` before. */
function repeated(bytes: Buffer, at: number, length: number, distance: number): Buffer {
  bytes.copyWithin(at, at - distance, at - distance + length);
  return bytes;
}

/** Pieces of all kinds, one behind the other; codes for it would have more bits than deflate allows. */
function mixed(seed: number): Buffer {
  const next = randomNumbers(seed);
  const bytes = Buffer.concat(
    Array.from({ length: 40 }, (_, index) => {
      const length = next(30_000);
      const kinds = [words, noise, (each: number, size: number) => sparse(each, size, 30)];
      return kinds[next(3)]?.(seed + index, length) ?? Buffer.alloc(length, 'ab');
    }),
  );
  for (let i = 0; i < 400; i++) {
    const distance = [32_768, 32_769, 4096, 4097, 1, 259][next(6)] ?? 1;
    repeated(bytes, distance + next(bytes.length - distance - 300), 3 + next(297), distance);
  }
  return bytes;
}

export interface GzipInput {
  readonly name: string;
  bytes(): Buffer;
  /** Where a file of the layer ends. */
  readonly cut?: number;
}

/** The one place where it can matter how the input is cut: exactly 262 bytes before the end of two windows. */
export const atTheEdge = (): Buffer => repeated(noise(21, 70_000), 65_274, 8, 32_600);

export const gzipInputs: readonly GzipInput[] = [
  { name: 'nothing', bytes: () => Buffer.alloc(0) },
  { name: 'one byte', bytes: () => Buffer.from('b') },
  { name: 'a line', bytes: () => Buffer.from('containers, containers everywhere\n') },
  { name: 'a run as long as a match', bytes: () => Buffer.alloc(259, 'x') },
  { name: 'zeros', bytes: () => Buffer.alloc(1_000_001) },
  { name: 'noise', bytes: () => noise(1, 200_003) },
  { name: 'noise of 64 symbols without a match', bytes: () => noise(2, 1500, 64) },
  { name: 'noise of 5 symbols', bytes: () => noise(3, 300_000, 5) },
  { name: 'words', bytes: () => words(4, 700_000) },
  { name: 'words as long as two windows', bytes: () => words(5, 65_536) },
  { name: 'few bytes among zeros', bytes: () => sparse(6, 900_000, 60) },
  {
    name: 'every byte in turn',
    bytes: () => Buffer.from(Uint8Array.from({ length: 100_000 }, (_, i) => i * 7)),
  },
  { name: 'matches at the limits', bytes: () => mixed(8) },
  { name: 'more than 16 MiB', bytes: () => sparse(9, 17 << 20, 900) },
  { name: 'the edge of a window', bytes: atTheEdge },
  { name: 'the edge of a window, where a file ends', bytes: atTheEdge, cut: 65_535 },
];
