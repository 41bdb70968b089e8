// From the records of a log's file to what a client is sent. Nearly every record of a json-file is written in one form by our
// monitor and by Docker, and its bytes go over without becoming strings and objects between; any other is parsed.
import { isUtf8 } from 'node:buffer';
import { frameType } from '../helper/monitor-frames.ts';
import type { LogRequest } from '../services.ts';
import { formatAttributes, formatTime, parseRecord, parseTime, type LogFormat } from './log-record.ts';

const newline = 0x0a;
const quote = 0x22;
const backslash = 0x5c;
const dot = 0x2e;
const zero = 0x30;
const headerBytes = 8;
const secondBytes = '2026-01-02T03:04:05'.length;
const nanosecondDigits = 9;
/** `2026-01-02T03:04:05.000000000Z ` */
const timestampBytes = secondBytes + nanosecondDigits + 3;

const beforeText = Buffer.from('{"log":"');
const stdoutTail = Buffer.from('","stream":"stdout","time":"');
const stderrTail = Buffer.from('","stream":"stderr","time":"');
const recordEnd = Buffer.from('Z"}');

/** Above this a copy by the runtime is faster than a loop. */
const longRunBytes = 256;

/** What a renderer needs to know of the log. */
export interface RenderedLog {
  readonly format: LogFormat;
  /** Bare text instead of frames. */
  readonly tty: boolean;
}

/** Renders the records of one log that one client asked for. */
export class LogRenderer {
  /** The time `until` was passed: nothing more is wanted. */
  beyond = false;
  readonly #log: RenderedLog;
  readonly #request: LogRequest;
  readonly #second = new SecondReader();
  #out = Buffer.alloc(0);
  #used = 0;

  constructor(log: RenderedLog, request: LogRequest) {
    this.#log = log;
    this.#request = request;
  }

  /** Whole lines of the file to what is sent of them, which the caller may keep. */
  render(wholeLines: Buffer): Buffer {
    // JSON is text; the other format has the bytes as they were written.
    const isJson = this.#log.format === 'json-file';
    const lines = !isJson || isUtf8(wholeLines) ? wholeLines : Buffer.from(wholeLines.toString('utf8'));
    const quick = isJson && !this.#request.details;
    // What is sent of a quick record is shorter than the record.
    this.#out = Buffer.allocUnsafe(lines.length);
    this.#used = 0;
    for (let from = 0; from < lines.length && !this.beyond;) {
      const found = lines.indexOf(newline, from);
      const to = found < 0 ? lines.length : found;
      if (!quick || !this.#renderQuickly(lines, from, to))
        this.#renderParsed(lines.subarray(from, to), lines.length - to);
      from = to + 1;
    }
    return this.#out.subarray(0, this.#used);
  }

  /** A record of the usual form; false when it is of another. */
  #renderQuickly(lines: Buffer, from: number, to: number): boolean {
    const timeEnd = to - recordEnd.length;
    const textAt = from + beforeText.length;
    if (timeEnd <= textAt || !matches(lines, textAt - beforeText.length, beforeText)) return false;
    if (!matches(lines, timeEnd, recordEnd)) return false;
    let timeAt = timeEnd;
    while (timeAt > textAt && lines[timeAt - 1] !== quote) timeAt -= 1;
    const textEnd = timeAt - stdoutTail.length;
    if (textEnd < textAt) return false;
    const isError = matches(lines, textEnd, stderrTail);
    if (!isError && !matches(lines, textEnd, stdoutTail)) return false;
    if (!this.#second.read(lines, timeAt, timeEnd)) return false;

    const escape = lines.indexOf(backslash, textAt);
    const hasEscape = escape >= 0 && escape < textEnd;
    const endsOnly = hasEscape && escape === textEnd - 2 && lines[escape + 1] === 0x6e;
    const plainEnd = endsOnly ? escape : textEnd;
    if (hasEscape && !endsOnly) {
      const text = unescaped(lines.toString('utf8', textAt - 1, textEnd + 1));
      if (text === undefined) return false;
      if (!this.#wanted(isError)) return true;
      this.#begin(isError, text.length);
      this.#used += text.copy(this.#out, this.#used);
      return true;
    }
    if (lines.indexOf(quote, textAt) !== textEnd) return false;
    if (!this.#wanted(isError)) return true;
    this.#begin(isError, plainEnd - textAt + (endsOnly ? 1 : 0));
    this.#copy(lines, textAt, plainEnd);
    if (endsOnly) this.#out[this.#used++] = newline;
    return true;
  }

  /** Short runs byte by byte: a call costs more. */
  #copy(lines: Buffer, from: number, to: number): void {
    const out = this.#out;
    let used = this.#used;
    if (to - from > longRunBytes) used += lines.copy(out, used, from, to);
    else for (let at = from; at < to; at += 1) out[used++] = lines[at] ?? 0;
    this.#used = used;
  }

  /** Whether a record with the time that was just read is asked for. */
  #wanted(isError: boolean): boolean {
    const { since, until, stdout, stderr } = this.#request;
    if (since !== undefined || until !== undefined) {
      const timeNs = this.#second.timeNs();
      if (until !== undefined && timeNs > until) this.beyond = true;
      if (this.beyond || (since !== undefined && timeNs < since)) return false;
    }
    return isError ? stderr : stdout;
  }

  /** Writes what stands before a quick record's text. */
  #begin(isError: boolean, textBytes: number): void {
    const { timestamps } = this.#request;
    if (!this.#log.tty) this.#writeHeader(isError, textBytes + (timestamps ? timestampBytes : 0));
    if (timestamps) this.#used = this.#second.write(this.#out, this.#used);
  }

  #writeHeader(isError: boolean, bytes: number): void {
    const out = this.#out;
    const at = this.#used;
    out[at] = isError ? frameType.stderr : frameType.stdout;
    out[at + 1] = out[at + 2] = out[at + 3] = 0;
    out[at + 4] = bytes >>> 24;
    out[at + 5] = bytes >>> 16;
    out[at + 6] = bytes >>> 8;
    out[at + 7] = bytes;
    this.#used = at + headerBytes;
  }

  /** Any record, or none. `restBytes` of the lines come after it. */
  #renderParsed(line: Buffer, restBytes: number): void {
    const { since, until, stdout, stderr, timestamps, details } = this.#request;
    const record = parseRecord(this.#log.format, line);
    if (record === undefined) return;
    if (until !== undefined && record.timeNs() > until) this.beyond = true;
    if (this.beyond || (since !== undefined && record.timeNs() < since)) return;
    if (record.isError ? !stderr : !stdout) return;
    let head = timestamps ? `${formatTime(record.timeNs())} ` : '';
    if (details) head += `${formatAttributes(record.attributes)} `;
    const headBytes = Buffer.byteLength(head);
    this.#makeRoom(headerBytes + headBytes + record.text.length + restBytes);
    if (!this.#log.tty) this.#writeHeader(record.isError, headBytes + record.text.length);
    this.#used += this.#out.write(head, this.#used);
    this.#used += record.text.copy(this.#out, this.#used);
  }

  #makeRoom(bytes: number): void {
    if (this.#out.length - this.#used >= bytes) return;
    const grown = Buffer.allocUnsafe(this.#used + 2 * bytes);
    this.#out.copy(grown, 0, 0, this.#used);
    this.#out = grown;
  }
}

/** The text of a JSON string, quotes included; undefined when it is none. */
function unescaped(json: string): Buffer | undefined {
  try {
    const text: unknown = JSON.parse(json);
    return typeof text === 'string' ? Buffer.from(text) : undefined;
  } catch {
    return undefined;
  }
}

function matches(bytes: Buffer, at: number, expected: Buffer): boolean {
  for (let index = 0; index < expected.length; index += 1)
    if (bytes[at + index] !== expected[index]) return false;
  return true;
}

/** Reads times of the form `2026-01-02T03:04:05.000000001`, of which many in a row have the same second. */
class SecondReader {
  readonly #second = Buffer.alloc(secondBytes);
  readonly #fraction = Buffer.alloc(nanosecondDigits, zero);
  #secondNs = 0n;
  #known = false;

  /** False when there is no such time. */
  read(bytes: Buffer, from: number, to: number): boolean {
    const digits = to - from - secondBytes - 1;
    if (digits !== -1 && (digits < 1 || digits > nanosecondDigits || bytes[from + secondBytes] !== dot))
      return false;
    if (!(this.#known && matches(bytes, from, this.#second)) && !this.#readSecond(bytes, from)) return false;
    for (let at = 0; at < nanosecondDigits; at += 1) {
      const digit = at < digits ? (bytes[from + secondBytes + 1 + at] ?? 0) : zero;
      if (digit < zero || digit > zero + 9) return false;
      this.#fraction[at] = digit;
    }
    return true;
  }

  timeNs(): bigint {
    return this.#secondNs + BigInt(this.#fraction.toString('latin1'));
  }

  /** Writes the time as clients are sent it, with a blank; returns where it ends. */
  write(target: Buffer, at: number): number {
    let to = at;
    for (let index = 0; index < secondBytes; index += 1) target[to++] = this.#second[index] ?? zero;
    target[to++] = dot;
    for (let index = 0; index < nanosecondDigits; index += 1) target[to++] = this.#fraction[index] ?? zero;
    target[to++] = 0x5a;
    target[to++] = 0x20;
    return to;
  }

  #readSecond(bytes: Buffer, from: number): boolean {
    const text = bytes.toString('latin1', from, from + secondBytes);
    this.#known = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text) && !Number.isNaN(Date.parse(`${text}Z`));
    if (!this.#known) return false;
    this.#second.write(text, 'latin1');
    this.#secondNs = parseTime(`${text}Z`);
    return true;
  }
}
