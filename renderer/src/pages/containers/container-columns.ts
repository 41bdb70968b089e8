// The columns of the list of containers: their titles and widths, which of them a person may choose, and which give way first
// in a narrow window.
import type { GridColumn } from '../../components/Grid.tsx';
import { createColumnChoice } from '../../state/column-choice.ts';
import { en } from '../../strings/en.ts';

const titles = en.containers.columns;

export const optionalColumns = [
  'image',
  'ports',
  'cpu',
  'memory',
  'up',
  'created',
  'networks',
  'command',
  'id',
] as const;
/** A column that can be left out. */
export type OptionalColumn = (typeof optionalColumns)[number];
export type ContainerColumn = 'select' | 'status' | 'name' | OptionalColumn | 'actions';

export const columnChoice = createColumnChoice<OptionalColumn>('berth.containers.columns', optionalColumns, [
  'image',
  'ports',
  'cpu',
  'memory',
  'up',
]);

type Column = GridColumn<ContainerColumn>;

const number = 'cell-number';
const columns: readonly Column[] = [
  { id: 'status', title: titles.status, widthPx: 102, sortable: true },
  { id: 'name', title: titles.name, widthPx: 152, grow: 1.4, sortable: true },
  { id: 'image', title: titles.image, widthPx: 104, grow: 1, rank: 3, sortable: true },
  { id: 'ports', title: titles.ports, widthPx: 108, grow: 0.4, rank: 6, sortable: true },
  {
    id: 'cpu',
    title: titles.cpu,
    widthPx: 108,
    rank: 8,
    className: number,
    sortable: true,
    descending: true,
  },
  {
    id: 'memory',
    title: titles.memory,
    widthPx: 74,
    rank: 7,
    className: number,
    sortable: true,
    descending: true,
  },
  { id: 'up', title: titles.up, widthPx: 62, rank: 5, className: number, sortable: true },
  { id: 'created', title: titles.created, widthPx: 84, rank: 4, className: number, sortable: true },
  { id: 'networks', title: titles.networks, widthPx: 120, grow: 0.8, rank: 2, sortable: true },
  { id: 'command', title: titles.command, widthPx: 120, grow: 1, rank: 1, sortable: true },
  { id: 'id', title: titles.id, widthPx: 112, rank: 2, sortable: true },
  { id: 'actions', title: titles.actions, widthPx: 72, sortable: false },
];

/** The columns to show, in their own order, behind the one with the boxes. */
export function columnsOf(select: Column, chosen: ReadonlySet<OptionalColumn>): readonly Column[] {
  return [
    select,
    ...columns.filter(({ id }) => {
      const optional = optionalColumns.find((one) => one === id);
      return optional === undefined || chosen.has(optional);
    }),
  ];
}
