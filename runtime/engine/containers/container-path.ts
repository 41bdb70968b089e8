// Paths into a container as `docker cp` says them, and what lies there as its header tells it. Pure.
import path from 'node:path';
import type { FilePath, FileStatus } from '../helper/file-worker.ts';

/** A path, and what an archive of it calls it. */
export interface NamedPath extends FilePath {
  /** As Go's filepath.Base: `/` for the root, `.` after `/.`. */
  readonly base: string;
  /** The same in an archive, where the root has no name. */
  readonly name: string;
}

/** Reads a path as Docker does: absolute inside the container; a slash or `/.` at its end means the directory itself. */
export function containerPath(text: string): NamedPath {
  const clean = path.posix.normalize(`/${text}`).replace(/(.)\/+$/, '$1');
  const current = /(^|\/)\.$/.test(text);
  const follow = current || clean === '/' || text.endsWith('/');
  const base = current ? '.' : clean === '/' ? '/' : path.posix.basename(clean);
  return { path: clean, follow, base, name: base === '/' ? '' : base };
}

/** Go's os.FileMode of a kernel's mode. */
export function goFileMode(mode: number): number {
  const type = mode & 0o170000;
  const kinds = new Map([
    [0o040000, 2 ** 31],
    [0o120000, 2 ** 27],
    [0o060000, 2 ** 26],
    [0o020000, 2 ** 26 + 2 ** 21],
    [0o010000, 2 ** 25],
    [0o140000, 2 ** 24],
  ]);
  return (
    (mode & 0o777) +
    (kinds.get(type) ?? 0) +
    ((mode & 0o4000) === 0 ? 0 : 2 ** 23) +
    ((mode & 0o2000) === 0 ? 0 : 2 ** 22) +
    ((mode & 0o1000) === 0 ? 0 : 2 ** 20)
  );
}

/** The header `X-Docker-Container-Path-Stat`. */
export function pathStatHeader(base: string, status: FileStatus): string {
  const stat = {
    name: base,
    size: status.size,
    mode: goFileMode(status.mode),
    mtime: goTime(status.seconds, status.nanoseconds),
    linkTarget: status.linkTarget,
  };
  return Buffer.from(JSON.stringify(stat)).toString('base64');
}

/** RFC 3339 with as much of a fraction as there is. A year that it cannot say is Go's zero time. */
function goTime(seconds: number, nanoseconds: number): string {
  if (seconds < -62_135_596_800 || seconds > 253_402_300_799) return '0001-01-01T00:00:00Z';
  const fraction = nanoseconds === 0 ? '' : `.${String(nanoseconds).padStart(9, '0').replace(/0+$/, '')}`;
  return new Date(seconds * 1000).toISOString().replace(/\.\d+Z$/, `${fraction}Z`);
}
