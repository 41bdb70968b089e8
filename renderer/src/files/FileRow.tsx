// The cells of one name in a folder.
import {
  Download,
  File,
  FileCog,
  FileX,
  Folder,
  FolderOpen,
  Link,
  Pencil,
  TextCursorInput,
  Trash2,
} from 'lucide-react';
import type { ReactNode } from 'react';
import type { FileEntry } from '../../../runtime/contract/methods.ts';
import type { GridColumn } from '../components/Grid.tsx';
import { GridCells } from '../components/GridCells.tsx';
import { Menu, MenuItem } from '../components/Menu.tsx';
import { useAge } from '../format/clock.ts';
import { inert } from '../format/inert.ts';
import { formatDateTime, formatSize } from '../format/number.ts';
import { en } from '../strings/en.ts';
import type { FileColumn } from './file-list.ts';

const words = en.volumes.files;
const icons: Readonly<Record<FileEntry['kind'], ReactNode>> = {
  file: <File aria-hidden />,
  folder: <Folder aria-hidden />,
  link: <Link aria-hidden />,
  other: <FileCog aria-hidden />,
  removed: <FileX aria-hidden />,
};

interface FileRowProps {
  readonly entry: FileEntry;
  readonly columns: readonly GridColumn<FileColumn>[];
  /** Absent where files are only read. */
  readonly onEdit?: (() => void) | undefined;
  readonly onEnter: () => void;
  readonly onDownload: () => void;
  /** Absent where files are only read. */
  readonly onRename?: (() => void) | undefined;
  readonly onRemove?: (() => void) | undefined;
}

export function FileRow({ entry, columns, onEdit, onEnter, onDownload, onRename, onRemove }: FileRowProps) {
  const name = inert(entry.name);
  const isFile = entry.kind === 'file';
  const isOpened = entry.kind !== 'other' && entry.kind !== 'removed';
  return (
    <GridCells
      columns={columns}
      cells={{
        name: {
          content: (
            <span className="flex min-w-0 items-center gap-2">
              <span className="flex-none text-ink-3 [&>svg]:h-4 [&>svg]:w-4">{icons[entry.kind]}</span>
              {entry.kind !== 'removed' && <span className="sr-only">{words.kinds[entry.kind]}</span>}
              <bdi className="truncate font-[550]">{name}</bdi>
              {entry.kind === 'removed' && (
                <span className="truncate text-sm text-ink-3">{words.kinds.removed}</span>
              )}
              {entry.target !== '' && (
                <bdi className="truncate text-sm text-ink-3">{words.pointsTo(inert(entry.target))}</bdi>
              )}
            </span>
          ),
          title: name,
        },
        size: { content: isFile ? formatSize(entry.sizeBytes) : en.common.none, className: 'text-ink-3' },
        owner: { content: `${entry.uid}:${entry.gid}`, className: 'font-mono text-sm text-ink-3' },
        mode: { content: entry.mode.toString(8).padStart(4, '0'), className: 'font-mono text-sm text-ink-3' },
        modified: { content: <Modified ms={entry.modifiedMs} />, className: 'text-ink-3' },
        actions: {
          content: (isOpened || onRemove !== undefined) && (
            <Menu subject={entry.name} label={en.actions.more(name)}>
              {isFile && onEdit !== undefined && (
                <MenuItem icon={<Pencil />} text={words.edit} shortcut="Enter" onSelect={onEdit} />
              )}
              {isOpened && !isFile && (
                <MenuItem icon={<FolderOpen />} text={words.open} shortcut="Enter" onSelect={onEnter} />
              )}
              {isOpened && (
                <MenuItem
                  icon={<Download />}
                  text={isFile ? words.download : words.downloadFolder}
                  {...(isFile && onEdit === undefined ? { shortcut: 'Enter' } : {})}
                  onSelect={onDownload}
                />
              )}
              {onRename !== undefined && (
                <MenuItem icon={<TextCursorInput />} text={words.rename} shortcut="F2" onSelect={onRename} />
              )}
              {onRemove !== undefined && (
                <MenuItem icon={<Trash2 />} text={words.remove} shortcut="d" danger onSelect={onRemove} />
              )}
            </Menu>
          ),
          className: 'cell-actions',
        },
      }}
    />
  );
}

function Modified({ ms }: { readonly ms: number }) {
  const age = useAge(ms);
  return <span title={formatDateTime(ms)}>{en.images.ago(age)}</span>;
}
