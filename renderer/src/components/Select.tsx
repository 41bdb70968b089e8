// A choice of one out of a few, as the platform shows it: for rows of fields, where a row of buttons has no room.
import { useId } from 'react';

interface SelectProps<T extends string> {
  readonly label: string;
  /** The label is for screen readers only: a row of fields has its heading above. */
  readonly hideLabel?: boolean;
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly text: string }[];
  readonly onChange: (value: T) => void;
}

export function Select<T extends string>({ label, hideLabel, value, options, onChange }: SelectProps<T>) {
  const id = useId();
  return (
    <div className="field min-w-0">
      <label htmlFor={id} className={hideLabel === true ? 'sr-only' : 'field-label'}>
        {label}
      </label>
      <select
        id={id}
        className="input"
        value={value}
        onChange={(event) => {
          const chosen = options.find((option) => option.value === event.target.value);
          if (chosen !== undefined) onChange(chosen.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </div>
  );
}
