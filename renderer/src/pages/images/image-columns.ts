// The columns of the list of images: which a person may leave out, and which give way first in a narrow window.
import type { GridColumn } from '../../components/Grid.tsx';
import { createColumnChoice } from '../../state/column-choice.ts';
import { en } from '../../strings/en.ts';
import type { ImageColumn } from './image-list.ts';

const titles = en.images.columns;

const optionalColumns = ['id', 'use', 'created', 'shared', 'size'] as const;
type OptionalColumn = (typeof optionalColumns)[number];

export const columnChoice = createColumnChoice<OptionalColumn>(
  'berth.images.columns',
  optionalColumns,
  optionalColumns,
);

type Column = GridColumn<ImageColumn>;

const number = 'cell-number';
const columns: readonly Column[] = [
  { id: 'reference', title: titles.reference, widthPx: 200, grow: 1, sortable: true },
  { id: 'id', title: titles.id, widthPx: 120, rank: 3, sortable: true },
  { id: 'use', title: titles.use, widthPx: 120, rank: 4, sortable: true },
  { id: 'created', title: titles.created, widthPx: 104, rank: 2, className: number, sortable: true },
  {
    id: 'shared',
    title: titles.shared,
    widthPx: 96,
    rank: 1,
    className: number,
    sortable: true,
    descending: true,
  },
  {
    id: 'size',
    title: titles.size,
    widthPx: 96,
    rank: 5,
    className: number,
    sortable: true,
    descending: true,
  },
  { id: 'actions', title: titles.actions, widthPx: 76, sortable: false },
];

/** The columns to show, in their own order. */
export function columnsOf(chosen: ReadonlySet<OptionalColumn>): readonly Column[] {
  return columns.filter(({ id }) => {
    const optional = optionalColumns.find((one) => one === id);
    return optional === undefined || chosen.has(optional);
  });
}
