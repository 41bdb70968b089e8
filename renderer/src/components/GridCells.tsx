// The cells of one row, for the columns that the table has room for now.
import type { ReactNode } from 'react';
import type { GridColumn } from './Grid.tsx';

export interface GridCell {
  readonly content: ReactNode;
  readonly className?: string;
  /** The whole of it, where the cell may be too narrow. */
  readonly title?: string;
}

interface GridCellsProps<C extends string> {
  readonly columns: readonly GridColumn<C>[];
  readonly cells: Readonly<Record<C, GridCell>>;
}

export function GridCells<C extends string>({ columns, cells }: GridCellsProps<C>) {
  return columns.map(({ id, className }) => (
    <div
      key={id}
      role="gridcell"
      className={`cell ${className ?? ''} ${cells[id].className ?? ''}`}
      title={cells[id].title}
      {...(id === 'select' ? { 'data-select': '' } : {})}
    >
      {cells[id].content}
    </div>
  ));
}
