// The rows of the run dialog that are plain fields: ports and variables.
import type { ClipboardEvent } from 'react';
import { Field } from '../../components/Field.tsx';
import { Select } from '../../components/Select.tsx';
import { en } from '../../strings/en.ts';
import { newPort, newVariable, pastedVariables, type PortRow, type VariableRow } from './run-form.ts';
import { Arrow, changed, RemoveRow, Rows, without, type RowsProps } from './RunRowParts.tsx';

const words = en.run;
const protocols = (['tcp', 'udp', 'sctp'] as const).map((value) => ({ value, text: value }));

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
        <div key={row.key} className="grid grid-cols-[1fr_1fr_16px_1fr_76px_28px] items-start gap-2">
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
          <Select
            hideLabel
            label={words.row(words.protocol, index + 1)}
            value={row.protocol}
            options={protocols}
            onChange={(protocol) => change(row.key, { protocol })}
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
