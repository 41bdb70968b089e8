// Runs a container: asks for image, name, command, ports, mounts and environment; pulls the image first when it is not here.
// What the engine refuses is said in the dialog, and nothing typed is lost.
import { Download, Play } from 'lucide-react';
import { useId, useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { Check } from '../../components/Check.tsx';
import { Combobox } from '../../components/Combobox.tsx';
import { DialogForm } from '../../components/FormDialog.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { Field, FieldError } from '../../components/Field.tsx';
import { inert } from '../../format/inert.ts';
import { containerPath } from '../../route.ts';
import { closeDialog, useDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { cancelTask, forgetTask, startPull, whenEnded } from '../../state/tasks.ts';
import { en } from '../../strings/en.ts';
import { openClient } from '../../transport/connection.ts';
import { asFailure, ContractFailure } from '../../transport/contract-failure.ts';
import { familiar, isHere, isReference } from '../images/image-reference.ts';
import { PullProgress } from '../images/PullProgress.tsx';
import { newRunForm, readRunForm, type FieldErrors, type RunForm } from './run-form.ts';
import { MountRows } from './RunMounts.tsx';
import { NetworkRows } from './RunNetworks.tsx';
import { PortRows, VariableRows } from './RunRows.tsx';

const words = en.run;
const noErrors: FieldErrors = new Map();

export function RunDialog({ image }: { readonly image: string }) {
  const [form, setForm] = useState(() => newRunForm(image));
  const [tried, setTried] = useState(false);
  const [phase, setPhase] = useState<'form' | 'pulling' | 'starting'>('form');
  const [failure, setFailure] = useState<{ title: string; failure: ContractFailure }>();
  const [missing, setMissing] = useState<string>();
  const [pullId, setPullId] = useState<string>();
  const [, navigate] = useLocation();
  const body = useRef<HTMLDivElement>(null);
  const errorId = useId();
  const imageId = useId();
  const formId = useId();

  const images = useModel((state) => state.images);
  const containers = useModel((state) => state.containers);
  const tags = useMemo(() => [...images.values()].flatMap((one) => one.tags).sort(), [images]);
  const networks = useModel((state) => state.networks);
  const typed = form.image.trim();
  const toPull = isReference(typed) && (missing === typed || !isHere(typed, images.values()));
  const read = readRunForm(form, {
    containers: [...containers.values()],
    networks: [...networks.values()],
  });
  const errors = tried ? read.errors : noErrors;
  const change = (part: Partial<RunForm>): void => setForm((before) => ({ ...before, ...part }));

  const run = async (): Promise<void> => {
    setTried(true);
    setFailure(undefined);
    const options = read.options;
    if (options === undefined) {
      setTimeout(() => focusFirstError(body.current), 0);
      return;
    }
    if (toPull) {
      setPhase('pulling');
      const pull = await pullToEnd(familiar(options.image), setPullId);
      if (pull !== 'done') {
        setPhase('form');
        if (pull !== 'cancelled') setFailure({ title: words.pullFailed, failure: pull });
        return;
      }
      setMissing(undefined);
    }
    // Closed during the pull: the person gave up running it.
    if (useDialog.getState().dialog?.kind !== 'run') return;
    setPhase('starting');
    try {
      const client = openClient();
      const { id } = await client.call('containers.run', options);
      closeDialog();
      navigate(containerPath(id, options.tty ? 'terminal' : 'logs'));
    } catch (error) {
      const reason = asFailure(error);
      setPhase('form');
      if (reason.code === 'notFound' && /no such image/i.test(reason.message)) setMissing(options.image);
      setFailure({ title: words.failed, failure: reason });
    }
  };

  const busy = phase !== 'form';
  return (
    <Dialog
      title={image === '' ? words.title : words.titleOf(inert(image))}
      widthPx={720}
      step={phase}
      onClose={closeDialog}
      foot={
        <Foot
          formId={formId}
          phase={phase}
          toPull={toPull}
          reference={familiar(typed)}
          onCancelPull={() => {
            const pull = pullId === undefined ? undefined : useModel.getState().tasks.get(pullId);
            if (pull !== undefined) void cancelTask(pull);
          }}
        />
      }
    >
      <div ref={body}>
        <DialogForm formId={formId} busy={busy} onSubmit={run}>
          <fieldset disabled={busy} className="flex flex-col gap-4">
            <div className="field">
              <label htmlFor={imageId} className="field-label">
                {words.image}
                {toPull && <span className="field-note">{words.imageMissing}</span>}
              </label>
              <Combobox
                id={imageId}
                value={form.image}
                suggestions={tags}
                listLabel={words.imageList}
                placeholder={words.imagePlaceholder}
                invalid={errors.has('image')}
                describedBy={errors.has('image') ? errorId : undefined}
                onChange={(value) => change({ image: value })}
              />
              {errors.has('image') && <FieldError id={errorId} text={errors.get('image') ?? ''} />}
            </div>
            <div className="grid grid-cols-2 gap-4">
              <Field
                label={words.name}
                value={form.name}
                placeholder={words.namePlaceholder}
                error={errors.get('name')}
                onChange={(value) => change({ name: value })}
              />
              <Field
                label={words.command}
                note={words.commandNote}
                value={form.command}
                placeholder={words.commandPlaceholder}
                mono
                error={errors.get('command')}
                onChange={(value) => change({ command: value })}
              />
            </div>
            <PortRows rows={form.ports} errors={errors} onChange={(ports) => change({ ports })} />
            <NetworkRows
              rows={form.networks}
              errors={errors}
              onChange={(rows) => change({ networks: rows })}
            />
            <MountRows rows={form.mounts} errors={errors} onChange={(mounts) => change({ mounts })} />
            <VariableRows
              rows={form.variables}
              errors={errors}
              onChange={(variables) => change({ variables })}
            />
            <div className="grid grid-cols-2 gap-4">
              <Check
                text={words.tty}
                note={words.ttyNote}
                on={form.tty}
                onChange={(tty) => change({ tty })}
              />
              <Check
                text={words.autoRemove}
                note={words.autoRemoveNote}
                on={form.autoRemove}
                onChange={(autoRemove) => change({ autoRemove })}
              />
            </div>
          </fieldset>
        </DialogForm>
        {phase === 'pulling' && pullId !== undefined && <Pulling id={pullId} />}
        {failure !== undefined && <FailureNotice title={failure.title} failure={failure.failure} />}
      </div>
    </Dialog>
  );
}

/** Pulls and waits; tells the task's id as soon as there is one. Its outcome needs no place in the list of tasks. */
async function pullToEnd(
  reference: string,
  begun: (id: string) => void,
): Promise<'done' | 'cancelled' | ContractFailure> {
  try {
    const id = await startPull(reference);
    begun(id);
    const pull = await whenEnded(id);
    if (pull === undefined) return 'cancelled';
    await forgetTask(id);
    if (pull.state === 'failed') {
      return new ContractFailure({ code: 'internal', message: pull.error, hint: pull.hint });
    }
    return pull.state === 'done' ? 'done' : 'cancelled';
  } catch (error) {
    return asFailure(error);
  }
}

function focusFirstError(body: HTMLElement | null): void {
  const field = body?.querySelector('[aria-invalid="true"]');
  if (field instanceof HTMLElement) field.focus();
}

interface FootProps {
  readonly formId: string;
  readonly phase: 'form' | 'pulling' | 'starting';
  readonly toPull: boolean;
  readonly reference: string;
  readonly onCancelPull: () => void;
}

function Foot({ formId, phase, toPull, reference, onCancelPull }: FootProps) {
  const busy = phase !== 'form';
  return (
    <>
      {phase === 'pulling' ? (
        <button type="button" className="btn" onClick={onCancelPull}>
          {words.cancelPull}
        </button>
      ) : (
        <button type="button" className="btn" onClick={closeDialog}>
          {en.common.cancel}
        </button>
      )}
      <button type="submit" form={formId} className="btn btn-primary" disabled={busy}>
        {busy ? (
          <span className="mark mark-busy" aria-hidden />
        ) : toPull ? (
          <Download aria-hidden />
        ) : (
          <Play aria-hidden />
        )}
        {phase === 'pulling'
          ? words.pulling(inert(reference))
          : phase === 'starting'
            ? words.starting
            : toPull
              ? words.pullAndRun
              : words.submit}
      </button>
    </>
  );
}

function Pulling({ id }: { readonly id: string }) {
  const pull = useModel((state) => state.tasks.get(id));
  if (pull === undefined) return null;
  return (
    <div className="mt-4 rounded-md border border-line bg-sunken p-3">
      <PullProgress pull={pull} />
    </div>
  );
}
