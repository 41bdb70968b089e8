// The live list of containers: filter, order, projects, selection, and the keys that act on the current row.
import { Box } from 'lucide-react';
import { memo, useCallback, useEffect, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { EmptyState } from '../../components/EmptyState.tsx';
import { Grid, type GridColumn, type GridSelection } from '../../components/Grid.tsx';
import { KeyHints, type KeyHint } from '../../components/KeyHints.tsx';
import { ListBar } from '../../components/ListBar.tsx';
import { NothingMatches } from '../../components/NothingMatches.tsx';
import { selectColumn } from '../../components/select-column.tsx';
import { ViewItem, ViewMenu } from '../../components/ViewMenu.tsx';
import { EngineTrouble } from '../../frame/EngineTrouble.tsx';
import { containerPath } from '../../route.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { BulkBar, useSelectedCount } from './BulkBar.tsx';
import { projectsOf } from './compose-project.ts';
import { columnChoice, columnsOf, type ContainerColumn } from './container-columns.ts';
import { actByLetter } from './container-commands.ts';
import { ContainerLister, projectOfRow, type WhichContainers } from './container-list.ts';
import { ContainerRow } from './ContainerRow.tsx';
import { containerSelection } from './container-selection.ts';
import { foldProject, groupByProject, sortContainers, useListView } from './list-view.ts';
import { ProjectRow } from './ProjectRow.tsx';
import { useUsageOrder } from './usage-order.ts';

const choices: readonly { readonly value: WhichContainers; readonly text: string }[] = [
  { value: 'all', text: en.filter.all },
  { value: 'running', text: en.filter.running },
  { value: 'stopped', text: en.filter.stopped },
];

const hints: readonly KeyHint[] = [
  { keys: ['↑', '↓'], text: en.hints.move },
  { keys: ['Space'], text: en.hints.select },
  { keys: ['Enter'], text: en.hints.open },
  { keys: ['s'], text: en.hints.startStop },
  { keys: ['r'], text: en.hints.restart },
  { keys: ['m'], text: en.hints.logs },
  { keys: ['e'], text: en.hints.shell },
  { keys: ['d'], text: en.hints.remove },
];

/** What a row stands for. */
function membersOf(row: string): readonly string[] {
  const project = projectOfRow(row);
  if (project === undefined) return [row];
  return projectsOf(useModel.getState().containers).get(project)?.members ?? [];
}
const selection: GridSelection = { rows: containerSelection, membersOf };

interface ContainerListProps {
  readonly openId: string | undefined;
}

export function ContainerList({ openId }: ContainerListProps) {
  const empty = useModel((state) => state.containers.size === 0);
  if (!empty) return <FilledList openId={openId} />;
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

function FilledList({ openId }: ContainerListProps) {
  const [text, setText] = useState('');
  const [which, setWhich] = useState<WhichContainers>('all');
  const clear = useCallback(() => {
    setText('');
    setWhich('all');
  }, []);
  return (
    <>
      <ListBar text={text} onText={setText} which={which} choices={choices} onWhich={setWhich}>
        <ContainerView />
      </ListBar>
      <EngineTrouble strip />
      <FilteredList openId={openId} text={text} which={which} onClear={clear} />
    </>
  );
}

/** Its own, because a change of the view must not draw the filter anew. */
function ContainerView() {
  const grouped = useListView((view) => view.grouped);
  return (
    <ViewMenu choice={columnChoice} titles={en.containers.columns}>
      <ViewItem checked={grouped} onChange={groupByProject}>
        {en.containers.groupProjects}
      </ViewItem>
    </ViewMenu>
  );
}

interface FilteredListProps extends ContainerListProps {
  readonly text: string;
  readonly which: WhichContainers;
  readonly onClear: () => void;
}

/** What passes the filter. It is drawn anew with each change of the order; what stands above and below it is not. */
function FilteredList({ openId, text, which, onClear }: FilteredListProps) {
  const { sort, grouped, folded } = useListView();
  const chosen = columnChoice.use();
  const usage = useUsageOrder(sort.column);
  const [, navigate] = useLocation();
  const lister = useMemo(
    () =>
      new ContainerLister({
        text,
        which,
        ...sort,
        grouped,
        folded,
        ...(usage === undefined ? {} : { usage }),
      }),
    [text, which, sort, grouped, folded, usage],
  );
  const { rows, ids } = useModel((state) => lister.list(state.containers));
  useEffect(() => containerSelection.offer(ids), [ids]);

  const columns = useMemo(() => columnsOf(selectColumn(containerSelection), chosen), [chosen]);
  const filtered = text.trim() !== '';
  const row = useCallback(
    (id: string, shown: readonly GridColumn<ContainerColumn>[]) => {
      const project = projectOfRow(id);
      if (project === undefined)
        return <ContainerRow id={id} columns={shown} selection={containerSelection} />;
      const fold = filtered ? 'open' : folded.has(project) ? 'folded' : 'unfolded';
      return <ProjectRow project={project} fold={fold} selection={containerSelection} />;
    },
    [filtered, folded],
  );

  const onLetter = (id: string, letter: string): boolean => {
    const selected = containerSelection.ids();
    return actByLetter(letter, selected.has(id) ? [...selected] : membersOf(id), navigate);
  };
  const onOpen = (id: string): void => {
    const project = projectOfRow(id);
    if (project === undefined) navigate(containerPath(id));
    else if (!filtered) foldProject(project, !folded.has(project));
  };
  const onFold = (id: string, fold: boolean): void => {
    const project = projectOfRow(id);
    if (project !== undefined && !filtered) foldProject(project, fold);
  };

  if (rows.length === 0) return <HiddenByFilter onClear={onClear} />;
  return (
    <>
      <Grid
        label={en.containers.list}
        columns={columns}
        sort={sort}
        sortLabel={en.containers.sortBy}
        onSort={sortContainers}
        ids={rows}
        openId={openId}
        selection={selection}
        onOpen={onOpen}
        onClose={() => navigate(containerPath(undefined))}
        onFold={onFold}
        onLetter={onLetter}
        row={row}
      />
      <BelowList />
    </>
  );
}

const BelowList = memo(function BelowList() {
  return useSelectedCount() > 0 ? <BulkBar /> : <KeyHints hints={hints} />;
});

function HiddenByFilter({ onClear }: { readonly onClear: () => void }) {
  const total = useModel((state) => state.containers.size);
  return <NothingMatches text={en.containers.hiddenText(total)} onClear={onClear} />;
}
