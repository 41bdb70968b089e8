// Another name for a file of a volume, and the question before one goes.
import { Trash2 } from 'lucide-react';
import { useId, useState } from 'react';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { Field } from '../../components/Field.tsx';
import { DialogForm, FormFoot, useAsked } from '../../components/FormDialog.tsx';
import { inert } from '../../format/inert.ts';
import { closeDialog } from '../../state/dialog-store.ts';
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
  const [name, setName] = useState(old);
  const [error, setError] = useState<string>();
  const { busy, failure, ask } = useAsked('volumes.renameFile');
  const formId = useId();
  const submit = async (): Promise<void> => {
    if (name === old) closeDialog();
    else if (name === '' || name.includes('/') || name === '.' || name === '..') setError(words.renameWrong);
    else if ((await ask({ id, path, name })) !== undefined) closeDialog();
  };
  return (
    <Dialog
      title={words.renameTitle(inert(old))}
      description={words.renameText}
      onClose={closeDialog}
      foot={<FormFoot formId={formId} busy={busy} submit={words.renameSubmit} />}
    >
      <DialogForm formId={formId} busy={busy} className="mt-3" onSubmit={submit}>
        <Field
          label={words.renameField}
          mono
          value={name}
          error={error}
          onChange={(value) => {
            setName(value);
            setError(undefined);
          }}
        />
      </DialogForm>
      {failure !== undefined && <FailureNotice title={words.renameFailed} failure={failure} />}
    </Dialog>
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
      onClose={closeDialog}
    />
  );
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
