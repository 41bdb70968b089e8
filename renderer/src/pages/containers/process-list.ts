// The processes of a container in order, as `ps` told them. Pure.

export interface ProcessTable {
  readonly titles: readonly string[];
  readonly processes: readonly (readonly string[])[];
}

/** Columns that hold numbers: the biggest first when one sorts by them. */
export const numberTitles: ReadonlySet<string> = new Set(['PID', 'PPID', 'C', '%CPU', '%MEM', 'TIME']);

const byText = new Intl.Collator(undefined, { numeric: true });

/** By process id: its cells. A table without ids has the place in the table instead. */
export function processesById(table: ProcessTable): ReadonlyMap<string, readonly string[]> {
  const pidAt = table.titles.indexOf('PID');
  return new Map(table.processes.map((cells, index) => [cells[pidAt] ?? String(index), cells]));
}

/** The ids in order; equal ones in the order of their ids. */
export function sortProcesses(
  titles: readonly string[],
  processes: ReadonlyMap<string, readonly string[]>,
  title: string,
  ascending: boolean,
): readonly string[] {
  const at = titles.indexOf(title);
  const sign = ascending ? 1 : -1;
  const compare = (
    [idA, a]: readonly [string, readonly string[]],
    [idB, b]: readonly [string, readonly string[]],
  ) => sign * byText.compare(a[at] ?? '', b[at] ?? '') || byText.compare(idA, idB);
  return [...processes].sort(compare).map(([id]) => id);
}
