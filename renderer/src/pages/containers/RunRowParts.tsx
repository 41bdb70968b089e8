// What the kinds of rows of the run dialog share: a heading, the rows, a button for one more, and what a row is made of.
import { Plus, X } from 'lucide-react';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { Combobox } from '../../components/Combobox.tsx';
import { FieldError } from '../../components/Field.tsx';
import type { FieldErrors } from './run-form.ts';

export interface RowsProps<Row> {
  readonly rows: readonly Row[];
  readonly errors: FieldErrors;
  readonly onChange: (rows: readonly Row[]) => void;
}

export function changed<Row extends { readonly key: number }>(
  rows: readonly Row[],
  key: number,
  part: Partial<Row>,
): Row[] {
  return rows.map((row) => (row.key === key ? { ...row, ...part } : row));
}

export function without<Row extends { readonly key: number }>(rows: readonly Row[], key: number): Row[] {
  return rows.filter((row) => row.key !== key);
}

interface FrameProps {
  readonly title: string;
  readonly note: string;
  readonly add: string;
  readonly count: number;
  readonly onAdd: () => void;
  readonly children: ReactNode;
}

export function Rows({ title, note, add, count, onAdd, children }: FrameProps) {
  const list = useRef<HTMLDivElement>(null);
  const before = useRef(count);
  // One more row was asked for: the next thing one does is type into it.
  useEffect(() => {
    if (count === before.current + 1) {
      const input = list.current?.lastElementChild?.querySelector('input');
      if (input instanceof HTMLElement) input.focus();
    }
    before.current = count;
  }, [count]);
  return (
    <div role="group" aria-label={title}>
      <div className="flex items-center">
        <div className="field-label !mb-0 text-ink">
          {title}
          <span className="field-note">{note}</span>
        </div>
        <span className="flex-1" />
        <button type="button" className="btn btn-ghost h-[26px] text-sm" onClick={onAdd}>
          <Plus aria-hidden />
          {add}
        </button>
      </div>
      <div ref={list} className="mt-1 flex flex-col gap-2 empty:hidden">
        {children}
      </div>
    </div>
  );
}

export function Arrow() {
  return (
    <span className="pt-[6px] text-center text-ink-3" aria-hidden>
      →
    </span>
  );
}

export function RemoveRow({ label, onRemove }: { readonly label: string; readonly onRemove: () => void }) {
  return (
    <button type="button" className="btn btn-ghost btn-icon mt-[2px]" aria-label={label} onClick={onRemove}>
      <X aria-hidden />
    </button>
  );
}

interface SuggestProps {
  readonly label: string;
  readonly listLabel: string;
  readonly placeholder: string;
  readonly suggestions: readonly string[];
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
}

/** A field of a row that knows what could be meant. Its label is for screen readers. */
export function Suggest({ label, error, ...rest }: SuggestProps) {
  const id = useId();
  return (
    <div className="field min-w-0">
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <Combobox
        {...rest}
        id={id}
        invalid={error !== undefined}
        describedBy={error === undefined ? undefined : `${id}-error`}
      />
      {error !== undefined && <FieldError id={`${id}-error`} text={error} />}
    </div>
  );
}
