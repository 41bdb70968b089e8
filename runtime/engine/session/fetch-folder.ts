// A folder of the client, fetched over its session, as an archive: the client tells all files in order, is asked for the bytes of each, and
// sends those of several at a time (fsutil's protocol). Small files are asked for ahead of their turn and wait in memory; a large one when it
// is its turn, and goes through.
import { EngineError, messageOf } from '../errors.ts';
import { tarEnd, tarHeader, tarPadding, type TarHeader } from '../../syntax/tar-writer.ts';
import {
  finishedPacket,
  goMode,
  readPacket,
  requestPacket,
  type FilePacket,
  type FileStat,
} from './file-packets.ts';
import type { GrpcStream } from './grpc-connection.ts';
import type { Session } from './sessions.ts';

const method = '/moby.filesync.v1.FileSync/DiffCopy';
/** What may wait in memory for its turn. */
const maxAheadBytes = 8 * 1024 * 1024;
/** Below what BuildKit's clients queue (128): one that cannot queue more stops reading. */
const maxAheadFiles = 64;

/** What is wanted of which folder. */
export interface FolderWish {
  /** What the client calls it. */
  readonly name: 'context' | 'dockerfile';
  /** Patterns of a .dockerignore. */
  readonly exclude?: readonly string[];
  /** If given, only these are sent, and what they lead to where they are links. */
  readonly only?: readonly string[];
}

/** Fetches a folder; yields the bytes of an archive. Throws `invalid` when the client does not serve it. */
export async function* fetchFolder(
  session: Session,
  wish: FolderWish,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  if (!session.serves(method)) throw new EngineError('invalid', 'no local sources enabled');
  const metadata = {
    ...header('dir-name', [wish.name]),
    ...header('exclude-patterns', wish.exclude ?? []),
    ...header('followpaths', wish.only ?? []),
  };
  const stream = session.connection.open(method, metadata, signal);
  try {
    yield* archiveOf(stream);
    yield tarEnd;
  } catch (error) {
    throw new EngineError('invalid', `failed to load the ${wish.name} of the build: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    stream.cancel();
  }
}

/** A header of gRPC; BuildKit's way with what is not ASCII. */
function header(name: string, values: readonly string[]): Record<string, string[]> {
  if (values.length === 0) return {};
  if (values.every((value) => /^[\x20-\x7e]*$/.test(value))) return { [name]: [...values] };
  const escaped = values.map((value) => encodeURIComponent(value).replaceAll('%20', '+'));
  return { [name]: escaped, [`${name}-encoded`]: ['1'] };
}

/** A file that was told and is not in the archive yet. */
interface Awaited {
  readonly id: number;
  readonly stat: FileStat;
  asked: boolean;
  /** Its last byte has come. */
  complete: boolean;
  /** What has come and is not in the archive. */
  readonly parts: Uint8Array[];
  receivedBytes: number;
  /** Its header is in the archive. */
  begun: boolean;
}

async function* archiveOf(stream: GrpcStream): AsyncGenerator<Buffer> {
  const queue = new Queue();
  let told = false;
  let said = false;
  for await (const message of stream.messages) {
    const packet = readPacket(message);
    if (packet.kind === 'error') throw new Error(packet.message);
    if (packet.kind === 'finished') stream.end();
    if (packet.kind === 'stat' && packet.stat === undefined) told = true;
    queue.take(packet);
    yield* queue.ready();
    for (const id of queue.ask()) await stream.send(requestPacket(id));
    if (told && !said && queue.isEmpty) {
      said = true;
      await stream.send(finishedPacket());
    }
  }
  if (!queue.isEmpty || !told) throw new Error('the client stopped before its last file');
}

/** The files between what was told and what is in the archive, in order. */
class Queue {
  readonly #files: Awaited[] = [];
  readonly #asked = new Map<number, Awaited>();
  /** Position of the first that is not in the archive, and of the first that was not asked for. */
  #head = 0;
  #next = 0;
  #count = 0;
  #aheadBytes = 0;

  get isEmpty(): boolean {
    return this.#head === this.#files.length;
  }

  take(packet: FilePacket): void {
    if (packet.kind === 'stat' && packet.stat !== undefined) {
      const fresh = { asked: false, complete: false, parts: [], receivedBytes: 0, begun: false };
      this.#files.push({ id: this.#count++, stat: packet.stat, ...fresh });
    } else if (packet.kind === 'data') {
      const file = this.#asked.get(packet.id);
      if (file === undefined) throw new Error(`bytes of file ${String(packet.id)}, which nobody asked for`);
      if (packet.bytes.length === 0) {
        file.complete = true;
        this.#asked.delete(packet.id);
      } else {
        file.receivedBytes += packet.bytes.length;
        if (file.receivedBytes > file.stat.sizeBytes)
          throw new Error(`${file.stat.path} grew while it was sent`);
        file.parts.push(packet.bytes);
      }
    }
  }

  /** The files whose bytes are to be asked for now. */
  *ask(): Generator<number> {
    for (; this.#next < this.#files.length; this.#next++) {
      const file = this.#files[this.#next];
      if (file === undefined || !hasBytes(file.stat)) continue;
      const { sizeBytes } = file.stat;
      const room = this.#aheadBytes + sizeBytes <= maxAheadBytes && this.#asked.size < maxAheadFiles;
      if (!room && this.#next !== this.#head) return;
      file.asked = true;
      this.#aheadBytes += sizeBytes;
      this.#asked.set(file.id, file);
      yield file.id;
    }
  }

  /** What can go into the archive. */
  *ready(): Generator<Buffer> {
    for (; this.#head < this.#files.length; this.#head++) {
      const file = this.#files[this.#head];
      if (file === undefined) return;
      const { stat } = file;
      if (!hasBytes(stat)) {
        const entry = headerOf(stat);
        if (entry !== undefined) yield tarHeader(entry);
        continue;
      }
      if (!file.asked) return;
      const isWhole = file.complete;
      if (!isWhole && stat.sizeBytes <= maxAheadBytes) return;
      if (!file.begun) {
        file.begun = true;
        // One that is here as a whole may have become shorter than it was told.
        const entry = headerOf(isWhole ? { ...stat, sizeBytes: file.receivedBytes } : stat);
        if (entry !== undefined) yield tarHeader(entry);
      } else if (isWhole && file.receivedBytes < stat.sizeBytes) {
        throw new Error(`${stat.path} shrank while it was sent`);
      }
      yield* file.parts.splice(0).map((part) => Buffer.from(part.buffer, part.byteOffset, part.length));
      if (!isWhole) return;
      yield tarPadding(file.receivedBytes);
      this.#aheadBytes -= stat.sizeBytes;
    }
    this.#files.length = 0;
    this.#next = this.#head = 0;
  }
}

const notRegular =
  goMode.directory |
  goMode.symlink |
  goMode.device |
  goMode.namedPipe |
  goMode.socket |
  goMode.charDevice |
  goMode.irregular;

/** Whether there is something to ask for; an empty file and another name of one have nothing. */
function hasBytes({ mode, target, sizeBytes }: FileStat): boolean {
  return (mode & notRegular) === 0 && target === '' && sizeBytes > 0;
}

/** Undefined for what no context holds: sockets and devices. */
function headerOf({ path, mode, sizeBytes, modifiedNs, target }: FileStat): TarHeader | undefined {
  const kind =
    (mode & goMode.directory) !== 0
      ? 'folder'
      : (mode & goMode.symlink) !== 0
        ? 'link'
        : (mode & goMode.namedPipe) !== 0
          ? 'named pipe'
          : (mode & notRegular) !== 0
            ? undefined
            : target === ''
              ? 'file'
              : 'hard link';
  if (kind === undefined) return undefined;
  const bits =
    ((mode & goMode.setuid) === 0 ? 0 : 0o4000) |
    ((mode & goMode.setgid) === 0 ? 0 : 0o2000) |
    ((mode & goMode.sticky) === 0 ? 0 : 0o1000);
  return {
    ...{ path, kind, target },
    mode: (mode & 0o777) | bits,
    sizeBytes: kind === 'file' ? sizeBytes : 0,
    modifiedMs: Number(modifiedNs / 1_000_000n),
  };
}
