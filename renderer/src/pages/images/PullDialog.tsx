// Pulls an image: the reference, then layer by layer how far it is. Closing it leaves the pull running in the background.
import { CircleCheck, Download, Play } from 'lucide-react';
import { useId, useState } from 'react';
import type { TaskModel } from '../../../../runtime/contract/model.ts';
import { Combobox } from '../../components/Combobox.tsx';
import { DialogForm } from '../../components/FormDialog.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { FieldError } from '../../components/Field.tsx';
import { inert } from '../../format/inert.ts';
import { closeDialog, openDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { cancelTask, forgetTask, startPull } from '../../state/tasks.ts';
import { en } from '../../strings/en.ts';
import { asFailure, type ContractFailure } from '../../transport/contract-failure.ts';
import { familiar, isReference } from './image-reference.ts';
import { PullProgress } from './PullProgress.tsx';
import { useReferenceSuggestions } from './reference-suggestions.ts';

const words = en.pull;

export function PullDialog({ reference }: { readonly reference: string }) {
  const [typed, setTyped] = useState(reference);
  const [error, setError] = useState<string>();
  const [asked, setAsked] = useState(reference);
  /** Why not even a task came of it. */
  const [refused, setRefused] = useState<ContractFailure>();
  const pull = useModel((state) => newestOf(asked, state.tasks.values()));
  const suggestions = useReferenceSuggestions(typed);
  const formId = useId();
  const inputId = useId();
  const errorId = `${inputId}-error`;

  const submit = async (): Promise<void> => {
    const text = typed.trim();
    if (text === '' || !isReference(text)) {
      setError(text === '' ? en.run.errors.imageEmpty : en.run.errors.imageMalformed);
      return;
    }
    const wanted = familiar(text);
    setError(undefined);
    setRefused(undefined);
    setAsked(wanted);
    try {
      if (pull !== undefined && pull.state !== 'running') await forgetTask(pull.id);
      await startPull(wanted);
    } catch (failure) {
      setRefused(asFailure(failure));
    }
  };
  const close = (): void => {
    // What the dialog showed to its end needs no place in the list of tasks.
    if (pull !== undefined && pull.state !== 'running') void forgetTask(pull.id);
    closeDialog();
  };

  const started = pull !== undefined && pull.state !== 'failed' && pull.state !== 'cancelled';
  return (
    <Dialog
      title={started ? words.titleOf(inert(asked)) : words.title}
      widthPx={600}
      step={pull?.state ?? ''}
      onClose={close}
      foot={<Foot pull={pull} formId={formId} onClose={close} />}
    >
      {started ? (
        <PullProgress pull={pull} />
      ) : (
        <DialogForm formId={formId} busy={false} onSubmit={submit}>
          <div className="field">
            <label htmlFor={inputId} className="field-label">
              {words.reference}
              <span className="field-note">{words.suggestNote}</span>
            </label>
            <Combobox
              id={inputId}
              value={typed}
              suggestions={suggestions.texts}
              found
              notes={suggestions.notes}
              listLabel={words.suggestions}
              placeholder={en.run.imagePlaceholder}
              invalid={error !== undefined}
              describedBy={error === undefined ? undefined : errorId}
              onChange={setTyped}
            />
            {error !== undefined && <FieldError id={errorId} text={error} />}
          </div>
        </DialogForm>
      )}
      {pull?.state === 'done' && (
        <div className="mt-3 flex items-center gap-2 text-ok" role="status">
          <CircleCheck aria-hidden className="h-4 w-4" />
          {words.done(inert(asked))}
        </div>
      )}
      {pull?.state === 'failed' && (
        <FailureNotice
          title={words.failed(inert(asked))}
          failure={{ message: pull.error, hint: pull.hint }}
        />
      )}
      {refused !== undefined && <FailureNotice title={words.failed(inert(asked))} failure={refused} />}
      {pull?.state === 'cancelled' && (
        <p className="mt-3 text-ink-3" role="status">
          {words.cancelled(inert(asked))}
        </p>
      )}
    </Dialog>
  );
}

/** The pull of this reference that began last. */
function newestOf(reference: string, tasks: Iterable<TaskModel>): TaskModel | undefined {
  let newest: TaskModel | undefined;
  for (const task of tasks) {
    if (task.kind === 'pull' && task.subject === reference && task.startedMs >= (newest?.startedMs ?? 0))
      newest = task;
  }
  return newest;
}

interface FootProps {
  readonly pull: TaskModel | undefined;
  readonly formId: string;
  readonly onClose: () => void;
}

function Foot({ pull, formId, onClose }: FootProps) {
  if (pull?.state === 'running') {
    return (
      <>
        <button type="button" className="btn" onClick={() => void cancelTask(pull)}>
          {words.cancelPull}
        </button>
        <button type="button" className="btn btn-primary" onClick={onClose}>
          {words.background}
        </button>
      </>
    );
  }
  if (pull?.state === 'done') {
    const run = (): void => {
      void forgetTask(pull.id);
      openDialog({ kind: 'run', image: pull.subject });
    };
    return (
      <>
        <button type="button" className="btn" onClick={onClose}>
          {en.common.close}
        </button>
        <button type="button" className="btn btn-primary" onClick={run}>
          <Play aria-hidden />
          {words.run}
        </button>
      </>
    );
  }
  return (
    <>
      <button type="button" className="btn" onClick={onClose}>
        {en.common.cancel}
      </button>
      <button type="submit" form={formId} className="btn btn-primary">
        <Download aria-hidden />
        {pull === undefined ? words.submit : words.again}
      </button>
    </>
  );
}
