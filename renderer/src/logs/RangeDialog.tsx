// Asks for a range of time of one's own; either end may stay open.
import { useId, useState } from 'react';
import { Dialog } from '../components/Dialog.tsx';
import { FieldError } from '../components/Field.tsx';
import { en } from '../strings/en.ts';
import { useLogView } from './log-view-store.ts';
import { fieldOf, momentOf } from './time-range.ts';

export function RangeDialog({ onClose }: { readonly onClose: () => void }) {
  const range = useLogView((view) => view.range);
  const known = range.kind === 'custom' ? range : { fromMs: null, toMs: null };
  const [from, setFrom] = useState(fieldOf(known.fromMs));
  const [to, setTo] = useState(fieldOf(known.toMs));
  const fromMs = momentOf(from);
  const toMs = momentOf(to);
  const inOrder = typeof fromMs !== 'number' || typeof toMs !== 'number' || fromMs < toMs;
  const errorId = useId();
  const apply = (): void => {
    if (fromMs === undefined || toMs === undefined || !inOrder) return;
    useLogView.setState({
      range: fromMs === null && toMs === null ? { kind: 'all' } : { kind: 'custom', fromMs, toMs },
    });
    onClose();
  };
  return (
    <Dialog
      title={en.logs.range.dialog}
      description={en.logs.range.dialogText}
      onClose={onClose}
      foot={
        <>
          <button type="button" className="btn" onClick={onClose}>
            {en.common.cancel}
          </button>
          <button type="submit" form="log-range" className="btn btn-primary" aria-disabled={!inOrder}>
            {en.logs.range.apply}
          </button>
        </>
      }
    >
      <form
        id="log-range"
        className="mt-3 grid grid-cols-2 gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          apply();
        }}
      >
        <Moment label={en.logs.range.from} value={from} onChange={setFrom} errorId={undefined} />
        <Moment
          label={en.logs.range.to}
          value={to}
          onChange={setTo}
          errorId={inOrder ? undefined : errorId}
        />
        {!inOrder && (
          <div className="col-span-2">
            <FieldError id={errorId} text={en.logs.range.order} />
          </div>
        )}
      </form>
    </Dialog>
  );
}

interface MomentProps {
  readonly label: string;
  readonly value: string;
  readonly errorId: string | undefined;
  readonly onChange: (value: string) => void;
}

function Moment({ label, value, errorId, onChange }: MomentProps) {
  const id = useId();
  return (
    <div className="field min-w-0">
      <label htmlFor={id} className="field-label">
        {label}
      </label>
      <input
        id={id}
        className="input"
        type="datetime-local"
        step={1}
        value={value}
        aria-invalid={errorId !== undefined}
        aria-describedby={errorId}
        onChange={(event) => onChange(event.target.value)}
      />
    </div>
  );
}
