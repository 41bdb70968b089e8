// How a person wants to see the list of containers: its columns, its order, projects together or not, which of them folded.
// Remembered by this browser or window.
import { z } from 'zod';
import { create } from 'zustand';
import type { GridSort } from '../../components/Grid.tsx';
import {
  optionalColumns,
  usualColumns,
  type ContainerColumn,
  type OptionalColumn,
} from './container-columns.ts';

const key = 'berth.containers.view';

const storedView = z.object({
  columns: z.array(z.enum(optionalColumns)),
  sort: z.object({ column: z.enum(['status', 'name', ...optionalColumns]), ascending: z.boolean() }),
  grouped: z.boolean(),
  folded: z.array(z.string()),
});

export interface ListView {
  readonly columns: ReadonlySet<OptionalColumn>;
  readonly sort: GridSort<ContainerColumn>;
  readonly grouped: boolean;
  readonly folded: ReadonlySet<string>;
}

const usual: ListView = {
  columns: new Set(usualColumns),
  sort: { column: 'name', ascending: true },
  grouped: true,
  folded: new Set(),
};

function remembered(): ListView {
  try {
    const { columns, folded, ...rest } = storedView.parse(JSON.parse(localStorage.getItem(key) ?? ''));
    return { ...rest, columns: new Set(columns), folded: new Set(folded) };
  } catch {
    return usual;
  }
}

export const useListView = create<ListView>(() => remembered());

function change(part: Partial<ListView>): void {
  useListView.setState(part);
  const { columns, folded, sort, grouped } = useListView.getState();
  localStorage.setItem(key, JSON.stringify({ sort, grouped, columns: [...columns], folded: [...folded] }));
}

function withMember<T>(set: ReadonlySet<T>, member: T, isIn: boolean): ReadonlySet<T> {
  const next = new Set(set);
  if (isIn) next.add(member);
  else next.delete(member);
  return next;
}

export function showColumn(column: OptionalColumn, shown: boolean): void {
  change({ columns: withMember(useListView.getState().columns, column, shown) });
}

export function showUsualColumns(): void {
  change({ columns: usual.columns });
}

export function sortContainers(sort: GridSort<ContainerColumn>): void {
  change({ sort });
}

export function groupByProject(grouped: boolean): void {
  change({ grouped });
}

export function foldProject(project: string, folded: boolean): void {
  change({ folded: withMember(useListView.getState().folded, project, folded) });
}
