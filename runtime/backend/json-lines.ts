// Values out of a stream of JSON lines (events, progress), however the stream is cut into chunks.
import { StringDecoder } from 'node:string_decoder';

/** No engine writes a longer line; a longer one is an error, so that nothing grows without a bound. */
const maxLineLength = 4 * 1024 * 1024;

/** Collects lines and parses them. Throws SyntaxError for a line that is not JSON, RangeError for one without an end. */
export class JsonLines {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  /** The values that this chunk completes. */
  push(chunk: Buffer): unknown[] {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = lines.pop() ?? '';
    if (this.#rest.length > maxLineLength) throw new RangeError('A line of the stream is too long.');
    return parseLines(lines);
  }

  /** The value of a last line that had no end. */
  end(): unknown[] {
    const line = this.#rest + this.#decoder.end();
    this.#rest = '';
    return parseLines([line]);
  }
}

function parseLines(lines: readonly string[]): unknown[] {
  return lines.filter((line) => line.trim() !== '').map((line): unknown => JSON.parse(line));
}
