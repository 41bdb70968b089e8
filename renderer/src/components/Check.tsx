// A box to check, with a sentence below its label.
import { useId } from 'react';

interface CheckProps {
  readonly text: string;
  readonly note: string;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
}

export function Check({ text, note, on, onChange }: CheckProps) {
  const id = useId();
  return (
    <div className="check">
      <input
        id={id}
        type="checkbox"
        checked={on}
        aria-describedby={`${id}-note`}
        onChange={(event) => onChange(event.target.checked)}
      />
      <div>
        <label htmlFor={id} className="text-ink">
          {text}
        </label>
        <div id={`${id}-note`} className="text-sm text-ink-3">
          {note}
        </div>
      </div>
    </div>
  );
}
