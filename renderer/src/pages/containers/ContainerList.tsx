// The live list of containers: filter, order, and the keys that act on the current row.
import { Box, SearchX } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { EmptyState } from '../../components/EmptyState.tsx';
import { FilterField } from '../../components/FilterField.tsx';
import { Grid, type GridColumn, type GridSort } from '../../components/Grid.tsx';
import { KeyHints, type KeyHint } from '../../components/KeyHints.tsx';
import { Segmented } from '../../components/Segmented.tsx';
import { EngineTrouble } from '../../frame/EngineTrouble.tsx';
import { containerPath } from '../../route.ts';
import { actOnContainer } from '../../state/container-actions.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { listContainers, type ContainerColumn, type WhichContainers } from './container-list.ts';
import { isAlive } from './container-status.ts';
import { ContainerRow } from './ContainerRow.tsx';

const titles = en.containers.columns;
const columns: readonly GridColumn<ContainerColumn>[] = [
  { id: 'status', title: titles.status, sortable: true },
  { id: 'name', title: titles.name, sortable: true },
  { id: 'image', title: titles.image, className: 'cell-image', sortable: true },
  { id: 'ports', title: titles.ports, className: 'cell-ports', sortable: true },
  { id: 'up', title: titles.up, className: 'cell-up cell-number', sortable: true },
  { id: 'actions', title: titles.actions, sortable: false },
];

const hints: readonly KeyHint[] = [
  { keys: ['↑', '↓'], text: en.hints.move },
  { keys: ['Enter'], text: en.hints.open },
  { keys: ['s'], text: en.hints.startStop },
  { keys: ['r'], text: en.hints.restart },
  { keys: ['m'], text: en.hints.logs },
  { keys: ['e'], text: en.hints.shell },
  { keys: ['d'], text: en.hints.remove },
];

interface ContainerListProps {
  readonly openId: string | undefined;
}

export function ContainerList({ openId }: ContainerListProps) {
  const containers = useModel((state) => state.containers);
  const [text, setText] = useState('');
  const [which, setWhich] = useState<WhichContainers>('all');
  const [sort, setSort] = useState<GridSort<ContainerColumn>>({ column: 'name', ascending: true });
  const [, navigate] = useLocation();
  const ids = useMemo(
    () => listContainers(containers, text, which, sort.column, sort.ascending),
    [containers, text, which, sort],
  );
  const clear = (): void => {
    setText('');
    setWhich('all');
  };

  const onLetter = (id: string, letter: string): boolean => {
    const container = useModel.getState().containers.get(id);
    if (container === undefined) return false;
    const alive = isAlive(container);
    if (letter === 's') void actOnContainer(id, alive ? 'stop' : 'start');
    else if (letter === 'r') void actOnContainer(id, 'restart');
    else if (letter === 'd') openDialog({ kind: 'removeContainer', id });
    else if (letter === 'm') navigate(containerPath(id, 'logs'));
    else if (letter === 'e') navigate(containerPath(id, 'terminal'));
    else return false;
    return true;
  };

  if (containers.size === 0) {
    return (
      <EngineTrouble>
        <EmptyState
          icon={<Box aria-hidden />}
          title={en.containers.emptyTitle}
          text={en.containers.emptyText}
          command={en.containers.emptyCommand}
        />
      </EngineTrouble>
    );
  }
  return (
    <>
      <div className="flex flex-none flex-wrap items-center gap-[10px] px-[18px] pb-[10px]">
        <FilterField value={text} onChange={setText} />
        <Segmented
          label={en.filter.which}
          value={which}
          onChoose={setWhich}
          options={[
            { value: 'all', text: en.filter.all },
            { value: 'running', text: en.filter.running },
            { value: 'stopped', text: en.filter.stopped },
          ]}
        />
      </div>
      <EngineTrouble strip />
      {ids.length === 0 ? (
        <EmptyState
          icon={<SearchX aria-hidden />}
          title={en.containers.hiddenTitle}
          text={en.containers.hiddenText(containers.size)}
          action={
            <button type="button" className="btn" onClick={clear}>
              {en.filter.clear}
            </button>
          }
        />
      ) : (
        <Grid
          label={en.containers.list}
          className="containers-grid"
          columns={columns}
          sort={sort}
          sortLabel={en.containers.sortBy}
          onSort={setSort}
          ids={ids}
          openId={openId}
          onOpen={(id) => navigate(containerPath(id, 'logs'))}
          onClose={() => navigate(containerPath(undefined))}
          onLetter={onLetter}
          row={(id) => <ContainerRow id={id} />}
        />
      )}
      {ids.length > 0 && <KeyHints hints={hints} />}
    </>
  );
}
