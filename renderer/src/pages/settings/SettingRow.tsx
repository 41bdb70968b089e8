// One setting: what it is called, what it does, and the control.
import type { ReactNode } from 'react';

interface SettingRowProps {
  readonly title: string;
  readonly note?: string;
  /** The control's id, where the title is its label. */
  readonly labels?: string;
  readonly children: ReactNode;
}

export function SettingRow({ title, note, labels, children }: SettingRowProps) {
  return (
    <div className="setting">
      <div className="min-w-0 flex-1">
        {labels === undefined ? (
          <div className="font-[550]">{title}</div>
        ) : (
          <label htmlFor={labels} className="font-[550]">
            {title}
          </label>
        )}
        {note !== undefined && <div className="text-ink-2">{note}</div>}
      </div>
      <div className="flex-none">{children}</div>
    </div>
  );
}

interface SwitchProps {
  readonly title: string;
  readonly note?: string;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
}

/** A setting that is on or off. */
export function SettingSwitch({ title, note, on, onChange }: SwitchProps) {
  return (
    <SettingRow title={title} {...(note === undefined ? {} : { note })}>
      <button
        type="button"
        role="switch"
        aria-checked={on}
        aria-label={title}
        className="switch"
        onClick={() => onChange(!on)}
      >
        <span aria-hidden />
      </button>
    </SettingRow>
  );
}
