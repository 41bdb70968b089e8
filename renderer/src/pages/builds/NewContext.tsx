// Starts from a template: a new folder with a Dockerfile and what belongs to it, opened in the editor.
import { useId, useState } from 'react';
import { useLocation } from 'wouter';
import { DialogForm, FormFoot } from '../../components/FormDialog.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { FailureNotice } from '../../components/FailureNotice.tsx';
import { Field } from '../../components/Field.tsx';
import { closeDialog, closerOfDialog } from '../../state/dialog-store.ts';
import { openWorkspace } from '../../state/workspace.ts';
import { en } from '../../strings/en.ts';
import { openClient } from '../../transport/connection.ts';
import { asFailure } from '../../transport/contract-failure.ts';
import { editorPath } from './build-actions.ts';
import { FolderList, useFolders } from './OpenFolder.tsx';
import { templates, type TemplateName } from './templates.ts';

const words = en.builds.newContext;
const names = Object.keys(templates) as TemplateName[];

export function NewContext() {
  const [template, setTemplate] = useState<TemplateName>('node');
  const [typed, setTyped] = useState<string>();
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const folders = useFolders('');
  const [, navigate] = useLocation();
  const formId = useId();
  const name = typed ?? `hello-${template}`;
  const submit = async (): Promise<void> => {
    const wanted = name.trim();
    if (wanted === '' || /[/\\]/.test(wanted)) {
      setError(wanted === '' ? words.nameEmpty : words.nameWrong);
      return;
    }
    setError(undefined);
    setBusy(true);
    const close = closerOfDialog();
    try {
      const files = Object.entries(templates[template]).map(([path, text]) => ({ path, text }));
      const { folder } = await openClient().call('contexts.create', {
        parent: folders.path.trim(),
        name: wanted,
        files,
      });
      await openWorkspace(folder);
      close();
      navigate(editorPath);
    } catch (failure) {
      folders.setFailure(asFailure(failure));
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={words.title}
      description={words.text}
      widthPx={640}
      onClose={closeDialog}
      foot={<FormFoot formId={formId} busy={busy} submit={words.create} />}
    >
      <DialogForm formId={formId} busy={busy} className="mt-3 flex flex-col gap-3" onSubmit={submit}>
        <fieldset>
          <legend className="field-label">{words.template}</legend>
          <div className="grid grid-cols-1 gap-1 sm:grid-cols-2">
            {names.map((value) => (
              <label key={value} className="template-choice">
                <input
                  type="radio"
                  name="template"
                  value={value}
                  aria-label={en.builds.templates[value].name}
                  checked={template === value}
                  onChange={() => setTemplate(value)}
                />
                <span>
                  <span className="font-[550]">{en.builds.templates[value].name}</span>
                  <span className="block text-sm text-ink-3">{en.builds.templates[value].text}</span>
                </span>
              </label>
            ))}
          </div>
        </fieldset>
        <Field label={words.name} value={name} error={error} mono onChange={setTyped} />
        <Field label={words.parent} value={folders.path} mono onChange={folders.setPath} />
      </DialogForm>
      <FolderList folders={folders} />
      {folders.failure !== undefined && <FailureNotice title={words.failed} failure={folders.failure} />}
    </Dialog>
  );
}
