// The rows of the run dialog: ports, mounts and variables. Each kind is a heading, its rows, and a button for one more.
import { Plus, X } from 'lucide-react';
import { useEffect, useId, useMemo, useRef, type ClipboardEvent, type ReactNode } from 'react';
import { Combobox } from '../../components/Combobox.tsx';
import { Field, FieldError } from '../../components/Field.tsx';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { isUnnamed } from '../volumes/volume-list.ts';
import {
  newMount,
  newPort,
  newVariable,
  pastedVariables,
  type FieldErrors,
  type MountRow,
  type PortRow,
  type VariableRow,
} from './run-form.ts';

const words = en.run;

interface RowsProps<Row> {
  readonly rows: readonly Row[];
  readonly errors: FieldErrors;
  readonly onChange: (rows: readonly Row[]) => void;
}

function changed<Row extends { readonly key: number }>(
  rows: readonly Row[],
  key: number,
  part: Partial<Row>,
): Row[] {
  return rows.map((row) => (row.key === key ? { ...row, ...part } : row));
}

function without<Row extends { readonly key: number }>(rows: readonly Row[], key: number): Row[] {
  return rows.filter((row) => row.key !== key);
}

export function PortRows({ rows, errors, onChange }: RowsProps<PortRow>) {
  const change = (key: number, part: Partial<PortRow>): void => onChange(changed(rows, key, part));
  return (
    <Rows
      title={words.ports}
      note={words.portsNote}
      add={words.addPort}
      count={rows.length}
      onAdd={() => onChange([...rows, newPort()])}
    >
      {rows.map((row, index) => (
        <div key={row.key} className="grid grid-cols-[1fr_1fr_16px_1fr_28px] items-start gap-2">
          <Field
            hideLabel
            mono
            label={words.row(words.hostPort, index + 1)}
            placeholder={words.hostPortPlaceholder}
            inputMode="numeric"
            value={row.hostPort}
            error={errors.get(`ports.${row.key}.hostPort`)}
            onChange={(hostPort) => change(row.key, { hostPort })}
          />
          <Field
            hideLabel
            mono
            label={words.row(words.hostIp, index + 1)}
            placeholder={words.hostIpPlaceholder}
            value={row.hostIp}
            error={errors.get(`ports.${row.key}.hostIp`)}
            onChange={(hostIp) => change(row.key, { hostIp })}
          />
          <Arrow />
          <Field
            hideLabel
            mono
            label={words.row(words.containerPort, index + 1)}
            placeholder={words.containerPort}
            inputMode="numeric"
            value={row.containerPort}
            error={errors.get(`ports.${row.key}.containerPort`)}
            onChange={(containerPort) => change(row.key, { containerPort })}
          />
          <RemoveRow
            label={words.removeRow(words.ports, index + 1)}
            onRemove={() => onChange(without(rows, row.key))}
          />
        </div>
      ))}
    </Rows>
  );
}

export function MountRows({ rows, errors, onChange }: RowsProps<MountRow>) {
  const change = (key: number, part: Partial<MountRow>): void => onChange(changed(rows, key, part));
  return (
    <Rows
      title={words.mounts}
      note={words.mountsNote}
      add={words.addMount}
      count={rows.length}
      onAdd={() => onChange([...rows, newMount()])}
    >
      {rows.map((row, index) => (
        <div key={row.key} className="grid grid-cols-[1fr_16px_1fr_auto_28px] items-start gap-2">
          <SourceField
            index={index + 1}
            value={row.source}
            error={errors.get(`mounts.${row.key}.source`)}
            onChange={(source) => change(row.key, { source })}
          />
          <Arrow />
          <Field
            hideLabel
            mono
            label={words.row(words.destination, index + 1)}
            placeholder={words.destinationPlaceholder}
            value={row.destination}
            error={errors.get(`mounts.${row.key}.destination`)}
            onChange={(destination) => change(row.key, { destination })}
          />
          <label className="check h-8 items-center whitespace-nowrap text-ink-2">
            <input
              type="checkbox"
              className="!mt-0"
              checked={row.readOnly}
              onChange={(event) => change(row.key, { readOnly: event.target.checked })}
            />
            {words.readOnly}
          </label>
          <RemoveRow
            label={words.removeRow(words.mounts, index + 1)}
            onRemove={() => onChange(without(rows, row.key))}
          />
        </div>
      ))}
    </Rows>
  );
}

interface SourceFieldProps {
  readonly index: number;
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (source: string) => void;
}

/** A folder of this machine, or one of the volumes. */
function SourceField({ index, value, error, onChange }: SourceFieldProps) {
  const volumes = useModel((state) => state.volumes);
  const named = useMemo(
    () => [...volumes.values()].filter((volume) => !isUnnamed(volume)).map(({ id }) => id),
    [volumes],
  );
  const id = useId();
  return (
    <div className="field min-w-0">
      <label htmlFor={id} className="sr-only">
        {words.row(words.source, index)}
      </label>
      <Combobox
        id={id}
        value={value}
        suggestions={named}
        listLabel={words.volumeList}
        placeholder={words.sourcePlaceholder}
        invalid={error !== undefined}
        describedBy={error === undefined ? undefined : `${id}-error`}
        onChange={onChange}
      />
      {error !== undefined && <FieldError id={`${id}-error`} text={error} />}
    </div>
  );
}

export function VariableRows({ rows, errors, onChange }: RowsProps<VariableRow>) {
  const change = (key: number, part: Partial<VariableRow>): void => onChange(changed(rows, key, part));
  const paste = (event: ClipboardEvent<HTMLInputElement>, row: VariableRow): void => {
    const pasted = row.name === '' ? pastedVariables(event.clipboardData.getData('text')) : undefined;
    if (pasted === undefined) return;
    event.preventDefault();
    onChange(rows.flatMap((known) => (known.key === row.key ? pasted : [known])));
  };
  return (
    <Rows
      title={words.environment}
      note={words.environmentNote}
      add={words.addVariable}
      count={rows.length}
      onAdd={() => onChange([...rows, newVariable()])}
    >
      {rows.map((row, index) => (
        <div key={row.key} className="grid grid-cols-[1fr_16px_1.6fr_28px] items-start gap-2">
          <Field
            hideLabel
            mono
            label={words.row(words.variable, index + 1)}
            placeholder={words.variablePlaceholder}
            value={row.name}
            error={errors.get(`variables.${row.key}.name`)}
            onChange={(name) => change(row.key, { name })}
            onPaste={(event) => paste(event, row)}
          />
          <span className="pt-[6px] text-center text-ink-3" aria-hidden>
            =
          </span>
          <Field
            hideLabel
            mono
            label={words.row(words.value, index + 1)}
            placeholder={words.valuePlaceholder}
            value={row.value}
            onChange={(value) => change(row.key, { value })}
          />
          <RemoveRow
            label={words.removeRow(words.variable, index + 1)}
            onRemove={() => onChange(without(rows, row.key))}
          />
        </div>
      ))}
    </Rows>
  );
}

interface FrameProps {
  readonly title: string;
  readonly note: string;
  readonly add: string;
  readonly count: number;
  readonly onAdd: () => void;
  readonly children: ReactNode;
}

function Rows({ title, note, add, count, onAdd, children }: FrameProps) {
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

function Arrow() {
  return (
    <span className="pt-[6px] text-center text-ink-3" aria-hidden>
      →
    </span>
  );
}

function RemoveRow({ label, onRemove }: { readonly label: string; readonly onRemove: () => void }) {
  return (
    <button type="button" className="btn btn-ghost btn-icon mt-[2px]" aria-label={label} onClick={onRemove}>
      <X aria-hidden />
    </button>
  );
}
