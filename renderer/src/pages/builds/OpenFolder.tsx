// Chooses a folder of the computer that Berth runs on: to edit and build it, or to build again what the history knows.
import { ArrowUp, Folder, FolderCog } from 'lucide-react';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { useLocation } from 'wouter';
import { DialogForm, FormFoot } from '../../components/FormDialog.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { Field } from '../../components/Field.tsx';
import { setFieldFromElsewhere } from '../../components/field-selection.ts';
import { inert } from '../../format/inert.ts';
import { closeDialog, closerOfDialog } from '../../state/dialog-store.ts';
import { openWorkspace, recentFolders } from '../../state/workspace.ts';
import { en } from '../../strings/en.ts';
import { openClient } from '../../transport/connection.ts';
import { asFailure, type ContractFailure } from '../../transport/contract-failure.ts';
import { editorPath, rebuildIn } from './build-actions.ts';

const words = en.builds.openFolder;

interface Listed {
  readonly path: string;
  readonly parent: string;
  readonly folders: readonly { readonly name: string; readonly isContext: boolean }[];
}

/** The folders of a place, and the way from one to the next. `path` is what is typed and may be none. */
export function useFolders(first: string) {
  const [path, setPath] = useState(first);
  const [listed, setListed] = useState<Listed>();
  const [failure, setFailure] = useState<ContractFailure>();
  const show = async (wanted: string): Promise<boolean> => {
    try {
      const found = await openClient().call('folders.list', { path: wanted.trim() });
      setFieldFromElsewhere(() => {
        setListed(found);
        // An answer that comes late takes nothing away that was typed meanwhile.
        setPath((current) => (current === path ? found.path : current));
        setFailure(undefined);
      });
      return true;
    } catch (error) {
      setFailure(asFailure(error));
      return false;
    }
  };
  const began = useRef(false);
  useEffect(() => {
    if (began.current) return;
    began.current = true;
    // A folder that is gone: from the beginning.
    void show(first).then((shown) => shown || show(''));
  });
  return { path, setPath, listed, failure, setFailure, show };
}

interface OpenFolderProps {
  readonly path: string;
  /** The build to build again; without one the folder is opened in the editor. */
  readonly rebuild?: string;
}

export function OpenFolder({ path: first, rebuild }: OpenFolderProps) {
  const folders = useFolders(first === '' ? (recentFolders()[0] ?? '') : first);
  const [busy, setBusy] = useState(false);
  const [, navigate] = useLocation();
  const formId = useId();
  const recent = recentFolders().filter((folder) => folder !== folders.listed?.path);
  const take = async (folder: string): Promise<void> => {
    setBusy(true);
    const close = closerOfDialog();
    try {
      if (rebuild === undefined) {
        await openWorkspace(folder);
        navigate(editorPath);
      } else await rebuildIn(rebuild, folder, navigate);
      close();
    } catch (error) {
      folders.setFailure(asFailure(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={rebuild === undefined ? words.title : words.rebuildTitle}
      {...(rebuild === undefined ? {} : { description: words.rebuildText })}
      widthPx={620}
      onClose={closeDialog}
      foot={
        <FormFoot formId={formId} busy={busy} submit={rebuild === undefined ? words.open : words.rebuild} />
      }
    >
      <DialogForm
        formId={formId}
        busy={busy}
        className={rebuild === undefined ? '' : 'mt-3'}
        onSubmit={() => take(folders.path.trim())}
      >
        <Field
          label={words.path}
          note={words.pathNote}
          mono
          value={folders.path}
          onChange={folders.setPath}
        />
      </DialogForm>
      <FolderList folders={folders} />
      {recent.length > 0 && rebuild === undefined && (
        <>
          <h3 className="mt-3 mb-1 text-sm font-[600]">{words.recent}</h3>
          <ul>
            {recent.slice(0, 4).map((folder) => (
              <li key={folder}>
                <button
                  type="button"
                  className="link max-w-full truncate font-mono text-sm"
                  onClick={() => void take(folder)}
                >
                  {inert(folder)}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      {folders.failure !== undefined && <FailureNotice title={words.failed} failure={folders.failure} />}
    </Dialog>
  );
}

/** The folders in the one that is shown; arrows move, Enter goes into one, Backspace up. */
export function FolderList({ folders }: { readonly folders: ReturnType<typeof useFolders> }) {
  const { listed, show } = folders;
  const list = useRef<HTMLUListElement>(null);
  if (listed === undefined) return null;
  const onKeyDown = (event: KeyboardEvent): void => {
    const buttons = [...(list.current?.querySelectorAll('button') ?? [])];
    const at = buttons.findIndex((button) => button === document.activeElement);
    if (event.key === 'ArrowDown') buttons[at + 1]?.focus();
    else if (event.key === 'ArrowUp') buttons[Math.max(0, at - 1)]?.focus();
    else if (event.key === 'Backspace' && listed.parent !== '') void show(listed.parent);
    else return;
    event.preventDefault();
  };
  return (
    <div className="mt-3 rounded-sm border border-line">
      <div className="flex items-center gap-2 border-b border-line px-2 py-1">
        <button
          type="button"
          className="btn btn-ghost btn-icon"
          aria-label={words.up}
          disabled={listed.parent === ''}
          onClick={() => void show(listed.parent)}
        >
          <ArrowUp aria-hidden />
        </button>
        <span className="min-w-0 flex-1 truncate font-mono text-sm">{inert(listed.path)}</span>
      </div>
      {listed.folders.length === 0 ? (
        <p className="px-3 py-2 text-ink-3">{words.empty}</p>
      ) : (
        // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- keys of the buttons inside arrive here
        <ul
          ref={list}
          aria-label={words.list}
          className="max-h-[220px] overflow-auto py-1"
          onKeyDown={onKeyDown}
        >
          {listed.folders.map(({ name, isContext }) => (
            <li key={name}>
              <button
                type="button"
                className="folder-line"
                onClick={() => void show(`${listed.path === '/' ? '' : listed.path}/${name}`)}
              >
                {isContext ? <FolderCog aria-hidden className="text-accent" /> : <Folder aria-hidden />}
                <span className="min-w-0 flex-1 truncate text-left">{inert(name)}</span>
                {isContext && <span className="text-sm text-ink-3">{words.isContext}</span>}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
