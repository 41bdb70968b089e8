// A dialog that asks for one name. What is wrong with it stands at the field; why the engine refused it stands below.
import { useId, useState } from 'react';
import { closeDialog } from '../state/dialog-store.ts';
import type { ContractFailure } from '../transport/contract-failure.ts';
import { Dialog } from './Dialog.tsx';
import { FailureNotice } from './FailureNotice.tsx';
import { Field } from './Field.tsx';
import { DialogForm, FormFoot } from './FormDialog.tsx';

interface NameDialogProps {
  readonly title: string;
  readonly text: string;
  readonly label: string;
  readonly submit: string;
  /** What stands in the field at first. */
  readonly proposed: string;
  readonly busy: boolean;
  readonly failure: ContractFailure | undefined;
  readonly failedTitle: string;
  /** What is wrong with a name; undefined when it may be sent. */
  readonly wrong: (name: string) => string | undefined;
  readonly onName: (name: string) => unknown;
}

export function NameDialog(props: NameDialogProps) {
  const { title, text, label, submit, busy, failure, failedTitle } = props;
  const [name, setName] = useState(props.proposed);
  const [error, setError] = useState<string>();
  const formId = useId();
  const send = (): unknown => {
    const mistake = props.wrong(name);
    return mistake === undefined ? props.onName(name) : setError(mistake);
  };
  return (
    <Dialog
      title={title}
      description={text}
      onClose={closeDialog}
      foot={<FormFoot formId={formId} busy={busy} submit={submit} />}
    >
      <DialogForm formId={formId} busy={busy} className="mt-3" onSubmit={send}>
        <Field
          label={label}
          mono
          value={name}
          error={error}
          onChange={(value) => {
            setName(value);
            setError(undefined);
          }}
        />
      </DialogForm>
      {failure !== undefined && <FailureNotice title={failedTitle} failure={failure} />}
    </Dialog>
  );
}
