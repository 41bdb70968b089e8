// What is done with one image, or with all that nobody needs: another name, a push, how it was made, and the prune.
import { BrushCleaning, Upload } from 'lucide-react';
import { useEffect, useState } from 'react';
import type { Result } from '../../../../runtime/contract/methods.ts';
import type { ImageModel } from '../../../../runtime/contract/model.ts';
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx';
import { DialogForm } from '../../components/FormDialog.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { Field } from '../../components/Field.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { inert } from '../../format/inert.ts';
import { formatDateTime, formatSize } from '../../format/number.ts';
import { closeDialog, closerOfDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { startPush } from '../../state/tasks.ts';
import { showToast } from '../../state/toast-store.ts';
import { en } from '../../strings/en.ts';
import { openClient, useConnection } from '../../transport/connection.ts';
import { asFailure, connectionLost, sentenceOf } from '../../transport/contract-failure.ts';
import { familiar, imageName, isReference } from './image-reference.ts';

const words = en.images;

export function TagImage({ id }: { readonly id: string }) {
  const image = useModel((state) => state.images.get(id));
  if (image === undefined) return null;
  return (
    <ReferenceDialog
      image={image}
      title={words.tagTitle(inert(imageName(image)))}
      label={words.tagField}
      note={en.pull.referenceNote}
      confirm={words.tagConfirm}
      onConfirm={async (reference) => {
        await openClient().call('images.tag', { id, reference });
      }}
    />
  );
}

/** Names the image first where the name is not yet one of it; then the push is a task like a pull. */
export function PushImage({ id }: { readonly id: string }) {
  const image = useModel((state) => state.images.get(id));
  if (image === undefined) return null;
  return (
    <ReferenceDialog
      image={image}
      title={words.pushTitle(inert(imageName(image)))}
      label={words.pushField}
      note={words.pushNote}
      confirm={words.pushConfirm}
      icon
      onConfirm={async (reference) => {
        const client = openClient();
        if (!image.tags.includes(familiar(reference))) await client.call('images.tag', { id, reference });
        await startPush(familiar(reference));
      }}
    />
  );
}

interface ReferenceDialogProps {
  readonly image: ImageModel;
  readonly title: string;
  readonly label: string;
  readonly note: string;
  readonly confirm: string;
  readonly icon?: boolean;
  readonly onConfirm: (reference: string) => Promise<void>;
}

function ReferenceDialog({ image, title, label, note, confirm, icon, onConfirm }: ReferenceDialogProps) {
  const [typed, setTyped] = useState(image.tags[0] ?? '');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    const reference = typed.trim();
    if (reference === '' || !isReference(reference)) {
      setError(reference === '' ? en.run.errors.imageEmpty : en.run.errors.imageMalformed);
      return;
    }
    setBusy(true);
    const close = closerOfDialog();
    try {
      await onConfirm(reference);
      close();
    } catch (failure) {
      setError(inert(sentenceOf(asFailure(failure))));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={title}
      widthPx={520}
      onClose={closeDialog}
      foot={
        <>
          <button type="button" className="btn" onClick={closeDialog}>
            {en.common.cancel}
          </button>
          <button type="submit" form="image-reference" className="btn btn-primary" aria-disabled={busy}>
            {busy ? <span className="mark mark-busy" aria-hidden /> : icon === true && <Upload aria-hidden />}
            {confirm}
          </button>
        </>
      }
    >
      <DialogForm formId="image-reference" busy={busy} onSubmit={submit}>
        <Field
          label={label}
          note={note}
          value={typed}
          error={error}
          mono
          onChange={(value) => {
            setTyped(value);
            setError(undefined);
          }}
        />
      </DialogForm>
    </Dialog>
  );
}

type Preview = Result<'images.prunePreview'>['preview'];

export function PruneImages() {
  const client = useConnection((state) => state.client);
  const images = useModel((state) => state.images);
  const [all, setAll] = useState(false);
  const [preview, setPreview] = useState<Preview>();
  useEffect(() => {
    let wanted = true;
    void client?.call('images.prunePreview', { all }).then(
      (told) => wanted && setPreview(told.preview),
      () => wanted && setPreview(null),
    );
    return () => {
      wanted = false;
    };
  }, [client, all, images]);
  const nothing = preview?.ids.length === 0;
  return (
    <ConfirmDialog
      title={words.pruneTitle}
      text={words.pruneText}
      blocked={nothing ? words.pruneNothing : undefined}
      confirm={
        preview === undefined || preview === null || nothing
          ? words.pruneConfirm
          : words.pruneCount(preview.ids.length)
      }
      icon={<BrushCleaning aria-hidden />}
      failedTitle={words.pruneFailed}
      onConfirm={async () => {
        if (client === undefined) throw connectionLost();
        const { removed, reclaimedBytes } = await client.call('images.prune', { all });
        showToast('info', words.pruned(removed), words.freed(formatSize(reclaimedBytes)));
      }}
    >
      <div className="mt-3">
        <Segmented
          label={words.pruneWhich}
          value={all ? 'unused' : 'dangling'}
          options={[
            { value: 'dangling', text: words.pruneDangling },
            { value: 'unused', text: words.pruneUnused },
          ]}
          onChoose={(which) => setAll(which === 'unused')}
        />
      </div>
      {preview !== undefined && preview !== null && !nothing && (
        <>
          <p className="mt-3 text-ink">{words.pruneFrees(formatSize(preview.reclaimBytes))}</p>
          <ul className="mt-1 max-h-[160px] overflow-auto text-sm" aria-label={words.pruneList}>
            {preview.ids.map((id) => {
              const image = images.get(id);
              return (
                <li key={id} className="flex h-6 items-center gap-3">
                  <span className="min-w-0 flex-1 truncate font-mono">
                    {inert(image === undefined ? id.slice(7, 19) : imageName(image))}
                  </span>
                  <span className="text-ink-3 tabular-nums">
                    {image !== undefined && formatSize(image.sizeBytes)}
                  </span>
                </li>
              );
            })}
          </ul>
        </>
      )}
    </ConfirmDialog>
  );
}

type Step = Result<'images.history'>['steps'][number];

export function ImageHistory({ id }: { readonly id: string }) {
  const client = useConnection((state) => state.client);
  const image = useModel((state) => state.images.get(id));
  const [steps, setSteps] = useState<readonly Step[]>();
  const [failed, setFailed] = useState('');
  useEffect(() => {
    let wanted = true;
    void client?.call('images.history', { id }).then(
      (told) => wanted && setSteps(told.steps),
      (error: unknown) => wanted && setFailed(sentenceOf(asFailure(error))),
    );
    return () => {
      wanted = false;
    };
  }, [client, id]);
  if (image === undefined) return null;
  return (
    <Dialog
      title={words.historyTitle(inert(imageName(image)))}
      reading
      widthPx={760}
      onClose={closeDialog}
      foot={
        <button type="button" className="btn" onClick={closeDialog}>
          {en.common.close}
        </button>
      }
    >
      {failed !== '' && <p className="text-bad">{inert(failed)}</p>}
      {steps === undefined && failed === '' && <p className="text-ink-3">{words.historyWait}</p>}
      {steps !== undefined && (
        <table className="w-full text-sm">
          <thead>
            <tr className="text-left text-ink-3">
              <th className="py-1 pr-3 font-[550]">{words.historyColumns.step}</th>
              <th className="py-1 pr-3 text-right font-[550]">{words.historyColumns.size}</th>
              <th className="py-1 text-right font-[550]">{words.historyColumns.created}</th>
            </tr>
          </thead>
          <tbody>
            {steps.map((step, index) => (
              <tr key={index} className="border-t border-line align-top">
                <td className="py-1 pr-3 font-mono break-all">
                  {inert(
                    step.command !== '' ? step.command : step.comment !== '' ? step.comment : en.common.none,
                  )}
                </td>
                <td className="py-1 pr-3 text-right whitespace-nowrap tabular-nums">
                  {formatSize(step.sizeBytes)}
                </td>
                <td className="py-1 text-right whitespace-nowrap text-ink-3">
                  {step.createdMs > 86_400_000 ? formatDateTime(step.createdMs) : en.common.none}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Dialog>
  );
}
