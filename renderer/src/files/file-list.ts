// Paths inside a volume or an image, and in which order a folder's names are shown. Pure.
import type { FileEntry } from '../../../runtime/contract/methods.ts';
import { byText } from '../components/text-filter.ts';

export type FileColumn = 'name' | 'size' | 'owner' | 'mode' | 'modified' | 'actions';

/** `/a` and `b` are `/a/b`. */
export function below(path: string, name: string): string {
  return `${path === '/' ? '' : path}/${name}`;
}

export function parentOf(path: string): string {
  const end = path.lastIndexOf('/');
  return end <= 0 ? '/' : path.slice(0, end);
}

/** The folders on the way to a path, the top first. */
export function partsOf(path: string): { readonly name: string; readonly path: string }[] {
  const names = path.split('/').filter((name) => name !== '');
  return [
    { name: '', path: '/' },
    ...names.map((name, index) => ({ name, path: `/${names.slice(0, index + 1).join('/')}` })),
  ];
}

function compare(column: FileColumn, a: FileEntry, b: FileEntry): number {
  switch (column) {
    case 'size':
      return a.sizeBytes - b.sizeBytes;
    case 'owner':
      return a.uid - b.uid || a.gid - b.gid;
    case 'modified':
      return b.modifiedMs - a.modifiedMs;
    case 'mode':
      return a.mode - b.mode;
    case 'name':
    case 'actions':
      return byText.compare(a.name, b.name);
  }
}

/** The names to show, in order: folders before the rest. */
export function listEntries(
  entries: ReadonlyMap<string, FileEntry>,
  column: FileColumn,
  ascending: boolean,
): string[] {
  const sign = ascending ? 1 : -1;
  const rank = ({ kind }: FileEntry): number => (kind === 'folder' ? 0 : 1);
  return [...entries.values()]
    .sort((a, b) => rank(a) - rank(b) || sign * compare(column, a, b) || byText.compare(a.name, b.name))
    .map(({ name }) => name);
}
