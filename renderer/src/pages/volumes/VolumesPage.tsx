// The page Volumes: the list stays, and the details of one open below it or beside it.
import { BrushCleaning, Database, Plus } from 'lucide-react';
import { useCallback, useEffect } from 'react';
import { useLocation } from 'wouter';
import { EmptyState } from '../../components/EmptyState.tsx';
import type { GridColumn } from '../../components/Grid.tsx';
import type { KeyHint } from '../../components/KeyHints.tsx';
import { PageButton } from '../../components/PageButton.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Split } from '../../components/Split.tsx';
import { useCloseDetails } from '../../components/use-close-details.ts';
import { EngineTrouble } from '../../frame/EngineTrouble.tsx';
import { ObjectList, type ListArguments } from '../../frame/ObjectList.tsx';
import { pagePath, volumePath, type VolumeTab } from '../../route.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { measureVolumes, useVolumeSizes } from '../../state/volume-sizes.ts';
import { en } from '../../strings/en.ts';
import { useConnection } from '../../transport/connection.ts';
import { listVolumes, type VolumeColumn } from './volume-list.ts';
import { VolumeDetails } from './VolumeDetails.tsx';
import { VolumeRow } from './VolumeRow.tsx';

const words = en.volumes;
const columns: readonly GridColumn<VolumeColumn>[] = [
  { id: 'name', title: words.columns.name, sortable: true, widthPx: 160, grow: 2 },
  { id: 'driver', title: words.columns.driver, sortable: true, widthPx: 104, rank: 1 },
  { id: 'use', title: words.columns.use, sortable: true, widthPx: 132, rank: 4 },
  {
    id: 'size',
    title: words.columns.size,
    className: 'cell-number',
    sortable: true,
    descending: true,
    widthPx: 92,
    rank: 3,
  },
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
const hints: readonly KeyHint[] = [
  { keys: ['↑', '↓'], text: en.hints.move },
  { keys: ['Enter'], text: en.hints.open },
  { keys: ['f'], text: words.tabs.files },
  { keys: ['d'], text: en.hints.remove },
  { keys: ['/'], text: en.hints.filter },
];

interface VolumesPageProps {
  readonly id: string | undefined;
  readonly tab: VolumeTab;
}

export function VolumesPage({ id, tab }: VolumesPageProps) {
  const volumes = useModel((state) => state.volumes);
  const create = (): void => openDialog({ kind: 'createVolume' });
  useSizes();
  const open = id !== undefined && volumes.has(id) ? id : undefined;
  const close = useCloseDetails('volumes');
  return (
    <>
      <PageHead title={en.rail.volumes} summary={volumes.size === 0 ? '' : words.summary(volumes.size)}>
        {volumes.size > 0 && (
          <button type="button" className="btn" onClick={() => openDialog({ kind: 'pruneVolumes' })}>
            <BrushCleaning aria-hidden />
            {words.prune}
          </button>
        )}
        <PageButton primary letter="c" icon={<Plus aria-hidden />} text={words.create} onClick={create} />
      </PageHead>
      {volumes.size === 0 ? (
        <EngineTrouble>
          <EmptyState
            icon={<Database aria-hidden />}
            title={words.emptyTitle}
            text={words.emptyText}
            command={words.emptyCommand}
          />
        </EngineTrouble>
      ) : (
        <Split
          first={<VolumeList openId={open} onClose={close} />}
          second={open === undefined ? undefined : <VolumeDetails id={open} tab={tab} onClose={close} />}
        />
      )}
    </>
  );
}

/** Sizes as the page opens, and when volumes come and go. */
function useSizes(): void {
  const connected = useConnection((state) => state.client !== undefined);
  const names = useModel((state) => [...state.volumes.keys()].sort().join(' '));
  useEffect(() => {
    if (connected) void measureVolumes();
  }, [connected, names]);
}

interface VolumeListProps {
  readonly openId: string | undefined;
  readonly onClose: () => void;
}

function VolumeList({ openId, onClose }: VolumeListProps) {
  const volumes = useModel((state) => state.volumes);
  const [, navigate] = useLocation();
  const sizes = useVolumeSizes((state) => state.sizes);
  const list = useCallback(
    (...[text, which, column, ascending]: ListArguments<VolumeColumn>) =>
      listVolumes(volumes, text, which, column, ascending, sizes),
    [volumes, sizes],
  );
  const onLetter = (id: string, letter: string): boolean => {
    if (letter === 'd') openDialog({ kind: 'removeVolume', id });
    else if (letter === 'f') navigate(volumePath(id, 'files'));
    else return false;
    return true;
  };
  const open = useCallback((id: string): void => navigate(pagePath('volumes', id)), [navigate]);
  const row = useCallback(
    (id: string, shown: typeof columns) => <VolumeRow id={id} columns={shown} onInspect={open} />,
    [open],
  );
  return (
    <ObjectList
      label={words.list}
      columns={columns}
      firstColumn="name"
      list={list}
      hiddenText={words.hiddenText(volumes.size)}
      hints={hints}
      openId={openId}
      onOpen={open}
      onClose={onClose}
      onLetter={onLetter}
      row={row}
    />
  );
}
