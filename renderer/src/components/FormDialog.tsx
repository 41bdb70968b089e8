// What dialogs with a form share: the form, the foot with its buttons, and the one question that they put to the engine.
import { useState, type ReactNode } from 'react';
import type { MethodName, Params, Result } from '../../../runtime/contract/methods.ts';
import { closeDialog } from '../state/dialog-store.ts';
import { en } from '../strings/en.ts';
import { openClient } from '../transport/connection.ts';
import { asFailure, type ContractFailure } from '../transport/contract-failure.ts';

interface DialogFormProps {
  readonly formId: string;
  /** Sent already: nothing is sent again. */
  readonly busy: boolean;
  readonly className?: string;
  readonly onSubmit: () => unknown;
  readonly children: ReactNode;
}

/** A form that is sent by the foot's button, or by Enter, to nobody but `onSubmit`. */
export function DialogForm({ formId, busy, className, onSubmit, children }: DialogFormProps) {
  return (
    <form
      id={formId}
      noValidate
      className={className}
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void onSubmit();
      }}
    >
      {children}
    </form>
  );
}

interface FormFootProps {
  readonly formId: string;
  readonly busy: boolean;
  readonly submit: string;
  /** Buttons between the two. */
  readonly children?: ReactNode;
}

/** Cancel, and the button that sends the form. */
export function FormFoot({ formId, busy, submit, children }: FormFootProps) {
  return (
    <>
      <button type="button" className="btn" onClick={closeDialog}>
        {en.common.cancel}
      </button>
      {children}
      <button type="submit" form={formId} className="btn btn-primary" aria-disabled={busy}>
        {busy && <span className="mark mark-busy" aria-hidden />}
        {submit}
      </button>
    </>
  );
}

/** A method that a dialog asks for: whether it is under way, and why it failed, of which `ask` answers nothing. */
export function useAsked<M extends MethodName>(
  method: M,
): {
  readonly busy: boolean;
  readonly failure: ContractFailure | undefined;
  readonly ask: (params: Params<M>) => Promise<Result<M> | undefined>;
} {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ContractFailure>();
  const ask = async (params: Params<M>): Promise<Result<M> | undefined> => {
    setBusy(true);
    setFailure(undefined);
    try {
      return await openClient().call(method, params);
    } catch (error) {
      setFailure(asFailure(error));
      return undefined;
    } finally {
      setBusy(false);
    }
  };
  return { busy, failure, ask };
}
