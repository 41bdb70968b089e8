// The column of the boxes that select rows: the same in every list that has one.
import { en } from '../strings/en.ts';
import type { GridColumn } from './Grid.tsx';
import type { RowSelection } from './row-selection.ts';
import { SelectAllBox } from './SelectBox.tsx';

export function selectColumn(selection: RowSelection): GridColumn<'select'> {
  return {
    id: 'select',
    title: en.containers.columns.select,
    className: 'cell-select',
    widthPx: 34,
    sortable: false,
    head: <SelectAllBox selection={selection} label={en.containers.selectAll} />,
  };
}
