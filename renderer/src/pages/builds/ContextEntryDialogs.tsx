// A new file or folder in the open folder, another name for one, and the question before one goes.
import { Trash2 } from 'lucide-react';
import { useState } from 'react';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { NameDialog } from '../../components/NameDialog.tsx';
import { baseName } from '../../format/folder-name.ts';
import { inert } from '../../format/inert.ts';
import { closerOfDialog } from '../../state/dialog-store.ts';
import { entryMoved, folderChanged, isUnsaved, openFile, useWorkspace } from '../../state/workspace.ts';
import { en } from '../../strings/en.ts';
import { openClient } from '../../transport/connection.ts';
import { asFailure, type ContractFailure } from '../../transport/contract-failure.ts';

const words = en.builds.workbench;

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const within = (parent: string, name: string): string => (parent === '' ? name : `${parent}/${name}`);
const wrongName = (name: string): string | undefined =>
  /^\.{0,2}$|[/\\]/.test(name) ? words.entryNameWrong : undefined;

/** What a dialog does, once at a time; it closes when that went well. */
function useChange(): {
  readonly busy: boolean;
  readonly failure: ContractFailure | undefined;
  readonly change: (work: () => Promise<void>) => Promise<void>;
} {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ContractFailure>();
  const change = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    const close = closerOfDialog();
    try {
      await work();
      close();
    } catch (error) {
      setFailure(asFailure(error));
      setBusy(false);
    }
  };
  return { busy, failure, change };
}

interface NewContextEntryProps {
  readonly parent: string;
  readonly what: 'file' | 'folder';
}

export function NewContextEntry({ parent, what }: NewContextEntryProps) {
  const folder = useWorkspace((state) => state.folder);
  const { busy, failure, change } = useChange();
  const place = inert(parent === '' ? baseName(folder) : nameOf(parent));
  const make = async (name: string): Promise<void> => {
    const path = within(parent, name);
    if (what === 'folder') await openClient().call('contexts.makeFolder', { folder, path });
    else await openClient().call('contexts.write', { folder, path, text: '', version: null });
    await folderChanged();
    if (what === 'file') await openFile(path);
  };
  return (
    <NameDialog
      title={what === 'file' ? words.newFileTitle(place) : words.newFolderTitle(place)}
      text={words.newText}
      label={words.entryName}
      submit={words.make}
      proposed=""
      busy={busy}
      failure={failure}
      failedTitle={words.makeFailed}
      wrong={wrongName}
      onName={(name) => change(() => make(name))}
    />
  );
}

export function RenameContextEntry({ path }: { readonly path: string }) {
  const folder = useWorkspace((state) => state.folder);
  const { busy, failure, change } = useChange();
  const old = nameOf(path);
  const rename = async (name: string): Promise<void> => {
    if (name === old) return;
    await openClient().call('contexts.rename', { folder, path, name });
    await entryMoved(path, within(path.slice(0, Math.max(0, path.length - old.length - 1)), name));
  };
  return (
    <NameDialog
      title={words.renameTitle(inert(old))}
      text={words.renameText}
      label={words.entryName}
      submit={words.renameSubmit}
      proposed={old}
      busy={busy}
      failure={failure}
      failedTitle={words.renameFailed}
      wrong={wrongName}
      onName={(name) => change(() => rename(name))}
    />
  );
}

interface RemoveContextEntryProps {
  readonly path: string;
  readonly isFolder: boolean;
}

export function RemoveContextEntry({ path, isFolder }: RemoveContextEntryProps) {
  const { folder, file } = useWorkspace();
  const isOpen = file !== undefined && (file.path === path || file.path.startsWith(`${path}/`));
  return (
    <ConfirmDialog
      title={words.removeTitle(inert(nameOf(path)))}
      text={isFolder ? words.removeFolder : words.removeFile}
      extra={isOpen && isUnsaved({ file }) ? words.removeUnsaved : ''}
      confirm={words.removeConfirm}
      icon={<Trash2 aria-hidden />}
      failedTitle={words.removeFailed}
      onConfirm={async () => {
        await openClient().call('contexts.remove', { folder, path });
        await entryMoved(path, undefined);
      }}
    />
  );
}
