// A small text file of a volume, to be read and changed.
import { useEffect, useId, useState } from 'react';
import { Dialog } from '../../components/Dialog.tsx';
import { DialogForm, FormFoot, useAsked } from '../../components/FormDialog.tsx';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { inert } from '../../format/inert.ts';
import { closeDialog, closerOfDialog } from '../../state/dialog-store.ts';
import { showToast } from '../../state/toast-store.ts';
import { measureVolumes } from '../../state/volume-sizes.ts';
import { en } from '../../strings/en.ts';
import { openClient } from '../../transport/connection.ts';
import { asFailure, type ContractFailure } from '../../transport/contract-failure.ts';

const words = en.volumes.files;

interface VolumeFileEditorProps {
  readonly id: string;
  readonly path: string;
}

export function VolumeFileEditor({ id, path }: VolumeFileEditorProps) {
  const [text, setText] = useState<string>();
  const [unread, setUnread] = useState<ContractFailure>();
  const { busy, failure, ask } = useAsked('volumes.writeText');
  const formId = useId();
  const name = inert(path.slice(path.lastIndexOf('/') + 1));
  useEffect(() => {
    let wanted = true;
    const read = async (): Promise<void> => {
      try {
        const answer = await openClient().call('volumes.readText', { id, path });
        if (wanted) setText(answer.text);
      } catch (error) {
        if (wanted) setUnread(asFailure(error));
      }
    };
    void read();
    return () => void (wanted = false);
  }, [id, path]);
  const save = async (): Promise<void> => {
    const close = closerOfDialog();
    if (text === undefined || (await ask({ id, path, text })) === undefined) return;
    close();
    void measureVolumes();
    showToast('info', words.saved(name), '');
  };
  return (
    <Dialog
      title={words.editTitle(name)}
      description={words.consequence}
      widthPx={820}
      step={text === undefined ? 'reading' : 'editing'}
      onClose={closeDialog}
      foot={
        unread === undefined ? (
          <FormFoot formId={formId} busy={busy || text === undefined} submit={words.save} />
        ) : (
          <button type="button" className="btn" onClick={closeDialog}>
            {en.common.close}
          </button>
        )
      }
    >
      <DialogForm formId={formId} busy={busy} onSubmit={save}>
        {unread === undefined && text === undefined && (
          <p className="mt-3 flex items-center gap-2 text-ink-3" role="status">
            <span className="mark mark-busy" aria-hidden />
            {words.editLoading}
          </p>
        )}
        {text !== undefined && (
          <textarea
            className="input input-mono mt-3 h-[46vh] min-h-[160px] w-full resize-y p-2 leading-[1.5]"
            aria-label={words.editLabel(name)}
            spellCheck={false}
            wrap="off"
            value={text}
            // eslint-disable-next-line jsx-a11y/no-autofocus -- the text is what one came for
            autoFocus
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 's' || !(event.ctrlKey || event.metaKey)) return;
              event.preventDefault();
              if (!busy) void save();
            }}
          />
        )}
      </DialogForm>
      {unread !== undefined && <FailureNotice title={words.editFailed} failure={unread} />}
      {failure !== undefined && <FailureNotice title={words.saveFailed} failure={failure} />}
    </Dialog>
  );
}
