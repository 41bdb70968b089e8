// Another name for a file of a volume, and the question before one goes.
import { Trash2 } from 'lucide-react';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { useAsked } from '../../components/FormDialog.tsx';
import { NameDialog } from '../../components/NameDialog.tsx';
import { inert } from '../../format/inert.ts';
import { closerOfDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { measureVolumes } from '../../state/volume-sizes.ts';
import { en } from '../../strings/en.ts';
import { openClient } from '../../transport/connection.ts';

const words = en.volumes.files;

interface VolumeFileProps {
  readonly id: string;
  readonly path: string;
}

export function RenameVolumeFile({ id, path }: VolumeFileProps) {
  const old = nameOf(path);
  const { busy, failure, ask } = useAsked('volumes.renameFile');
  return (
    <NameDialog
      title={words.renameTitle(inert(old))}
      text={words.renameText}
      label={words.renameField}
      submit={words.renameSubmit}
      proposed={old}
      busy={busy}
      failure={failure}
      failedTitle={words.renameFailed}
      wrong={(name) => (/^\.{0,2}$|\//.test(name) ? words.renameWrong : undefined)}
      onName={async (name) => {
        const close = closerOfDialog();
        if (name === old || (await ask({ id, path, name })) !== undefined) close();
      }}
    />
  );
}

export function RemoveVolumeFile({ id, path, isFolder }: VolumeFileProps & { readonly isFolder: boolean }) {
  const users = useModel((state) => state.volumes.get(id)?.containers ?? 0);
  return (
    <ConfirmDialog
      title={words.removeTitle(inert(nameOf(path)))}
      text={isFolder ? words.removeFolder : words.removeFile}
      extra={users === 0 ? '' : words.removeUsed(users)}
      confirm={words.removeConfirm}
      icon={<Trash2 aria-hidden />}
      failedTitle={words.removeFailed}
      onConfirm={async () => {
        await openClient().call('volumes.removeFile', { id, path });
        void measureVolumes();
      }}
    />
  );
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
