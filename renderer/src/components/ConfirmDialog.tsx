// Asks before something is destroyed: names the object, says the consequence, and shows the engine's sentence on refusal.
import { CircleAlert } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { closeDialog, closerOfDialog } from '../state/dialog-store.ts';
import { en } from '../strings/en.ts';
import { asFailure, type ContractFailure } from '../transport/contract-failure.ts';
import { Dialog } from './Dialog.tsx';
import { FailureNotice } from './FailureNotice.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  readonly text: string;
  readonly extra?: string;
  readonly confirm: string;
  readonly icon: ReactNode;
  /** What a refusal is called. */
  readonly failedTitle: string;
  /** Confirming is pointless, and why. */
  readonly blocked?: string | undefined;
  /** The same, where the text says why. */
  readonly disabled?: boolean;
  /** Does it; a rejection keeps the dialog open. */
  readonly onConfirm: () => Promise<void>;
  /** Shown between the text and the buttons. */
  readonly children?: ReactNode;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<ContractFailure>();
  const confirm = async (): Promise<void> => {
    setBusy(true);
    setFailure(undefined);
    const close = closerOfDialog();
    try {
      await props.onConfirm();
      close();
    } catch (error) {
      setFailure(asFailure(error));
      setBusy(false);
    }
  };
  return (
    <Dialog
      alert
      title={props.title}
      description={props.text}
      onClose={closeDialog}
      foot={
        <>
          <button type="button" className="btn" onClick={closeDialog}>
            {en.common.cancel}
          </button>
          <button
            type="button"
            className="btn btn-danger"
            disabled={busy || props.blocked !== undefined || props.disabled === true}
            onClick={() => void confirm()}
          >
            {busy ? <span className="mark mark-busy" aria-hidden /> : props.icon}
            {props.confirm}
          </button>
        </>
      }
    >
      {props.extra !== undefined && props.extra !== '' && <p className="mt-2 text-ink">{props.extra}</p>}
      {props.children}
      {props.blocked !== undefined && (
        <div className="notice mt-3">
          <CircleAlert aria-hidden />
          <span>{props.blocked}</span>
        </div>
      )}
      {failure !== undefined && <FailureNotice title={props.failedTitle} failure={failure} />}
    </Dialog>
  );
}
