// The page Networks: the list stays, and the details of one open below it or beside it.
import { BrushCleaning, Plus, Trash2, Waypoints } from 'lucide-react';
import { useCallback } from 'react';
import { useLocation } from 'wouter';
import { EmptyState } from '../../components/EmptyState.tsx';
import type { GridColumn } from '../../components/Grid.tsx';
import type { KeyHint } from '../../components/KeyHints.tsx';
import { PageButton } from '../../components/PageButton.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { SelectionBar } from '../../components/SelectionBar.tsx';
import { selectColumn } from '../../components/select-column.tsx';
import { Split } from '../../components/Split.tsx';
import { useCloseDetails } from '../../components/use-close-details.ts';
import { EngineTrouble } from '../../frame/EngineTrouble.tsx';
import { ObjectList, type ListArguments } from '../../frame/ObjectList.tsx';
import { networkPath, type NetworkTab } from '../../route.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { listNetworks, type NetworkColumn } from './network-list.ts';
import { networkSelection } from './network-selection.ts';
import { NetworkDetails } from './NetworkDetails.tsx';
import { connectTo } from './NetworkMenu.tsx';
import { NetworkRow } from './NetworkRow.tsx';

const words = en.networks;
const columns: readonly GridColumn<NetworkColumn>[] = [
  selectColumn(networkSelection),
  { id: 'name', title: words.columns.name, sortable: true, widthPx: 160, grow: 2 },
  { id: 'driver', title: words.columns.driver, sortable: true, widthPx: 88, rank: 2 },
  { id: 'subnet', title: words.columns.subnet, sortable: true, widthPx: 152, grow: 1, rank: 3 },
  { id: 'labels', title: words.columns.labels, sortable: true, widthPx: 140, grow: 1, rank: 1 },
  { id: 'use', title: words.columns.use, sortable: true, widthPx: 112, rank: 4 },
  { id: 'actions', title: words.columns.actions, sortable: false, widthPx: 52 },
];
const hints: readonly KeyHint[] = [
  { keys: ['↑', '↓'], text: en.hints.move },
  { keys: ['Space'], text: en.hints.select },
  { keys: ['Enter'], text: en.hints.open },
  { keys: ['j'], text: en.hints.connect },
  { keys: ['d'], text: en.hints.remove },
  { keys: ['/'], text: en.hints.filter },
];

interface NetworksPageProps {
  readonly id: string | undefined;
  readonly tab: NetworkTab;
}

export function NetworksPage({ id, tab }: NetworksPageProps) {
  const networks = useModel((state) => state.networks);
  const create = (): void => openDialog({ kind: 'createNetwork' });
  const open = id !== undefined && networks.has(id) ? id : undefined;
  const close = useCloseDetails('networks');
  return (
    <>
      <PageHead title={en.rail.networks} summary={networks.size === 0 ? '' : words.summary(networks.size)}>
        {networks.size > 0 && (
          <button type="button" className="btn" onClick={() => openDialog({ kind: 'pruneNetworks' })}>
            <BrushCleaning aria-hidden />
            {words.prune}
          </button>
        )}
        <PageButton primary letter="c" icon={<Plus aria-hidden />} text={words.create} onClick={create} />
      </PageHead>
      {networks.size === 0 ? (
        <EngineTrouble>
          <EmptyState
            icon={<Waypoints aria-hidden />}
            title={words.emptyTitle}
            text={words.emptyText}
            command={words.emptyCommand}
          />
        </EngineTrouble>
      ) : (
        <Split
          first={<NetworkList openId={open} onClose={close} />}
          second={open === undefined ? undefined : <NetworkDetails id={open} tab={tab} onClose={close} />}
        />
      )}
    </>
  );
}

interface NetworkListProps {
  readonly openId: string | undefined;
  readonly onClose: () => void;
}

function NetworkList({ openId, onClose }: NetworkListProps) {
  const networks = useModel((state) => state.networks);
  const [, navigate] = useLocation();
  const list = useCallback(
    (...sought: ListArguments<NetworkColumn>) => listNetworks(networks, ...sought),
    [networks],
  );
  const open = useCallback((id: string): void => navigate(networkPath(id)), [navigate]);
  const row = useCallback(
    (id: string, shown: typeof columns) => <NetworkRow id={id} columns={shown} onInspect={open} />,
    [open],
  );
  const onLetter = (id: string, letter: string): boolean => {
    const network = networks.get(id);
    const selected = networkSelection.ids();
    if (letter === 'd') removeThese(selected.has(id) ? [...selected] : [id]);
    else if (letter === 'i') navigate(networkPath(id, 'inspect'));
    else if (letter === 'j' && network !== undefined) connectTo(network);
    else return false;
    return true;
  };
  return (
    <ObjectList
      label={words.list}
      columns={columns}
      firstColumn="name"
      list={list}
      hiddenText={words.hiddenText(networks.size)}
      hints={hints}
      openId={openId}
      onOpen={open}
      onClose={onClose}
      onLetter={onLetter}
      row={row}
      selected={{ rows: networkSelection, bar: <NetworkBulkBar /> }}
    />
  );
}

function removeThese(ids: readonly string[]): void {
  openDialog({ kind: 'removeNetworks', ids });
}

/** What can be done to the selected networks. */
function NetworkBulkBar() {
  return (
    <SelectionBar label={words.bulk} selection={networkSelection}>
      <button
        type="button"
        className="btn h-[26px] px-2 text-bad"
        onClick={() => removeThese([...networkSelection.ids()])}
      >
        <Trash2 aria-hidden />
        {words.remove}
      </button>
    </SelectionBar>
  );
}
