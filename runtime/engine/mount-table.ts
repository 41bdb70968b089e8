// The mounts that the engine sees, from /proc/self/mountinfo (proc(5)).
import { readFile } from 'node:fs/promises';

/** One mount. */
export interface MountEntry {
  /** Where it is mounted. */
  readonly point: string;
  /** Mounts below it reach its peers, and theirs reach it. */
  readonly shared: boolean;
  /** Mounts of its master reach it. */
  readonly slave: boolean;
}

/** All mounts, in the order in which they were made. */
export async function readMountTable(): Promise<MountEntry[]> {
  return parseMountTable(await readFile('/proc/self/mountinfo', 'utf8'));
}

/** Pure: the text of a mountinfo file. */
export function parseMountTable(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => {
    const [before = ''] = line.split(' - ', 1);
    const [, , , , point, , ...optional] = before.split(' ');
    if (point === undefined) return [];
    const has = (prefix: string): boolean => optional.some((field) => field.startsWith(prefix));
    return [{ point: unescape(point), shared: has('shared:'), slave: has('master:') }];
  });
}

/** The mount that a path without links lies in. */
export function mountOf(table: readonly MountEntry[], path: string): MountEntry | undefined {
  let found: MountEntry | undefined;
  for (const entry of table) {
    const covers = entry.point === '/' || path === entry.point || path.startsWith(`${entry.point}/`);
    if (covers && (found === undefined || entry.point.length >= found.point.length)) found = entry;
  }
  return found;
}

/** Spaces and the like are written in octal. */
function unescape(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}
