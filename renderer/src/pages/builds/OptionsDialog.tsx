// How the open folder is built: names, target, arguments, labels, cache, platform.
import { useId, useState } from 'react';
import { DialogForm, FormFoot } from '../../components/FormDialog.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { Field, FieldError } from '../../components/Field.tsx';
import { closeDialog } from '../../state/dialog-store.ts';
import { buildFolder, setOptions, useWorkspace } from '../../state/workspace.ts';
import { en } from '../../strings/en.ts';
import { formOf, optionsOf, type OptionsErrors } from './options-form.ts';

const words = en.builds.options;

export function OptionsDialog() {
  const [form, setForm] = useState(() => formOf(useWorkspace.getState().options));
  const [errors, setErrors] = useState<OptionsErrors>({});
  const formId = useId();
  const apply = (): boolean => {
    const read = optionsOf(form);
    if ('errors' in read) {
      setErrors(read.errors);
      return false;
    }
    setOptions(read.options);
    closeDialog();
    return true;
  };
  const check = (field: 'noCache' | 'pull', label: string, text: string) => (
    <label className="check">
      <input
        type="checkbox"
        checked={form[field]}
        onChange={(event) => setForm({ ...form, [field]: event.target.checked })}
      />
      <span>
        {label} <span className="text-ink-3">{text}</span>
      </span>
    </label>
  );
  return (
    <Dialog
      title={words.title}
      widthPx={560}
      onClose={closeDialog}
      foot={
        <FormFoot formId={formId} busy={false} submit={words.build}>
          <button type="button" className="btn" onClick={apply}>
            {words.save}
          </button>
        </FormFoot>
      }
    >
      <DialogForm
        formId={formId}
        busy={false}
        className="mt-3 flex flex-col gap-3"
        onSubmit={() => apply() && void buildFolder()}
      >
        <Field
          label={words.tags}
          note={words.tagsNote}
          mono
          value={form.tags}
          error={errors.tags}
          onChange={(tags) => setForm({ ...form, tags })}
        />
        <Field
          label={words.target}
          note={words.targetNote}
          mono
          value={form.target}
          onChange={(target) => setForm({ ...form, target })}
        />
        <EntriesField
          label={words.args}
          value={form.args}
          error={errors.args}
          onChange={(args) => setForm({ ...form, args })}
        />
        <EntriesField
          label={words.labels}
          value={form.labels}
          error={errors.labels}
          onChange={(labels) => setForm({ ...form, labels })}
        />
        <Field
          label={words.cacheFrom}
          note={words.cacheFromNote}
          mono
          value={form.cacheFrom}
          error={errors.cacheFrom}
          onChange={(cacheFrom) => setForm({ ...form, cacheFrom })}
        />
        <Field
          label={words.platform}
          note={words.platformNote}
          mono
          value={form.platform}
          error={errors.platform}
          onChange={(platform) => setForm({ ...form, platform })}
        />
        {check('noCache', words.noCache, words.noCacheText)}
        {check('pull', words.pull, words.pullText)}
      </DialogForm>
    </Dialog>
  );
}

interface EntriesFieldProps {
  readonly label: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
}

/** NAME=value, one a line. */
function EntriesField({ label, value, error, onChange }: EntriesFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id} className="field-label">
        {label}
        <span className="field-note">{words.argsNote}</span>
      </label>
      <textarea
        id={id}
        className="input input-mono h-[62px] resize-y p-2"
        spellCheck={false}
        wrap="off"
        value={value}
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? undefined : `${id}-error`}
        onChange={(event) => onChange(event.target.value)}
      />
      {error !== undefined && <FieldError id={`${id}-error`} text={error} />}
    </div>
  );
}
