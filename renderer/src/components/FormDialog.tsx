// What dialogs with a form share: the foot with its buttons, and the one question that they put to the engine.
import { useState } from 'react';
import type { MethodName, Params, Result } from '../../../runtime/contract/methods.ts';
import { closeDialog } from '../state/dialog-store.ts';
import { en } from '../strings/en.ts';
import { openClient } from '../transport/connection.ts';
import { asFailure, type ContractFailure } from '../transport/contract-failure.ts';

interface FormFootProps {
  readonly formId: string;
  readonly busy: boolean;
  readonly submit: string;
}

/** Cancel, and the button that sends the form. */
export function FormFoot({ formId, busy, submit }: FormFootProps) {
  return (
    <>
      <button type="button" className="btn" onClick={closeDialog}>
        {en.common.cancel}
      </button>
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
