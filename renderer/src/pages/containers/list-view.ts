// How a person wants to see the list of containers: its order, projects together or not, which of them folded.
// Remembered by this browser or window.
import { z } from 'zod';
import { create } from 'zustand';
import type { GridSort } from '../../components/Grid.tsx';
import { optionalColumns, type ContainerColumn } from './container-columns.ts';

const key = 'berth.containers.view';

const storedView = z.object({
  sort: z.object({ column: z.enum(['status', 'name', ...optionalColumns]), ascending: z.boolean() }),
  grouped: z.boolean(),
  folded: z.array(z.string()),
});

export interface ListView {
  readonly sort: GridSort<ContainerColumn>;
  readonly grouped: boolean;
  readonly folded: ReadonlySet<string>;
}

const usual: ListView = {
  sort: { column: 'name', ascending: true },
  grouped: true,
  folded: new Set(),
};

function remembered(): ListView {
  try {
    const { folded, ...rest } = storedView.parse(JSON.parse(localStorage.getItem(key) ?? ''));
    return { ...rest, folded: new Set(folded) };
  } catch {
    return usual;
  }
}

export const useListView = create<ListView>(() => remembered());

function change(part: Partial<ListView>): void {
  useListView.setState(part);
  const { folded, sort, grouped } = useListView.getState();
  localStorage.setItem(key, JSON.stringify({ sort, grouped, folded: [...folded] }));
}

export function sortContainers(sort: GridSort<ContainerColumn>): void {
  change({ sort });
}

export function groupByProject(grouped: boolean): void {
  change({ grouped });
}

export function foldProject(project: string, folded: boolean): void {
  const next = new Set(useListView.getState().folded);
  if (folded) next.add(project);
  else next.delete(project);
  change({ folded: next });
}
