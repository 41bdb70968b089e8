// The files of one log: the current one and the older ones, some of them compressed, and where in them to begin. The monitor
// may give them other numbers at any moment, so they are opened together and known by what they are, not by their names.
import { open, readdir, readFile, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { recordTime, type LogFormat } from './log-record.ts';

const chunkBytes = 64 * 1024;
const largeChunkBytes = 4 * chunkBytes;
/** A record holds at most 16 KiB of text, which escaping can make six times longer, and its attributes; anything above is no record. */
const maxLineBytes = 1024 * 1024;
const newline = 10;
const indexEntryBytes = 16;
const openAttempts = 50;

/** Whole lines, and the place in the file behind them. */
export interface LogPart {
  readonly lines: Buffer;
  readonly end: number;
}

/** Where to begin: the index of a file and an offset in its plain text. */
export interface LogPlace {
  readonly file: number;
  readonly offset: number;
}

/** One open file of a log. */
export class LogFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly inode: number;
  readonly compressed: boolean;

  constructor(path: string, handle: FileHandle, inode: number, compressed: boolean) {
    this.path = path;
    this.handle = handle;
    this.inode = inode;
    this.compressed = compressed;
  }

  /** Its bytes from `position` to its present end. */
  async *#bytes(position: number): AsyncGenerator<Buffer> {
    if (this.compressed) {
      const plain = this.handle.createReadStream({ start: 0, autoClose: false }).pipe(createGunzip());
      let skip = position;
      for await (const chunk of plain as AsyncIterable<Buffer>) {
        if (chunk.length > skip) yield chunk.subarray(skip);
        skip = Math.max(0, skip - chunk.length);
      }
      return;
    }
    // Most often there is little more; where there was much there may be as much again.
    let room = chunkBytes;
    for (let at = position; ;) {
      const { bytesRead, buffer } = await this.handle.read(Buffer.allocUnsafe(room), 0, room, at);
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      if (bytesRead < room) return;
      at += bytesRead;
      room = largeChunkBytes;
    }
  }

  /** Whole lines from `position` on. */
  async *parts(position: number): AsyncGenerator<LogPart> {
    let rest: Buffer = Buffer.alloc(0);
    let at = position;
    for await (const fresh of this.#bytes(position)) {
      at += fresh.length;
      const bytes = rest.length === 0 ? fresh : Buffer.concat([rest, fresh]);
      const end = bytes.lastIndexOf(newline) + 1;
      rest = bytes.subarray(end);
      if (end > 0) yield { lines: bytes.subarray(0, end), end: at - rest.length };
      if (rest.length > maxLineBytes) rest = Buffer.alloc(0);
    }
  }

  /** The first bytes: what tells one file from another. */
  async head(): Promise<Buffer> {
    const found: Buffer[] = [];
    let length = 0;
    for await (const chunk of this.#bytes(0)) {
      found.push(chunk);
      length += chunk.length;
      if (length >= chunkBytes) break;
    }
    return Buffer.concat(found).subarray(0, chunkBytes);
  }

  /** The time of the first record; undefined in an empty file. */
  async firstTime(format: LogFormat): Promise<bigint | undefined> {
    for await (const { lines } of this.parts(0))
      return recordTime(format, lines.subarray(0, lines.indexOf(newline)));
    return undefined;
  }

  /** Where the last `count` lines begin; their number alone when there are fewer. */
  async lastLines(count: number): Promise<{ readonly offset: number | undefined; readonly lines: number }> {
    return this.compressed ? await this.#lastLinesForward(count) : await this.#lastLinesBackward(count);
  }

  async #lastLinesForward(count: number): Promise<{ offset: number | undefined; lines: number }> {
    let lines = 0;
    for await (const part of this.parts(0)) lines += countLines(part.lines);
    if (lines < count) return { offset: undefined, lines };
    let skip = lines - count;
    let offset = 0;
    for await (const part of this.parts(0)) {
      for (let at = 0; at < part.lines.length; skip -= 1) {
        if (skip === 0) return { offset: offset + at, lines: count };
        at = part.lines.indexOf(newline, at) + 1;
      }
      offset += part.lines.length;
    }
    return { offset, lines: count };
  }

  async #lastLinesBackward(count: number): Promise<{ offset: number | undefined; lines: number }> {
    const { size } = await this.handle.stat();
    if (count === 0) return { offset: size, lines: 0 };
    let lines = 0;
    const buffer = Buffer.allocUnsafe(chunkBytes);
    for (let end = size; end > 0;) {
      const from = Math.max(0, end - chunkBytes);
      const { bytesRead } = await this.handle.read(buffer, 0, end - from, from);
      const chunk = buffer.subarray(0, bytesRead);
      for (
        let at = chunk.lastIndexOf(newline);
        at >= 0;
        at = at === 0 ? -1 : chunk.lastIndexOf(newline, at - 1)
      ) {
        if (lines === count) return { offset: from + at + 1, lines };
        lines += 1;
      }
      end = from;
    }
    return lines === count ? { offset: 0, lines } : { offset: undefined, lines };
  }

  /** An offset before which nothing is as late as `since`; 0 when the index does not say. */
  async offsetBefore(since: bigint): Promise<number> {
    if (this.compressed) return 0;
    const index = await readFile(`${this.path}.idx`).catch(() => Buffer.alloc(0));
    const { size } = await this.handle.stat();
    let found = 0;
    for (let at = 0; at + indexEntryBytes <= index.length; at += indexEntryBytes) {
      const offset = Number(index.readBigUInt64LE(at));
      if (index.readBigUInt64LE(at + 8) >= since || offset <= found || offset > size) break;
      found = offset;
    }
    // The index may be another file's by now, or its file was emptied: a record begins behind a newline.
    const before = Buffer.alloc(1);
    if (found > 0) await this.handle.read(before, 0, 1, found - 1);
    return before[0] === newline ? found : 0;
  }
}

/** Opens all files of a log, oldest first. When they change meanwhile it is done again. */
export async function openLogFiles(current: string): Promise<LogFile[]> {
  for (let attempt = 1; ; attempt += 1) {
    const { files, whole } = await openOnce(current);
    if (whole || attempt === openAttempts) return files;
    await closeLogFiles(files);
    await sleep(2 * attempt);
  }
}

/** The newest is opened first: a rotation meanwhile shows a file twice, and hides none. */
async function openOnce(current: string): Promise<{ files: LogFile[]; whole: boolean }> {
  const files: LogFile[] = [];
  const take = async (file: string, compressed: boolean): Promise<boolean> => {
    const handle = await openFile(file);
    if (handle === undefined) return false;
    const { ino } = await handle.stat();
    if (files.some(({ inode }) => inode === ino)) await handle.close();
    else files.unshift(new LogFile(file, handle, ino, compressed));
    return true;
  };
  try {
    let whole = await take(current, false);
    let number = 1;
    // Files may move on while we come after them: what is missing is a gap as long as there are older ones.
    for (let oldest = await oldestNumber(current); ; number += 1) {
      const older = `${current}.${String(number)}`;
      if ((await take(older, false)) || (await take(`${older}.gz`, true))) continue;
      if (number > oldest) oldest = await oldestNumber(current);
      if (number > oldest) break;
      whole = false;
    }
    if (number === 1) whole = true;
    // Nothing was rotated or compressed meanwhile: then this is the log as it was at one moment.
    const named = await stat(current).catch(() => undefined);
    if (named?.ino !== files.at(-1)?.inode) whole = whole && named === undefined;
    for (const { compressed, handle } of files) {
      if (!compressed && (await handle.stat()).nlink === 0) whole = false;
    }
    await dropTwins(files);
    return { files, whole };
  } catch (error) {
    await closeLogFiles(files);
    throw error;
  }
}

async function oldestNumber(current: string): Promise<number> {
  const name = `${path.basename(current)}.`;
  const numbers = (await readdir(path.dirname(current)).catch(() => []))
    .filter((file) => file.startsWith(name))
    .map((file) => Number(/^(\d+)(?:\.gz)?$/.exec(file.slice(name.length))?.[1] ?? 0));
  return Math.max(0, ...numbers);
}

/** Drops the compressed twins of files that were compressed and moved after we had opened them: they have no name any more. */
async function dropTwins(files: LogFile[]): Promise<void> {
  for (const plain of files.filter(({ compressed }) => !compressed)) {
    if ((await plain.handle.stat()).nlink > 0) continue;
    const head = await plain.head();
    for (const [index, file] of [...files.entries()].reverse()) {
      if (!file.compressed || !head.equals(await file.head())) continue;
      files.splice(index, 1);
      await file.handle.close();
    }
  }
}

/** Closes them. */
export async function closeLogFiles(files: readonly LogFile[]): Promise<void> {
  await Promise.all(files.map(({ handle }) => handle.close()));
}

/** Where the last `tail` lines of all files begin. */
export async function placeOfTail(files: readonly LogFile[], tail: number): Promise<LogPlace> {
  let missing = tail;
  for (let file = files.length - 1; file >= 0; file -= 1) {
    const found = await files[file]?.lastLines(missing);
    if (found?.offset !== undefined) return { file, offset: found.offset };
    missing -= found?.lines ?? 0;
  }
  return { file: 0, offset: 0 };
}

/** A place before which nothing is as late as `since`. */
export async function placeOfTime(
  files: readonly LogFile[],
  format: LogFormat,
  since: bigint,
): Promise<LogPlace> {
  for (let file = files.length - 1; file > 0; file -= 1) {
    const first = await files[file]?.firstTime(format);
    if (first !== undefined && first < since)
      return { file, offset: (await files[file]?.offsetBefore(since)) ?? 0 };
  }
  return { file: 0, offset: (await files[0]?.offsetBefore(since)) ?? 0 };
}

function countLines(lines: Buffer): number {
  let count = 0;
  for (let at = lines.indexOf(newline); at >= 0; at = lines.indexOf(newline, at + 1)) count += 1;
  return count;
}

async function openFile(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
