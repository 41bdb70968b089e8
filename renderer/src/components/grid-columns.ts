// Which columns of a table fit, and how wide they are. Widths are fixed, so that nothing jumps when data arrive; what grows
// shares the rest. Pure.

export interface ColumnWidth {
  /** The least width, and the width of a column that does not grow. */
  readonly widthPx?: number;
  /** Its share of the room that is left. */
  readonly grow?: number;
  /** The column with the lowest rank gives way first; one without a rank always stays. */
  readonly rank?: number;
}

/** The columns that fit into this room, in their order. The very same array when all do. */
export function fitColumns<T extends ColumnWidth>(columns: readonly T[], roomPx: number): readonly T[] {
  let shown = columns;
  for (;;) {
    const neededPx = shown.reduce((sum, column) => sum + (column.widthPx ?? 0), 0);
    if (neededPx <= roomPx) return shown;
    const lowest = Math.min(...shown.map((column) => column.rank ?? Infinity));
    if (lowest === Infinity) return shown;
    shown = shown.filter((column) => column.rank !== lowest);
  }
}

/** The grid's template; undefined when the style sheet sets it. */
export function columnTemplate(columns: readonly ColumnWidth[]): string | undefined {
  if (columns.some((column) => column.widthPx === undefined)) return undefined;
  return columns
    .map(({ widthPx, grow }) => (grow === undefined ? `${widthPx}px` : `minmax(${widthPx}px, ${grow}fr)`))
    .join(' ');
}
