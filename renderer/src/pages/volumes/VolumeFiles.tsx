// The files of a volume, where the engine shows them.
import { useMemo } from 'react';
import type { FileSource } from '../../files/file-source.ts';
import { FolderView } from '../../files/FolderView.tsx';
import { openDialog, useDialog } from '../../state/dialog-store.ts';
import { fetchBytes, sendBytes } from '../../state/file-transfer.ts';
import { useModel } from '../../state/model-store.ts';
import { measureVolumes } from '../../state/volume-sizes.ts';
import { en } from '../../strings/en.ts';
import { openClient } from '../../transport/connection.ts';

const words = en.volumes.files;
/** Dialogs that change files. */
const changes: ReadonlySet<string> = new Set(['editVolumeFile', 'renameVolumeFile', 'removeVolumeFile']);
const measure = (): void => void measureVolumes();

export function VolumeFiles({ id }: { readonly id: string }) {
  const offered = useModel((state) => state.engine?.features.includes('volumes') === true);
  // What was changed may look different now.
  const changing = useDialog((state) => state.dialog !== undefined && changes.has(state.dialog.kind));
  const source = useMemo(() => volumeSource(id), [id]);
  return offered ? (
    <FolderView key={id} source={source} version={String(changing)} onChanged={measure} />
  ) : (
    <p className="px-[18px] py-3 text-ink-2">{words.unavailable}</p>
  );
}

function volumeSource(id: string): FileSource {
  return {
    key: id,
    name: id,
    rootText: words.root,
    read: (path) => openClient().call('volumes.folder', { id, path }),
    download: (path, kind, onProgress, signal) =>
      fetchBytes('volumeDownload', { id, path, kind }, onProgress, signal),
    upload: (path, kind, file, onProgress, signal) =>
      sendBytes('volumeUpload', { id, path, kind, sizeBytes: file.size }, file, onProgress, signal),
    edit: (path) => openDialog({ kind: 'editVolumeFile', id, path }),
    rename: (path) => openDialog({ kind: 'renameVolumeFile', id, path }),
    remove: (path, kind) => openDialog({ kind: 'removeVolumeFile', id, path, isFolder: kind === 'folder' }),
  };
}
