// The files of the open folder as a tree: what is not sent is struck through. Folders are read when they are unfolded. The line that has the
// focus or the pointer has a menu.
import { ChevronRight, FilePlus2, FolderPlus, PenLine, Trash2 } from 'lucide-react';
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { ContextEntry } from '../../../../../runtime/contract/builds.ts';
import { FailureNotice } from '../../../components/FailureNotice.tsx';
import { Menu, MenuItem, MenuLine } from '../../../components/Menu.tsx';
import { inert } from '../../../format/inert.ts';
import { formatSize } from '../../../format/number.ts';
import { baseName } from '../../../format/folder-name.ts';
import { openDialog } from '../../../state/dialog-store.ts';
import { openFile, useWorkspace } from '../../../state/workspace.ts';
import { en } from '../../../strings/en.ts';
import { openClient } from '../../../transport/connection.ts';
import { asFailure, type ContractFailure } from '../../../transport/contract-failure.ts';

const words = en.builds.workbench;

interface Listing {
  readonly entries: readonly ContextEntry[];
  readonly total: number;
}

interface TreeLine {
  readonly entry: ContextEntry;
  readonly path: string;
  readonly level: number;
}

/** The lines to show: the entries of the unfolded folders, each below its own. */
export function treeLines(
  listings: ReadonlyMap<string, Listing>,
  unfolded: ReadonlySet<string>,
  folder = '',
  level = 1,
): TreeLine[] {
  return (listings.get(folder)?.entries ?? []).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    const below = unfolded.has(path) ? treeLines(listings, unfolded, path, level + 1) : [];
    return [{ entry, path, level }, ...below];
  });
}

export function ContextTree() {
  const { folder, dockerfile, file, filesVersion } = useWorkspace();
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const [current, setCurrent] = useState('');
  const [pointedAt, setPointedAt] = useState('');
  const { listings, failure } = useListings(folder, dockerfile, unfolded, filesVersion);
  const tree = useRef<HTMLDivElement>(null);
  const lines = treeLines(listings, unfolded);
  const reachable = lines.some(({ path }) => path === current) ? current : (file?.path ?? lines[0]?.path);

  const toggle = (path: string, open: boolean): void => {
    const next = new Set(unfolded);
    if (open) next.add(path);
    else next.delete(path);
    setUnfolded(next);
  };
  const act = ({ entry, path }: TreeLine): void => {
    setCurrent(path);
    if (entry.kind === 'folder') toggle(path, !unfolded.has(path));
    else void openFile(path);
  };
  const focus = (path: string | undefined): void => {
    if (path === undefined) return;
    setCurrent(path);
    tree.current?.querySelector<HTMLElement>(`[data-path="${CSS.escape(path)}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    // The keys of a line's menu are its own.
    if (!(event.target instanceof HTMLElement) || event.target.role !== 'treeitem') return;
    const at = lines.findIndex(({ path }) => path === reachable);
    const line = lines[at];
    if (line === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const isFolder = line.entry.kind === 'folder';
    const parent = line.path.includes('/') ? line.path.slice(0, line.path.lastIndexOf('/')) : undefined;
    if (event.key === 'ArrowDown') focus(lines[at + 1]?.path);
    else if (event.key === 'ArrowUp') focus(lines[at - 1]?.path);
    else if (event.key === 'Home') focus(lines[0]?.path);
    else if (event.key === 'End') focus(lines.at(-1)?.path);
    else if (event.key === 'ArrowRight' && isFolder && !unfolded.has(line.path)) toggle(line.path, true);
    else if (event.key === 'ArrowRight') focus(lines[at + 1]?.path);
    else if (event.key === 'ArrowLeft' && isFolder && unfolded.has(line.path)) toggle(line.path, false);
    else if (event.key === 'ArrowLeft') focus(parent);
    else if (event.key === 'Enter' || event.key === ' ') act(line);
    else if (event.key === 'F2') openDialog({ kind: 'renameContextEntry', path: line.path });
    else if (event.key === 'Delete') openDialog({ kind: 'removeContextEntry', path: line.path, isFolder });
    else return;
    event.preventDefault();
  };
  if (failure !== undefined && lines.length === 0) {
    return <FailureNotice title={words.treeFailed} failure={failure} />;
  }
  return (
    <div
      ref={tree}
      role="tree"
      aria-label={words.tree(inert(baseName(folder)))}
      className="min-h-0 flex-1 overflow-auto py-1"
      tabIndex={-1}
      onKeyDown={onKeyDown}
    >
      {lines.map((line) => {
        const { entry, path, level } = line;
        const name = inert(entry.name);
        const isFolder = entry.kind === 'folder';
        return (
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the keys are the tree's
          <div
            key={path}
            role="treeitem"
            aria-level={level}
            aria-selected={file?.path === path}
            {...(isFolder ? { 'aria-expanded': unfolded.has(path) } : {})}
            aria-label={entry.ignored ? `${name}, ${words.ignored}` : name}
            data-path={path}
            data-ignored={entry.ignored}
            title={
              entry.ignored
                ? `${name}: ${words.ignored}`
                : entry.kind === 'file'
                  ? `${name} · ${formatSize(entry.sizeBytes)}`
                  : name
            }
            tabIndex={path === reachable ? 0 : -1}
            className="tree-line"
            style={{ paddingLeft: 6 + (level - 1) * 14 }}
            onClick={() => act(line)}
            onFocus={() => setCurrent(path)}
            onPointerEnter={() => setPointedAt(path)}
            onPointerLeave={() => setPointedAt('')}
          >
            <span aria-hidden className="w-[14px] flex-none">
              {isFolder && <ChevronRight className={unfolded.has(path) ? 'rotate-90' : ''} />}
            </span>
            <span className="tree-name">{name}</span>
            {(path === pointedAt || path === reachable) && <LineMenu line={line} />}
          </div>
        );
      })}
      {[...listings].map(
        ([path, { entries, total }]) =>
          total > entries.length && (
            <p key={`more ${path}`} className="px-4 text-sm text-ink-3">
              {words.more(entries.length, total)}
            </p>
          ),
      )}
    </div>
  );
}

/** What is done with one entry. */
function LineMenu({ line: { entry, path } }: { readonly line: TreeLine }) {
  const isFolder = entry.kind === 'folder';
  const parent = isFolder ? path : path.slice(0, Math.max(0, path.lastIndexOf('/')));
  return (
    // A click in the menu is none on the line.
    <span className="tree-menu" role="presentation" onClick={(event) => event.stopPropagation()}>
      <Menu subject={path} label={words.entryActions(inert(entry.name))}>
        <MenuItem
          icon={<FilePlus2 aria-hidden />}
          text={words.newFile}
          onSelect={() => openDialog({ kind: 'newContextEntry', parent, what: 'file' })}
        />
        <MenuItem
          icon={<FolderPlus aria-hidden />}
          text={words.newFolder}
          onSelect={() => openDialog({ kind: 'newContextEntry', parent, what: 'folder' })}
        />
        <MenuLine />
        <MenuItem
          icon={<PenLine aria-hidden />}
          text={words.rename}
          shortcut="F2"
          onSelect={() => openDialog({ kind: 'renameContextEntry', path })}
        />
        <MenuItem
          icon={<Trash2 aria-hidden />}
          text={words.remove}
          shortcut="Del"
          danger
          onSelect={() => openDialog({ kind: 'removeContextEntry', path, isFolder })}
        />
      </Menu>
    </span>
  );
}

function useListings(folder: string, dockerfile: string, unfolded: ReadonlySet<string>, version: number) {
  const [listings, setListings] = useState<ReadonlyMap<string, Listing>>(new Map());
  const [failure, setFailure] = useState<ContractFailure>();
  useEffect(() => {
    let wanted = true;
    const read = async (): Promise<void> => {
      const found = new Map<string, Listing>();
      try {
        for (const path of ['', ...unfolded]) {
          const listing = await openClient()
            .call('contexts.list', {
              folder,
              path,
              dockerfile: dockerfile === '' ? 'Dockerfile' : dockerfile,
            })
            .catch((error: unknown) => {
              // A folder that is gone has nothing in it.
              if (path === '') throw error;
              return { entries: [], total: 0 };
            });
          found.set(path, listing);
        }
        if (!wanted) return;
        setListings(found);
        setFailure(undefined);
      } catch (error) {
        if (wanted) setFailure(asFailure(error));
      }
    };
    void read();
    return () => void (wanted = false);
  }, [folder, dockerfile, unfolded, version]);
  return { listings, failure };
}
