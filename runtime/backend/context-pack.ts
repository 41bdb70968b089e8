// A context on its way to the engine: the folder is walked once, what is ignored is left out, and everything else goes as a tar archive, never
// more of it in memory than a chunk. The two files that say what is built always go along, as docker's own clients send them.
import { constants } from 'node:fs';
import { lstat, open, readdir, readlink } from 'node:fs/promises';
import path from 'node:path';
import { ignoreMatcher, type IgnorePattern } from '../syntax/ignore-patterns.ts';
import { entryKind, fileFailure, ignorePatterns, realFolder, refusal } from './context-folder.ts';
import { tarEnd, tarHeader, tarPadding } from '../syntax/tar-writer.ts';

const chunkBytes = 256 * 1024;
/** A measure gives up there: it is for a line of text. */
const maxMeasured = 200_000;

interface Found {
  /** Relative, with slashes. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link';
  readonly ignored: boolean;
}

/** Walks a context in the order of names. `all` also shows what is ignored. */
async function* walk(
  root: string,
  patterns: readonly IgnorePattern[],
  always: ReadonlySet<string>,
  all: boolean,
): AsyncGenerator<Found> {
  const isIgnored = ignoreMatcher(patterns);
  const exceptions = patterns.filter(({ exception }) => exception).map(({ pattern }) => pattern);
  /** Something below an ignored folder may be sent all the same. */
  const mayHold = (folder: string): boolean =>
    exceptions.some((pattern) => /[*?[]/.test(pattern) || `${pattern}/`.startsWith(`${folder}/`)) ||
    [...always].some((file) => file.startsWith(`${folder}/`));
  const folders: string[] = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = await readdir(path.join(root, folder), { withFileTypes: true });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    const below: string[] = [];
    for (const entry of entries) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const kind = entryKind(entry);
      // Sockets and pipes are nothing that a build could use.
      if (kind === 'other') continue;
      const ignored = isIgnored(name) && !always.has(name);
      if (!ignored || all) yield { path: name, kind, ignored };
      if (kind === 'folder' && (!ignored || all || mayHold(name))) below.push(name);
    }
    folders.push(...below.reverse());
  }
}

/** The files that are sent whatever the patterns say. */
const alwaysSent = (dockerfile: string): ReadonlySet<string> =>
  new Set([dockerfile, '.dockerignore', `${dockerfile}.dockerignore`]);

/** The archive. Rejects with the contract's words; ends early when whoever reads it goes. */
export async function* packContext(folder: string, dockerfile: string): AsyncGenerator<Buffer> {
  const root = await realFolder(folder);
  const patterns = await ignorePatterns(root, dockerfile);
  for await (const { path: name, kind } of walk(root, patterns, alwaysSent(dockerfile), false)) {
    try {
      yield* packOne(root, name, kind);
    } catch (error) {
      // What went while the folder was walked is not part of it any more.
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') continue;
      throw fileFailure(error, name);
    }
  }
  yield tarEnd;
}

async function* packOne(root: string, name: string, kind: Found['kind']): AsyncGenerator<Buffer> {
  const full = path.join(root, name);
  if (kind !== 'file') {
    const { mode, mtimeMs } = await lstat(full);
    const target = kind === 'link' ? await readlink(full) : '';
    yield tarHeader({ path: name, kind, mode, sizeBytes: 0, modifiedMs: mtimeMs, target });
    return;
  }
  const handle = await open(full, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { mode, size, mtimeMs } = await handle.stat();
    yield tarHeader({ path: name, kind, mode, sizeBytes: size, modifiedMs: mtimeMs, target: '' });
    // As much as was announced: a file that grows meanwhile ends where it ended.
    for (let at = 0; at < size;) {
      const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, size - at));
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) {
        throw refusal('conflict', `${name} became shorter while it was sent.`, 'Build again.');
      }
      yield chunk.subarray(0, bytesRead);
      at += bytesRead;
    }
    yield tarPadding(size);
  } finally {
    await handle.close();
  }
}

/** How much of a context is sent, and how much is ignored. */
export async function measureContext(folder: string, dockerfile: string) {
  const root = await realFolder(folder);
  const patterns = await ignorePatterns(root, dockerfile).catch(() => []);
  const sum = { files: 0, sizeBytes: 0, ignoredFiles: 0, ignoredBytes: 0, complete: true };
  try {
    for await (const { path: name, kind, ignored } of walk(root, patterns, alwaysSent(dockerfile), true)) {
      if (kind === 'folder') continue;
      const sizeBytes = (await lstat(path.join(root, name)).catch(() => undefined))?.size ?? 0;
      if (ignored) {
        sum.ignoredFiles += 1;
        sum.ignoredBytes += sizeBytes;
      } else {
        sum.files += 1;
        sum.sizeBytes += sizeBytes;
      }
      if (sum.files + sum.ignoredFiles >= maxMeasured) return { ...sum, complete: false };
    }
    return sum;
  } catch (error) {
    throw fileFailure(error, folder);
  }
}
