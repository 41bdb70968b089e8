// Reads a container's log as Docker sends it: the last lines, times, streams, and following it as it grows and rotates, woken
// by the file system and not by a timer. The reader never holds up who writes.
import { stat } from 'node:fs/promises';
import { watch } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogRequest } from '../services.ts';
import { closeLogFiles, openLogFiles, placeOfTail, placeOfTime, type LogFile } from './log-file.ts';
import { LogRenderer, type RenderedLog } from './log-renderer.ts';

/** A follower that found so much at once rests so long before it looks again. */
const floodBytes = 32 * 1024;
const floodRestMs = 5;

/** The log's container, as far as a reader needs to know it. */
export interface LogSource extends RenderedLog {
  /** The current file; older ones are `file.1`, `file.2.gz`, ... */
  readonly file: string;
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
  if (request.follow && source.isRunning()) {
    yield* followLog(source, request, signal);
    return;
  }
  const reader = await LogReader.open(source, request);
  try {
    yield* reader.read(signal);
  } finally {
    await reader.close();
  }
}

async function* followLog(
  source: LogSource,
  request: LogRequest,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const bell = new Bell();
  const ring = (): void => bell.ring();
  const watcher = watch(path.dirname(source.file), ring);
  watcher.on('error', ring);
  const over = new AbortController();
  signal.addEventListener('abort', ring, { once: true });
  void source.whenEnded(over.signal).then(ring);
  let reader: LogReader | undefined;
  try {
    reader = await LogReader.open(source, request);
    while (!signal.aborted && !reader.beyond) {
      // In this order: what is written before the end of the container is read after it is known.
      const last = !source.isRunning();
      const heard = bell.heard;
      const burstBytes = yield* reader.read(signal);
      if (await reader.renew()) continue;
      if (last) return;
      // Of a flood much is read at a time: each waking costs as much as many lines.
      if (burstBytes > floodBytes) await sleep(floodRestMs);
      await bell.after(heard);
    }
  } finally {
    watcher.close();
    over.abort();
    signal.removeEventListener('abort', ring);
    await reader?.close();
  }
}

/** The files of a log that are still to be read, and how far the first of them was. */
class LogReader {
  readonly #source: LogSource;
  readonly #renderer: LogRenderer;
  #files: LogFile[];
  #position = 0;

  private constructor(source: LogSource, request: LogRequest, files: LogFile[]) {
    this.#source = source;
    this.#renderer = new LogRenderer(source, request);
    this.#files = files;
  }

  /** The time `until` was passed: nothing more is wanted. */
  get beyond(): boolean {
    return this.#renderer.beyond;
  }

  /** Opens a log where the request begins. */
  static async open(source: LogSource, request: LogRequest): Promise<LogReader> {
    const files = await openLogFiles(source.file);
    const reader = new LogReader(source, request, files);
    try {
      const { tail, since } = request;
      if (tail === undefined && since === undefined) return reader;
      const place =
        tail === undefined
          ? await placeOfTime(files, source.format, since ?? 0n)
          : await placeOfTail(files, tail);
      reader.#position = place.offset;
      await closeLogFiles(files.splice(0, place.file));
      return reader;
    } catch (error) {
      await reader.close();
      throw error;
    }
  }

  /** What is wanted of all that is there now; stays at the end of the newest file. Returns how much there was. */
  async *read(signal: AbortSignal): AsyncGenerator<Buffer, number> {
    let readBytes = 0;
    for (;;) {
      const [file] = this.#files;
      if (file === undefined) return readBytes;
      for await (const part of file.parts(this.#position)) {
        this.#position = part.end;
        readBytes += part.lines.length;
        const bytes = this.#renderer.render(part.lines);
        if (bytes.length > 0) yield bytes;
        if (this.beyond || signal.aborted) return readBytes;
      }
      if (this.#files.length <= 1) return readBytes;
      this.#files.shift();
      this.#position = 0;
      await file.handle.close();
    }
  }

  /** Opens the files that came after the newest; false when there are none. */
  async renew(): Promise<boolean> {
    const [old] = this.#files;
    const named = await stat(this.#source.file).catch(() => undefined);
    if (named === undefined) return false;
    if (named.ino === old?.inode) {
      // Emptied, because there may be only one, or by hand.
      if (named.size >= this.#position) return false;
      this.#position = 0;
      return true;
    }
    const files = await openLogFiles(this.#source.file);
    const known = old === undefined ? -1 : await indexOfSame(files, old);
    const [first, ...passed] = files.splice(0, known + 1).reverse();
    if (old !== undefined && first !== undefined) {
      // It may have been written to after we read it and before it was moved.
      files.unshift(old);
      await first.handle.close();
    } else {
      await old?.handle.close();
      this.#position = 0;
    }
    await closeLogFiles(passed);
    this.#files = files;
    return true;
  }

  async close(): Promise<void> {
    await closeLogFiles(this.#files);
    this.#files = [];
  }
}

/** Which of the files is this one, by its inode or, when it was compressed, by what it begins with; -1 when none is. */
async function indexOfSame(files: readonly LogFile[], old: LogFile): Promise<number> {
  const same = files.findIndex(({ inode }) => inode === old.inode);
  if (same >= 0) return same;
  const head = await old.head();
  for (let index = files.length - 1; index >= 0; index -= 1) {
    const file = files[index];
    if (file?.compressed === true && head.equals(await file.head())) return index;
  }
  return -1;
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
