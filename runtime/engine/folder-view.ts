// Files of volumes and images as the API tells them: a folder's names, and what a worker's refusal means to a client.
import { EngineError, messageOf } from './errors.ts';
import type { FolderEntry, FolderList } from './helper/volume-worker.ts';
import { WorkerError } from './helper/worker-job.ts';
import type { FolderView } from './services.ts';

/** What a client did wrong, by the worker's codes; everything else is our fault. */
const clientsFault: ReadonlySet<string> = new Set([
  'EBADARCHIVE',
  'ETRUNCATED',
  'EROFS',
  'EINVAL',
  'EISDIR',
  'ENOTDIR',
  'ELOOP',
  'ENAMETOOLONG',
  'EFBIG',
  'EACCES',
]);

/** A path inside a volume or an image. */
export function checkPath(path: string): void {
  if (!path.startsWith('/') || path.includes('\0')) {
    throw new EngineError('invalid', `invalid path: ${JSON.stringify(path)} is not absolute`);
  }
}

const kinds: ReadonlyMap<number, 'file' | 'folder' | 'link'> = new Map([
  [0o100000, 'file'],
  [0o040000, 'folder'],
  [0o120000, 'link'],
]);

/** What a worker listed, for the API. */
export function folderView(path: string, { entries, names }: FolderList): FolderView {
  return { Path: path, Entries: entries.map(entryView), Total: names };
}

function entryView(entry: FolderEntry): FolderView['Entries'][number] {
  return {
    Name: entry.name,
    Type: entry.whiteout ? 'removed' : (kinds.get(entry.mode & 0o170000) ?? 'other'),
    Size: entry.size,
    Mode: entry.mode & 0o7777,
    Uid: entry.uid,
    Gid: entry.gid,
    Modified: entry.seconds,
    ...(entry.linkTarget === '' ? {} : { LinkTarget: entry.linkTarget }),
  };
}

/** Throws a worker's failure as what it means to a client. */
export function told(error: unknown): never {
  if (!(error instanceof WorkerError)) throw error;
  if (error.code === 'ENOENT') throw new EngineError('notFound', messageOf(error), { cause: error });
  if (error.code === 'EEXIST') throw new EngineError('conflict', messageOf(error), { cause: error });
  const kind = clientsFault.has(error.code) ? 'invalid' : 'internal';
  throw new EngineError(kind, messageOf(error), { cause: error });
}
