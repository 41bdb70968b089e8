// The list of builds: those begun here and those of terminals, newest first.
import { BookOpen, GitCompareArrows, Hammer, Play, RotateCw, SquarePen, Trash2, X } from 'lucide-react';
import { memo, useCallback, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import type { BuildSummary } from '../../../../runtime/contract/builds.ts';
import { Grid, type GridColumn, type GridSort } from '../../components/Grid.tsx';
import { GridCells } from '../../components/GridCells.tsx';
import { KeyHints, type KeyHint } from '../../components/KeyHints.tsx';
import { ListBar } from '../../components/ListBar.tsx';
import { Menu, MenuItem, MenuLine } from '../../components/Menu.tsx';
import { NothingMatches } from '../../components/NothingMatches.tsx';
import { useAge } from '../../format/clock.ts';
import { inert } from '../../format/inert.ts';
import { EngineTrouble } from '../../frame/EngineTrouble.tsx';
import { pagePath } from '../../route.ts';
import { useBuildHistory } from '../../state/build-history.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { en } from '../../strings/en.ts';
import { cancelBuild, editSource, rebuild } from './build-actions.ts';
import { buildName, listBuilds, type BuildColumn, type WhichBuilds } from './build-text.ts';
import { Duration } from './Duration.tsx';
import { StateMark } from './StepState.tsx';

const words = en.builds;
const columns: readonly GridColumn<BuildColumn>[] = [
  { id: 'name', title: words.columns.name, sortable: true, widthPx: 170, grow: 2 },
  { id: 'state', title: words.columns.state, sortable: true, widthPx: 112 },
  {
    id: 'steps',
    title: words.columns.steps,
    className: 'cell-number',
    sortable: true,
    widthPx: 148,
    rank: 1,
  },
  {
    id: 'duration',
    title: words.columns.duration,
    className: 'cell-number',
    sortable: true,
    descending: true,
    widthPx: 96,
    rank: 2,
  },
  {
    id: 'started',
    title: words.columns.started,
    className: 'cell-number',
    sortable: true,
    descending: true,
    widthPx: 108,
    rank: 3,
  },
  { id: 'actions', title: words.columns.actions, sortable: false, widthPx: 52 },
];
const hints: readonly KeyHint[] = [
  { keys: ['↑', '↓'], text: en.hints.move },
  { keys: ['Enter'], text: en.hints.open },
  { keys: ['r'], text: words.actions.rebuild },
  { keys: ['v'], text: words.actions.compareWithPrevious },
  { keys: ['d'], text: en.hints.remove },
  { keys: ['/'], text: en.hints.filter },
];
const choices: readonly { readonly value: WhichBuilds; readonly text: string }[] = [
  { value: 'all', text: words.which.all },
  { value: 'running', text: words.which.running },
  { value: 'failed', text: words.which.failed },
];

interface BuildHistoryProps {
  readonly openId: string | undefined;
  readonly onClose: () => void;
}

export function BuildHistory({ openId, onClose }: BuildHistoryProps) {
  const builds = useBuildHistory((state) => state.builds);
  const [text, setText] = useState('');
  const [which, setWhich] = useState<WhichBuilds>('all');
  const [sort, setSort] = useState<GridSort<BuildColumn>>({ column: 'started', ascending: false });
  const [, navigate] = useLocation();
  const ids = useMemo(
    () => listBuilds(builds, text, which, sort.column, sort.ascending),
    [builds, text, which, sort],
  );
  const open = useCallback((id: string): void => navigate(pagePath('builds', id)), [navigate]);
  const onLetter = (id: string, letter: string): boolean => {
    const build = builds.get(id);
    if (build === undefined) return false;
    if (letter === 'd' && build.state !== 'running') openDialog({ kind: 'removeBuild', id });
    else if (letter === 'r') void rebuild(build, navigate);
    else if (letter === 'v') openDialog({ kind: 'compareBuilds', id });
    else return false;
    return true;
  };
  const row = useCallback((id: string, shown: typeof columns) => <BuildRow id={id} columns={shown} />, []);
  return (
    <>
      <ListBar text={text} onText={setText} which={which} choices={choices} onWhich={setWhich} />
      <EngineTrouble strip />
      {ids.length === 0 ? (
        <NothingMatches
          text={words.hiddenText(builds.size)}
          onClear={() => {
            setText('');
            setWhich('all');
          }}
        />
      ) : (
        <>
          <Grid
            label={words.list}
            columns={columns}
            sort={sort}
            sortLabel={en.containers.sortBy}
            onSort={setSort}
            ids={ids}
            openId={openId}
            onOpen={open}
            onClose={onClose}
            onLetter={onLetter}
            row={row}
          />
          <KeyHints hints={hints} />
        </>
      )}
    </>
  );
}

interface BuildRowProps {
  readonly id: string;
  readonly columns: readonly GridColumn<BuildColumn>[];
}

const BuildRow = memo(function BuildRow({ id, columns: shown }: BuildRowProps) {
  const build = useBuildHistory((state) => state.builds.get(id));
  if (build === undefined) return null;
  const name = inert(buildName(build));
  return (
    <GridCells
      columns={shown}
      cells={{
        name: {
          content: <bdi className="font-[550]">{name}</bdi>,
          title: inert(build.source === '' ? name : `${name} · ${build.source}`),
        },
        state: {
          content: (
            <span className="flex items-center gap-2">
              <StateMark state={build.state} />
              {words.states[build.state]}
            </span>
          ),
          title: inert(build.error?.message ?? ''),
        },
        steps: { content: words.stepsOf(build.finished, build.steps, build.cached), className: 'text-ink-3' },
        duration: { content: <Duration of={build} />, className: 'text-ink-2' },
        started: { content: <Ago ms={build.startedMs} />, className: 'text-ink-3' },
        actions: { content: <BuildMenu build={build} />, className: 'cell-actions' },
      }}
    />
  );
});

function Ago({ ms }: { readonly ms: number }) {
  return <>{words.ago(useAge(ms))}</>;
}

interface BuildMenuProps {
  readonly build: BuildSummary;
  readonly framed?: boolean;
}

/** What can be done with a build. */
export function BuildMenu({ build, framed }: BuildMenuProps) {
  const [, navigate] = useLocation();
  const { id } = build;
  const image = build.names[0] ?? build.image;
  return (
    <Menu
      subject={id}
      label={en.actions.more(inert(buildName(build)))}
      {...(framed === undefined ? {} : { framed })}
    >
      {framed !== true && (
        <MenuItem
          icon={<BookOpen />}
          text={words.actions.details}
          shortcut="Enter"
          onSelect={() => navigate(pagePath('builds', id))}
        />
      )}
      {build.state === 'done' && (
        <MenuItem
          icon={<Play />}
          text={words.actions.run}
          onSelect={() => openDialog({ kind: 'run', image })}
        />
      )}
      <MenuItem
        icon={<RotateCw />}
        text={words.actions.rebuild}
        {...(framed === true ? {} : { shortcut: 'r' })}
        onSelect={() => void rebuild(build, navigate)}
      />
      <MenuItem
        icon={<Hammer />}
        text={words.actions.rebuildIn}
        onSelect={() => openDialog({ kind: 'openFolder', path: build.source, rebuild: id })}
      />
      {build.source !== '' && (
        <MenuItem
          icon={<SquarePen />}
          text={words.actions.edit}
          onSelect={() => void editSource(build.source, navigate)}
        />
      )}
      <MenuItem
        icon={<GitCompareArrows />}
        text={words.actions.compare}
        {...(framed === true ? {} : { shortcut: 'v' })}
        onSelect={() => openDialog({ kind: 'compareBuilds', id })}
      />
      <MenuLine />
      {build.state === 'running' ? (
        <MenuItem icon={<X />} text={words.actions.cancel} onSelect={() => void cancelBuild(id)} />
      ) : (
        <MenuItem
          icon={<Trash2 />}
          text={words.actions.remove}
          danger
          {...(framed === true ? {} : { shortcut: 'd' })}
          onSelect={() => openDialog({ kind: 'removeBuild', id })}
        />
      )}
    </Menu>
  );
}
