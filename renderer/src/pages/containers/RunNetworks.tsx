// The rows of the run dialog that say which networks the container is on, and what it is called and where it is there.
import { useMemo } from 'react';
import { Field } from '../../components/Field.tsx';
import { byText } from '../../components/text-filter.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { isConfiguration } from '../networks/network-list.ts';
import { newNetwork, type NetworkRow } from './run-form.ts';
import { changed, RemoveRow, Rows, Suggest, without, type RowsProps } from './RunRowParts.tsx';

const words = en.run;

export function NetworkRows({ rows, errors, onChange }: RowsProps<NetworkRow>) {
  const networks = useModel((state) => state.networks);
  const names = useMemo(
    () =>
      [...networks.values()]
        .filter((network) => !isConfiguration(network))
        .map(({ name }) => name)
        .sort((a, b) => byText.compare(a, b)),
    [networks],
  );
  const change = (key: number, part: Partial<NetworkRow>): void => onChange(changed(rows, key, part));
  return (
    <Rows
      title={words.networks}
      note={words.networksNote}
      add={words.addNetwork}
      count={rows.length}
      onAdd={() => onChange([...rows, newNetwork()])}
    >
      {rows.map((row, index) => (
        <div key={row.key} className="grid grid-cols-[1fr_1fr_1fr_28px] items-start gap-2">
          <Suggest
            label={words.row(words.network, index + 1)}
            listLabel={words.networkList}
            placeholder={words.networkPlaceholder}
            suggestions={names}
            value={row.name}
            error={errors.get(`networks.${row.key}.name`)}
            onChange={(name) => change(row.key, { name })}
          />
          <Field
            hideLabel
            mono
            label={words.row(words.aliases, index + 1)}
            placeholder={words.aliasesPlaceholder}
            value={row.aliases}
            error={errors.get(`networks.${row.key}.aliases`)}
            onChange={(aliases) => change(row.key, { aliases })}
          />
          <Field
            hideLabel
            mono
            label={words.row(words.addresses, index + 1)}
            placeholder={words.addressesPlaceholder}
            value={row.addresses}
            error={errors.get(`networks.${row.key}.addresses`)}
            onChange={(addresses) => change(row.key, { addresses })}
          />
          <RemoveRow
            label={words.removeRow(words.network, index + 1)}
            onRemove={() => onChange(without(rows, row.key))}
          />
        </div>
      ))}
    </Rows>
  );
}
