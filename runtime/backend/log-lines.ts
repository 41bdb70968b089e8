// Lines out of a container's log: the time in front of each is read and taken off, the bytes become valid UTF-8 once.
// A line of more than 1 MiB is cut there with a mark; what follows up to its end is dropped.
import { isUtf8 } from 'node:buffer';

/** One line without its end. `timeMs` is 0 when the engine gave none. */
export type LineListener = (stream: 1 | 2, timeMs: number, line: Buffer) => void;

const maxLineBytes = 1024 * 1024;
const cutMark = Buffer.from(' … [line cut at 1 MiB]');
const newline = 0x0a;
const carriageReturn = 0x0d;

/** Puts the lines of one of a container's two streams together. */
export class LogLines {
  readonly #stream: 1 | 2;
  readonly #listener: LineListener;
  readonly #clock = new TimestampReader();
  #parts: Buffer[] = [];
  #bytes = 0;
  /** The line was cut: skip to its end. */
  #skipping = false;

  constructor(stream: 1 | 2, listener: LineListener) {
    this.#stream = stream;
    this.#listener = listener;
  }

  /**
   * Takes bytes. `messageStart`: a log message begins here. Docker splits lines of more than 16 KiB into several messages
   * and puts the time in front of each, so the time of one that continues a line is dropped.
   */
  push(piece: Buffer, messageStart: boolean): void {
    let at = messageStart && this.#bytes > 0 ? this.#clock.read(piece) : 0;
    while (at < piece.length) {
      const end = piece.indexOf(newline, at);
      const stop = end < 0 ? piece.length : end;
      if (!this.#skipping) this.#append(piece.subarray(at, stop));
      if (end >= 0) {
        if (this.#skipping) this.#skipping = false;
        else this.#emit(undefined);
      }
      at = stop + 1;
    }
  }

  /** The log ended: a last line without an end is one too. */
  end(): void {
    if (this.#bytes > 0) this.#emit(undefined);
    this.#skipping = false;
  }

  #append(bytes: Buffer): void {
    const room = maxLineBytes - this.#bytes;
    if (bytes.length > room) {
      this.#parts.push(bytes.subarray(0, room));
      this.#emit(cutMark);
      this.#skipping = true;
    } else if (bytes.length > 0) {
      this.#parts.push(bytes);
      this.#bytes += bytes.length;
    }
  }

  #emit(mark: Buffer | undefined): void {
    const only = this.#parts.length === 1 ? this.#parts[0] : undefined;
    const whole = only ?? Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    const from = this.#clock.read(whole);
    const to = whole.at(-1) === carriageReturn && from < whole.length ? whole.length - 1 : whole.length;
    const line = whole.subarray(from, to);
    const text = isUtf8(line) ? line : Buffer.from(line.toString('utf8'));
    this.#listener(
      this.#stream,
      from === 0 ? 0 : this.#clock.timeMs,
      mark === undefined ? text : Buffer.concat([text, mark]),
    );
  }
}

/** Reads RFC 3339 times at the beginning of lines; remembers the last second, since lines come in bursts. */
class TimestampReader {
  /** The time that was read last, ms since the epoch with its fraction. */
  timeMs = 0;
  #second = '';
  #secondMs = 0;

  /** How many bytes the time and the blank behind it take; 0 when the line begins with no time. */
  read(line: Buffer): number {
    // 2026-01-02T03:04:05 is the fixed part; then a fraction, a zone and one blank.
    if (line.length < 21 || line[4] !== 0x2d || line[10] !== 0x54 || line[13] !== 0x3a) return 0;
    const head = line.toString('latin1', 0, Math.min(line.length, 40));
    const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d) /.exec(head);
    if (match === null) return 0;
    const [all, second = '', fraction = '', zone = ''] = match;
    const key = second + zone;
    if (key !== this.#second) {
      const secondMs = Date.parse(key);
      if (Number.isNaN(secondMs)) return 0;
      this.#second = key;
      this.#secondMs = secondMs;
    }
    this.timeMs = this.#secondMs + (fraction === '' ? 0 : Number(fraction) * 1000);
    return all.length;
  }
}
