// A labelled text field with its error below it, tied together for screen readers.
import { CircleAlert } from 'lucide-react';
import { useId, type ClipboardEvent } from 'react';

interface FieldProps {
  readonly label: string;
  readonly note?: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly error?: string | undefined;
  readonly mono?: boolean;
  /** The label is for screen readers only: a row of fields has its heading above. */
  readonly hideLabel?: boolean;
  /** What is typed is not shown. */
  readonly secret?: boolean;
  readonly inputMode?: 'numeric';
  readonly onChange: (value: string) => void;
  readonly onPaste?: (event: ClipboardEvent<HTMLInputElement>) => void;
}

export function Field(props: FieldProps) {
  const id = useId();
  const errorId = `${id}-error`;
  return (
    <div className="field min-w-0">
      <label htmlFor={id} className={props.hideLabel === true ? 'sr-only' : 'field-label'}>
        {props.label}
        {props.note !== undefined && <span className="field-note">{props.note}</span>}
      </label>
      <input
        id={id}
        className={`input ${props.mono === true ? 'input-mono' : ''}`}
        type={props.secret === true ? 'password' : 'text'}
        inputMode={props.inputMode}
        autoComplete={props.secret === true ? 'new-password' : 'off'}
        spellCheck={false}
        value={props.value}
        placeholder={props.placeholder}
        aria-invalid={props.error !== undefined}
        aria-describedby={props.error === undefined ? undefined : errorId}
        onChange={(event) => props.onChange(event.target.value)}
        onPaste={props.onPaste}
      />
      {props.error !== undefined && <FieldError id={errorId} text={props.error} />}
    </div>
  );
}

export function FieldError({ id, text }: { readonly id: string; readonly text: string }) {
  return (
    <p id={id} className="field-error">
      <CircleAlert aria-hidden className="mt-[2px] h-[13px] w-[13px] flex-none" />
      {text}
    </p>
  );
}
