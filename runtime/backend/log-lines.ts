// Lines out of a container's log: the time in front of each is read and taken off, the bytes become valid UTF-8 once.
// A line of more than 1 MiB is cut there with a mark; what follows up to its end is dropped.
import { isUtf8 } from 'node:buffer';

/** One line without its end: the bytes from `from` to `to`. `timeMs` is 0 when the engine gave none. */
export type LineListener = (stream: 1 | 2, timeMs: number, bytes: Buffer, from: number, to: number) => void;

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

  /** The time that was read last, ms since the epoch; 0 before the first. */
  get latestMs(): number {
    return this.#clock.timeMs;
  }

  /**
   * Takes the bytes from `from` to `to`. `messageStart`: a log message begins here. Docker splits lines of more than 16 KiB into several messages
   * and puts the time in front of each, so the time of one that continues a line is dropped.
   */
  push(bytes: Buffer, from: number, to: number, messageStart: boolean): void {
    let at = from + (messageStart && this.#bytes > 0 ? this.#clock.read(bytes, from, to) : 0);
    while (at < to) {
      const found = bytes.indexOf(newline, at);
      const ends = found >= 0 && found < to;
      const stop = ends ? found : to;
      const whole = ends && this.#bytes === 0 && stop - at <= maxLineBytes && !this.#skipping;
      // Most lines come in one piece: they are not copied.
      if (whole) this.#emit(bytes, at, stop, undefined);
      else {
        if (!this.#skipping) this.#append(bytes.subarray(at, stop));
        if (ends) this.#endLine();
      }
      at = stop + 1;
    }
  }

  /** The log ended: a last line without an end is one too. */
  end(): void {
    if (this.#bytes > 0) this.#endLine();
    this.#skipping = false;
  }

  #append(bytes: Buffer): void {
    const room = maxLineBytes - this.#bytes;
    this.#parts.push(bytes.subarray(0, room));
    this.#bytes += Math.min(bytes.length, room);
    if (bytes.length > room) {
      this.#emitParts(cutMark);
      this.#skipping = true;
    }
  }

  #endLine(): void {
    if (this.#skipping) this.#skipping = false;
    else this.#emitParts(undefined);
  }

  #emitParts(mark: Buffer | undefined): void {
    const line = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    this.#emit(line, 0, line.length, mark);
  }

  #emit(bytes: Buffer, begin: number, end: number, mark: Buffer | undefined): void {
    const timeBytes = this.#clock.read(bytes, begin, end);
    const from = begin + timeBytes;
    const to = end > from && bytes[end - 1] === carriageReturn ? end - 1 : end;
    const timeMs = timeBytes === 0 ? 0 : this.#clock.timeMs;
    if (mark === undefined && isAscii(bytes, from, to)) {
      this.#listener(this.#stream, timeMs, bytes, from, to);
      return;
    }
    const line = bytes.subarray(from, to);
    const valid = isUtf8(line) ? line : Buffer.from(line.toString('utf8'));
    const text = mark === undefined ? valid : Buffer.concat([valid, mark]);
    this.#listener(this.#stream, timeMs, text, 0, text.length);
  }
}

/** Cheap, and most often true. */
function isAscii(bytes: Buffer, from: number, to: number): boolean {
  let bits = 0;
  for (let at = from; at < to; at += 1) bits |= bytes[at] ?? 0;
  return bits < 0x80;
}

const zero = 0x30;
const secondBytes = '2026-01-02T03:04:05'.length;

/** Reads RFC 3339 times at the beginning of lines; remembers the last second, since lines come in bursts. */
class TimestampReader {
  /** The time that was read last, ms since the epoch with its fraction. */
  timeMs = 0;
  readonly #second = Buffer.alloc(secondBytes);
  #secondMs = 0;

  /** How many bytes the time and the blank behind it take from `begin` on; 0 when the line begins with no time. */
  read(bytes: Buffer, begin: number, end: number): number {
    if (end - begin <= secondBytes + 1 || bytes[begin + 4] !== 0x2d || bytes[begin + 10] !== 0x54) return 0;
    return this.#readWithinSecond(bytes, begin, end) || this.#readAny(bytes, begin, end);
  }

  /** The usual case without making strings: `.123456789Z ` within the second of the line before. */
  #readWithinSecond(bytes: Buffer, begin: number, end: number): number {
    if (this.#secondMs === 0 || bytes[begin + secondBytes] !== 0x2e) return 0;
    for (let at = secondBytes - 1; at >= 0; at -= 1) if (bytes[begin + at] !== this.#second[at]) return 0;
    let fraction = 0;
    let scale = 1000;
    let at = begin + secondBytes + 1;
    for (; at < begin + secondBytes + 10; at += 1) {
      const digit = (bytes[at] ?? 0) - zero;
      if (digit < 0 || digit > 9) break;
      scale /= 10;
      fraction = fraction * 10 + digit;
    }
    if (scale === 1000 || at + 1 >= end || bytes[at] !== 0x5a || bytes[at + 1] !== 0x20) return 0;
    this.timeMs = this.#secondMs + fraction * scale;
    return at + 2 - begin;
  }

  #readAny(bytes: Buffer, begin: number, end: number): number {
    const head = bytes.toString('latin1', begin, Math.min(end, begin + 40));
    const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?(Z|[+-]\d\d:\d\d) /.exec(head);
    if (match === null) return 0;
    const [all, second = '', fraction = '', zone = ''] = match;
    const secondMs = Date.parse(second + zone);
    if (Number.isNaN(secondMs)) return 0;
    if (zone === 'Z') {
      bytes.copy(this.#second, 0, begin, begin + secondBytes);
      this.#secondMs = secondMs;
    }
    this.timeMs = secondMs + (fraction === '' ? 0 : Number(fraction) * 1000);
    return all.length;
  }
}
