// The rows of the run dialog that say what is seen where in the container: folders, volumes, memory, images.
import { useMemo } from 'react';
import { Field } from '../../components/Field.tsx';
import { Select } from '../../components/Select.tsx';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { isUnnamed } from '../volumes/volume-list.ts';
import { kindOfSource, mountKinds, newMount, type MountRow } from './run-form.ts';
import { Arrow, changed, RemoveRow, Rows, Suggest, without, type RowsProps } from './RunRowParts.tsx';

const words = en.run;
const kinds = mountKinds.map((value) => ({ value, text: words.mountKinds[value] }));

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
        <div key={row.key} className="grid grid-cols-[92px_1fr_16px_1fr_auto_28px] items-start gap-2">
          <Select
            hideLabel
            label={words.row(words.mountKind, index + 1)}
            value={row.kind}
            options={kinds}
            onChange={(kind) => change(row.key, { kind, source: '' })}
          />
          <Source
            row={row}
            index={index + 1}
            error={errors.get(`mounts.${row.key}.source`)}
            onChange={(source) => change(row.key, { source, kind: kindOfSource(row.kind, source) })}
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

interface SourceProps {
  readonly row: MountRow;
  readonly index: number;
  readonly error: string | undefined;
  readonly onChange: (source: string) => void;
}

/** Where it comes from. Memory comes from nowhere: of that it is asked how much. */
function Source({ row, index, error, onChange }: SourceProps) {
  const volumes = useModel((state) => state.volumes);
  const images = useModel((state) => state.images);
  const named = useMemo(
    () => [...volumes.values()].filter((volume) => !isUnnamed(volume)).map(({ id }) => id),
    [volumes],
  );
  const tags = useMemo(() => [...images.values()].flatMap((image) => image.tags).sort(), [images]);
  const field = { value: row.source, error, onChange };
  if (row.kind === 'tmpfs')
    return (
      <Field
        {...field}
        hideLabel
        mono
        label={words.row(words.sizeLimit, index)}
        placeholder={words.sizeLimitPlaceholder}
      />
    );
  if (row.kind === 'image')
    return (
      <Suggest
        {...field}
        label={words.row(words.imageSource, index)}
        listLabel={words.imageList}
        placeholder={words.imageSourcePlaceholder}
        suggestions={tags}
      />
    );
  return (
    <Suggest
      {...field}
      label={words.row(words.source, index)}
      listLabel={words.volumeList}
      placeholder={row.kind === 'bind' ? words.sourcePlaceholder : words.volumePlaceholder}
      suggestions={named}
    />
  );
}
