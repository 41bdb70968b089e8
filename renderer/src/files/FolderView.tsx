// Files of a volume or an image: one folder at a time, with the way back up; open and download, and where they may be changed edit,
// rename, remove, upload, unpack.
import { ArrowUp, Download, PackageOpen, RotateCw, Upload } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { FileEntry } from '../../../runtime/contract/methods.ts';
import { FailureNotice } from '../components/FailureNotice.tsx';
import { Grid, type GridColumn, type GridSort } from '../components/Grid.tsx';
import { IconButton } from '../components/IconButton.tsx';
import { inert } from '../format/inert.ts';
import { en } from '../strings/en.ts';
import { asFailure, type ContractFailure } from '../transport/contract-failure.ts';
import { FileRow } from './FileRow.tsx';
import { FileButton } from '../components/FileButton.tsx';
import { below, listEntries, parentOf, partsOf, type FileColumn } from './file-list.ts';
import type { FileSource } from './file-source.ts';
import { useTransfer } from './use-transfer.ts';

const words = en.volumes.files;
const columns: readonly GridColumn<FileColumn>[] = [
  { id: 'name', title: words.columns.name, sortable: true, widthPx: 160, grow: 2 },
  {
    id: 'size',
    title: words.columns.size,
    className: 'cell-number',
    sortable: true,
    descending: true,
    widthPx: 84,
    rank: 4,
  },
  { id: 'owner', title: words.columns.owner, sortable: true, widthPx: 96, rank: 2 },
  { id: 'mode', title: words.columns.mode, sortable: true, widthPx: 72, rank: 1 },
  {
    id: 'modified',
    title: words.columns.modified,
    className: 'cell-number',
    sortable: true,
    descending: true,
    widthPx: 112,
    rank: 3,
  },
  { id: 'actions', title: words.columns.actions, sortable: false, widthPx: 52 },
];

interface Folder {
  readonly path: string;
  readonly entries: ReadonlyMap<string, FileEntry>;
  readonly total: number;
}

/** What lies in a folder, read anew when the path or `version` changes. */
function useFolder(source: FileSource, path: string, version: string) {
  const [folder, setFolder] = useState<Folder>();
  const [failed, setFailed] = useState<{ readonly path: string; readonly failure: ContractFailure }>();
  useEffect(() => {
    let wanted = true;
    const read = async (): Promise<void> => {
      try {
        const { entries, total } = await source.read(path);
        if (!wanted) return;
        setFolder({ path, entries: new Map(entries.map((entry) => [entry.name, entry])), total });
        setFailed(undefined);
      } catch (error) {
        if (wanted) setFailed({ path, failure: asFailure(error) });
      }
    };
    void read();
    return () => void (wanted = false);
  }, [source, path, version]);
  return {
    folder: folder?.path === path ? folder : undefined,
    failure: failed?.path === path ? failed.failure : undefined,
  };
}

interface FolderViewProps {
  readonly source: FileSource;
  /** The folder is read anew when this changes. */
  readonly version?: string;
  /** Called when something came in, or somebody asks to look again. */
  readonly onChanged?: () => void;
}

/** Keep the source the same while its files are; give another `key` to begin at the top. */
export function FolderView({ source, version: outer = '', onChanged }: FolderViewProps) {
  const [path, setPath] = useState('/');
  const [sort, setSort] = useState<GridSort<FileColumn>>({ column: 'name', ascending: true });
  const [version, setVersion] = useState(0);
  const { folder, failure } = useFolder(source, path, `${String(version)} ${outer}`);
  const changed = useCallback(() => {
    setVersion((before) => before + 1);
    onChanged?.();
  }, [onChanged]);
  const transfer = useTransfer(source, changed);
  const { download } = transfer;
  const names = useMemo(
    () => listEntries(folder?.entries ?? new Map<string, FileEntry>(), sort.column, sort.ascending),
    [folder, sort],
  );
  const open = (name: string): void => {
    const kind = folder?.entries.get(name)?.kind;
    const full = below(path, name);
    if (kind === 'file') (source.edit ?? ((file) => download(file, 'file')))(full);
    else if (kind === 'folder' || kind === 'link') setPath(full);
  };
  const { edit, rename, remove } = source;
  const onLetter = (name: string, letter: string): boolean => {
    const entry = folder?.entries.get(name);
    if (entry === undefined) return false;
    if (letter === 'F2') rename?.(below(path, name));
    else if (letter === 'd') remove?.(below(path, name), entry.kind);
    else return false;
    return true;
  };
  const row = useCallback(
    (name: string, shown: typeof columns) => {
      const entry = folder?.entries.get(name);
      if (entry === undefined) return null;
      const full = below(path, name);
      return (
        <FileRow
          entry={entry}
          columns={shown}
          onEdit={edit && (() => edit(full))}
          onEnter={() => setPath(full)}
          onDownload={() => download(full, entry.kind === 'file' ? 'file' : 'archive')}
          onRename={rename && (() => rename(full))}
          onRemove={remove && (() => remove(full, entry.kind))}
        />
      );
    },
    [folder, path, edit, download, rename, remove],
  );
  return (
    <div
      className="flex min-h-0 flex-1 flex-col"
      role="presentation"
      onKeyDown={(event) => {
        if (event.key !== 'Backspace' || path === '/' || event.target instanceof HTMLInputElement) return;
        event.preventDefault();
        setPath(parentOf(path));
      }}
    >
      <Bar source={source} path={path} onPath={setPath} onRead={changed} transfer={transfer} />
      {transfer.text !== '' && (
        <div className="flex items-center gap-2 border-b border-line px-[18px] py-1 text-sm" role="status">
          <span className="mark mark-busy" aria-hidden />
          <span className="min-w-0 flex-1 truncate">{inert(transfer.text)}</span>
          <button type="button" className="link" onClick={transfer.cancel}>
            {words.cancel}
          </button>
        </div>
      )}
      {failure !== undefined && (
        <div className="px-[18px]">
          <FailureNotice title={words.failed} failure={failure} />
        </div>
      )}
      {folder !== undefined && names.length === 0 && failure === undefined && (
        <p className="px-[18px] py-3 text-ink-3">{words.empty}</p>
      )}
      {names.length > 0 && failure === undefined && (
        <Grid
          label={words.list(inert(path))}
          columns={columns}
          sort={sort}
          sortLabel={en.containers.sortBy}
          onSort={setSort}
          ids={names}
          onOpen={open}
          onLetter={onLetter}
          row={row}
        />
      )}
      {folder !== undefined && folder.total > names.length && (
        <p className="border-t border-line px-[18px] py-1 text-sm text-ink-2">
          {words.more(names.length, folder.total)}
        </p>
      )}
    </div>
  );
}

interface BarProps {
  readonly source: FileSource;
  readonly path: string;
  readonly onPath: (path: string) => void;
  readonly onRead: () => void;
  readonly transfer: ReturnType<typeof useTransfer>;
}

function Bar({ source, path, onPath, onRead, transfer }: BarProps) {
  return (
    <div className="flex flex-wrap items-center gap-[6px] border-b border-line px-[18px] py-[6px]">
      <IconButton
        label={words.up}
        tip={`${words.up} (${words.keys.up})`}
        icon={<ArrowUp aria-hidden />}
        disabled={path === '/'}
        onClick={() => onPath(parentOf(path))}
      />
      <nav aria-label={words.path} className="flex min-w-0 flex-1 flex-wrap items-center font-mono text-sm">
        {partsOf(path).map(({ name, path: part }) => (
          <span key={part} className="flex min-w-0 items-center">
            <button
              type="button"
              className="link min-w-0 truncate px-1"
              aria-current={part === path ? 'page' : undefined}
              aria-label={part === '/' ? source.rootText : undefined}
              onClick={() => onPath(part)}
            >
              {part === '/' ? '/' : inert(name)}
            </button>
            {part !== '/' && part !== path && <span aria-hidden>/</span>}
          </span>
        ))}
      </nav>
      <IconButton label={words.refresh} icon={<RotateCw aria-hidden />} onClick={onRead} />
      <IconButton
        label={words.downloadFolder}
        icon={<Download aria-hidden />}
        onClick={() => transfer.download(path, 'archive')}
      />
      {source.upload !== undefined && (
        <>
          <FileButton
            small
            icon={<PackageOpen aria-hidden />}
            text={words.import}
            onFiles={([file]) => file !== undefined && transfer.upload([file], path, 'archive')}
          />
          <FileButton
            small
            multiple
            icon={<Upload aria-hidden />}
            text={words.upload}
            onFiles={(files) => transfer.upload(files, path, 'file')}
          />
        </>
      )}
    </div>
  );
}
