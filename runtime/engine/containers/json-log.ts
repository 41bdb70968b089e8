// Reads a container's json-file log: the last N lines by reading backwards, times, streams, and following it as it grows
// and rotates, woken by the file system and not by a timer.
import { open, stat, type FileHandle } from 'node:fs/promises';
import { watch } from 'node:fs';
import path from 'node:path';
import type { LogRequest } from '../services.ts';
import { frame, frameType } from '../helper/monitor-frames.ts';

const chunkBytes = 64 * 1024;
/** A record holds at most 16 KiB of text, which escaping can make six times longer; anything above is no record. */
const maxLineBytes = 1024 * 1024;
const newline = 10;

/** The log's container, as far as a reader needs to know it. */
export interface LogSource {
  /** The current file; older ones are `file.1`, `file.2`, ... */
  readonly file: string;
  readonly tty: boolean;
  /** Whether more may come. Asked before the file is read to its end. */
  isRunning(): boolean;
  /** Resolves when the container has ended, its log complete, or nobody wants to know any more. */
  whenEnded(signal: AbortSignal): Promise<void>;
}

/** A log as Docker sends it: frames, or the bare text with a TTY. */
export async function* readLog(
  source: LogSource,
  request: LogRequest,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const follow = request.follow && source.isRunning();
  const files = await existingFiles(source.file);
  const current = files.at(-1);
  const start = await tailStart(files, request.tail);
  for (let index = start.index; index < files.length; index += 1) {
    const file = files[index];
    if (file === undefined || (file === current && follow)) continue;
    const handle = await openFile(file);
    if (handle === undefined) continue;
    try {
      yield* records(handle, index === start.index ? start.offset : 0, source, request, signal);
    } finally {
      await handle.close();
    }
  }
  if (follow) yield* followLog(source, request, signal, start.index === files.length - 1 ? start.offset : 0);
}

async function* followLog(
  source: LogSource,
  request: LogRequest,
  signal: AbortSignal,
  offset: number,
): AsyncGenerator<Buffer> {
  const bell = new Bell();
  const ring = (): void => bell.ring();
  const watcher = watch(path.dirname(source.file), ring);
  watcher.on('error', ring);
  const over = new AbortController();
  signal.addEventListener('abort', ring, { once: true });
  void source.whenEnded(over.signal).then(ring);
  let handle = await openFile(source.file);
  let position = offset;
  try {
    while (!signal.aborted) {
      // In this order: what is written before the end of the container is read after it is known.
      const last = !source.isRunning();
      const heard = bell.heard;
      handle ??= await openFile(source.file);
      if (handle !== undefined) {
        for await (const part of parts(handle, position)) {
          position = part.end;
          const { bytes, beyond } = render(part.lines, source, request);
          if (bytes.length > 0) yield bytes;
          if (beyond || signal.aborted) return;
        }
        if (await wasReplaced(handle, source.file)) {
          await handle.close();
          handle = undefined;
          position = 0;
          continue;
        }
      }
      if (last) return;
      await bell.after(heard);
    }
  } finally {
    watcher.close();
    over.abort();
    signal.removeEventListener('abort', ring);
    await handle?.close();
  }
}

async function* records(
  handle: FileHandle,
  offset: number,
  source: LogSource,
  request: LogRequest,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  for await (const part of parts(handle, offset)) {
    if (signal.aborted) return;
    const { bytes, beyond } = render(part.lines, source, request);
    if (bytes.length > 0) yield bytes;
    if (beyond) return;
  }
}

/** Whole lines from `position` to the present end of the file; `end` is the place behind them. */
async function* parts(handle: FileHandle, position: number): AsyncGenerator<{ lines: Buffer; end: number }> {
  let rest: Buffer = Buffer.alloc(0);
  let at = position;
  for (;;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    const fresh = buffer.subarray(0, bytesRead);
    const bytes = rest.length === 0 ? fresh : Buffer.concat([rest, fresh]);
    const end = bytes.lastIndexOf(newline) + 1;
    rest = bytes.subarray(end);
    if (end > 0) yield { lines: bytes.subarray(0, end), end: at - rest.length };
    if (rest.length > maxLineBytes) rest = Buffer.alloc(0);
  }
}

/** The records of these lines that were asked for. `beyond`: the time `until` is passed. */
function render(lines: Buffer, source: LogSource, request: LogRequest): { bytes: Buffer; beyond: boolean } {
  const out: Buffer[] = [];
  let beyond = false;
  for (let from = 0; from < lines.length && !beyond;) {
    const to = lines.indexOf(newline, from);
    const record = parseRecord(lines.toString('utf8', from, to));
    from = to + 1;
    if (record === undefined) continue;
    if (request.since !== undefined || request.until !== undefined) {
      const time = parseTime(record.time);
      if (request.until !== undefined && time > request.until) beyond = true;
      if (beyond || (request.since !== undefined && time < request.since)) continue;
    }
    const isError = record.stream === 'stderr';
    if (isError ? !request.stderr : !request.stdout) continue;
    const text = Buffer.from(request.timestamps ? `${fullTime(record.time)} ${record.log}` : record.log);
    out.push(source.tty ? text : frame(isError ? frameType.stderr : frameType.stdout, text));
  }
  return { bytes: out.length === 1 && out[0] !== undefined ? out[0] : Buffer.concat(out), beyond };
}

interface LogRecord {
  readonly log: string;
  readonly stream: string;
  readonly time: string;
}

/** One line of the file; undefined for a torn one. */
function parseRecord(line: string): LogRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== 'object' || value === null) return undefined;
    const { log, stream, time } = value as Partial<Record<keyof LogRecord, unknown>>;
    if (typeof log !== 'string' || typeof stream !== 'string' || typeof time !== 'string') return undefined;
    return { log, stream, time };
  } catch {
    return undefined;
  }
}

/** An RFC 3339 time in nanoseconds since the epoch. */
export function parseTime(text: string): bigint {
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? '';
  const seconds = Date.parse(text.replace(/\.\d+/, ''));
  return (
    BigInt(Number.isNaN(seconds) ? 0 : seconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9))
  );
}

/** Docker prints all nine digits, so that columns line up. */
function fullTime(text: string): string {
  return text.replace(
    /(?:\.(\d+))?Z$/,
    (_, digits: string | undefined) => `.${(digits ?? '').padEnd(9, '0')}Z`,
  );
}

/** The log's files that are there, oldest first. */
async function existingFiles(file: string): Promise<string[]> {
  const files: string[] = [];
  for (let number = 1; ; number += 1) {
    const older = `${file}.${String(number)}`;
    if (!(await isThere(older))) break;
    files.unshift(older);
  }
  files.push(file);
  return files;
}

/** Where the last `tail` lines begin. */
async function tailStart(
  files: readonly string[],
  tail: number | undefined,
): Promise<{ index: number; offset: number }> {
  if (tail === undefined) return { index: 0, offset: 0 };
  let missing = tail;
  for (let index = files.length - 1; index >= 0; index -= 1) {
    const handle = await openFile(files[index] ?? '');
    if (handle === undefined) continue;
    try {
      const { size } = await handle.stat();
      const found = await backwards(handle, size, missing);
      if (found.offset !== undefined) return { index, offset: found.offset };
      missing -= found.lines;
    } finally {
      await handle.close();
    }
  }
  return { index: 0, offset: 0 };
}

/** Reads backwards for the beginning of the last `count` lines; undefined and their number when there are fewer. */
async function backwards(
  handle: FileHandle,
  size: number,
  count: number,
): Promise<{ offset: number | undefined; lines: number }> {
  if (count === 0) return { offset: size, lines: 0 };
  let lines = 0;
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let end = size; end > 0;) {
    const from = Math.max(0, end - chunkBytes);
    const { bytesRead } = await handle.read(buffer, 0, end - from, from);
    for (let at = bytesRead - 1; at >= 0; at -= 1) {
      if (buffer[at] !== newline) continue;
      if (lines === count) return { offset: from + at + 1, lines };
      lines += 1;
    }
    end = from;
  }
  return lines === count ? { offset: 0, lines } : { offset: undefined, lines };
}

async function wasReplaced(handle: FileHandle, file: string): Promise<boolean> {
  const [open, named] = await Promise.all([handle.stat(), stat(file).catch(() => undefined)]);
  return named !== undefined && named.ino !== open.ino;
}

async function openFile(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** Wakes one sleeper; a ring nobody slept through is remembered by its number. */
class Bell {
  heard = 0;
  #wake: (() => void) | undefined;

  ring(): void {
    this.heard += 1;
    this.#wake?.();
  }

  /** Resolves at the first ring after number `heard`. */
  async after(heard: number): Promise<void> {
    if (this.heard !== heard) return;
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
  }
}
