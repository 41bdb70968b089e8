// The page Volumes: the list stays, and the details of one open below it or beside it.
import { Database } from 'lucide-react';
import { useCallback, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { EmptyState } from '../../components/EmptyState.tsx';
import { focusCurrentRow, Grid, type GridColumn, type GridSort } from '../../components/Grid.tsx';
import { KeyHints, type KeyHint } from '../../components/KeyHints.tsx';
import { ListBar } from '../../components/ListBar.tsx';
import { NothingMatches } from '../../components/NothingMatches.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Split } from '../../components/Split.tsx';
import { EngineTrouble } from '../../frame/EngineTrouble.tsx';
import { pagePath } from '../../route.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { listVolumes, type VolumeColumn, type WhichVolumes } from './volume-list.ts';
import { VolumeDetails } from './VolumeDetails.tsx';
import { VolumeRow } from './VolumeRow.tsx';

const words = en.volumes;
const columns: readonly GridColumn<VolumeColumn>[] = [
  { id: 'name', title: words.columns.name, sortable: true, widthPx: 160, grow: 2 },
  { id: 'driver', title: words.columns.driver, sortable: true, widthPx: 104, rank: 1 },
  { id: 'use', title: words.columns.use, sortable: true, widthPx: 132, rank: 3 },
  {
    id: 'created',
    title: words.columns.created,
    className: 'cell-number',
    sortable: true,
    widthPx: 112,
    rank: 2,
  },
  { id: 'actions', title: words.columns.actions, sortable: false, widthPx: 52 },
];
const choices: readonly { readonly value: WhichVolumes; readonly text: string }[] = [
  { value: 'all', text: en.filter.all },
  { value: 'inUse', text: en.filter.inUse },
  { value: 'unused', text: en.filter.unused },
];
const hints: readonly KeyHint[] = [
  { keys: ['↑', '↓'], text: en.hints.move },
  { keys: ['Enter'], text: en.hints.open },
  { keys: ['/'], text: en.hints.filter },
];

export function VolumesPage({ id }: { readonly id: string | undefined }) {
  const volumes = useModel((state) => state.volumes);
  const ours = useModel((state) => state.engine?.product === en.product);
  const [, navigate] = useLocation();
  const open = id !== undefined && volumes.has(id) ? id : undefined;
  const close = (): void => {
    navigate(pagePath('volumes'));
    setTimeout(focusCurrentRow, 0);
  };
  return (
    <>
      <PageHead title={en.rail.volumes} summary={volumes.size === 0 ? '' : words.summary(volumes.size)} />
      {volumes.size === 0 ? (
        <EngineTrouble>
          <EmptyState
            icon={<Database aria-hidden />}
            title={words.emptyTitle}
            text={ours ? words.emptyHere : words.emptyText}
            command={ours ? words.emptyHereCommand : words.emptyCommand}
          />
        </EngineTrouble>
      ) : (
        <Split
          first={<VolumeList openId={open} onClose={close} />}
          second={open === undefined ? undefined : <VolumeDetails id={open} onClose={close} />}
        />
      )}
    </>
  );
}

interface VolumeListProps {
  readonly openId: string | undefined;
  readonly onClose: () => void;
}

function VolumeList({ openId, onClose }: VolumeListProps) {
  const volumes = useModel((state) => state.volumes);
  const [, navigate] = useLocation();
  const [text, setText] = useState('');
  const [which, setWhich] = useState<WhichVolumes>('all');
  const [sort, setSort] = useState<GridSort<VolumeColumn>>({ column: 'name', ascending: true });
  const ids = useMemo(
    () => listVolumes(volumes, text, which, sort.column, sort.ascending),
    [volumes, text, which, sort],
  );
  const open = useCallback((id: string): void => navigate(pagePath('volumes', id)), [navigate]);
  const row = useCallback(
    (id: string, shown: typeof columns) => <VolumeRow id={id} columns={shown} onInspect={open} />,
    [open],
  );
  const clear = (): void => {
    setText('');
    setWhich('all');
  };
  return (
    <>
      <ListBar text={text} onText={setText} which={which} choices={choices} onWhich={setWhich} />
      <EngineTrouble strip />
      {ids.length === 0 ? (
        <NothingMatches text={words.hiddenText(volumes.size)} onClear={clear} />
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
            row={row}
          />
          <KeyHints hints={hints} />
        </>
      )}
    </>
  );
}
