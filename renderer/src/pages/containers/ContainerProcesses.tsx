// What runs inside a container, as `ps` shows it. Asked again every few seconds, but only while one looks.
import { ListTree } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Grid, type GridColumn, type GridSort } from '../../components/Grid.tsx';
import { inert } from '../../format/inert.ts';
import { en } from '../../strings/en.ts';
import { asFailure, sentenceOf } from '../../transport/contract-failure.ts';
import { useConnection } from '../../transport/connection.ts';
import { isAlive } from './container-status.ts';
import { numberTitles, processesById, sortProcesses, type ProcessTable } from './process-list.ts';

const words = en.processes;
const againMs = 3000;
const widthsPx: Readonly<Record<string, number>> = {
  UID: 92,
  USER: 92,
  PID: 76,
  PPID: 76,
  C: 74,
  STIME: 76,
  TTY: 70,
  TIME: 92,
};
/** Which give way first in a narrow pane. */
const ranks: Readonly<Record<string, number>> = { TTY: 1, STIME: 2, PPID: 3, UID: 4, TIME: 5 };

type Column = GridColumn<string>;

function columnOf(title: string, last: boolean): Column {
  const isNumber = numberTitles.has(title);
  const rank = ranks[title];
  return {
    id: title,
    title: title === 'C' ? words.cpu : inert(title),
    sortable: true,
    descending: isNumber && title !== 'PID' && title !== 'PPID',
    widthPx: last ? 180 : (widthsPx[title] ?? 90),
    ...(last ? { grow: 1 } : {}),
    ...(rank === undefined ? {} : { rank }),
    ...(isNumber ? { className: 'cell-number' } : {}),
  };
}

export function ContainerProcesses({ container }: { readonly container: ContainerModel }) {
  const { name, id } = container;
  const alive = isAlive(container);
  const { table, problem } = useProcesses(id, alive);
  const [sort, setSort] = useState<GridSort<string>>({ column: 'PID', ascending: true });
  const titles = table?.titles.join('\n') ?? '';
  const columns = useMemo(
    () => titles.split('\n').map((title, at, all) => columnOf(title, at === all.length - 1)),
    [titles],
  );
  const processes = useMemo(() => (table === undefined ? undefined : processesById(table)), [table]);
  const ids = useMemo(
    () =>
      processes === undefined
        ? []
        : sortProcesses(titles.split('\n'), processes, sort.column, sort.ascending),
    [processes, titles, sort],
  );
  const row = useCallback(
    (pid: string, shown: readonly Column[]) =>
      shown.map((column) => {
        const text = inert(processes?.get(pid)?.[titles.split('\n').indexOf(column.id)] ?? '');
        return (
          <div
            key={column.id}
            role="gridcell"
            className={`cell font-mono text-sm ${column.className ?? ''}`}
            title={column.grow === undefined ? undefined : text}
          >
            {text}
          </div>
        );
      }),
    [processes, titles],
  );
  if (!alive || processes === undefined) {
    if (alive && problem === undefined) return null;
    return (
      <EmptyState
        icon={<ListTree aria-hidden />}
        title={alive ? words.failed : words.stopped}
        text={alive && problem !== undefined ? inert(problem) : words.stoppedText}
      />
    );
  }
  return (
    <>
      {problem !== undefined && (
        <p className="px-[18px] pt-2 text-bad" role="alert">
          {inert(problem)}
        </p>
      )}
      <Grid
        label={words.label(inert(name))}
        columns={columns}
        sort={sort}
        sortLabel={en.containers.sortBy}
        onSort={setSort}
        ids={ids}
        row={row}
      />
      <p className="flex-none border-t border-line px-[18px] py-[5px] text-sm text-ink-3 tabular-nums">
        {words.count(ids.length)}
      </p>
    </>
  );
}

interface Processes {
  readonly table: ProcessTable | undefined;
  readonly problem: string | undefined;
}

function useProcesses(id: string, alive: boolean): Processes {
  const client = useConnection((state) => state.client);
  const [known, setKnown] = useState<Processes>({ table: undefined, problem: undefined });
  useEffect(() => {
    if (client === undefined || !alive) return;
    let wanted = true;
    let asking = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = (): void => {
      clearTimeout(timer);
      // Shown again, the page asks at once.
      if (asking || document.hidden) return;
      asking = true;
      void client
        .call('containers.top', { id })
        .then(
          (table) => wanted && setKnown({ table, problem: undefined }),
          (error: unknown) =>
            wanted && setKnown(({ table }) => ({ table, problem: sentenceOf(asFailure(error)) })),
        )
        .finally(() => {
          asking = false;
          if (wanted) timer = setTimeout(ask, againMs);
        });
    };
    document.addEventListener('visibilitychange', ask);
    ask();
    return () => {
      wanted = false;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', ask);
    };
  }, [client, id, alive]);
  return known;
}
