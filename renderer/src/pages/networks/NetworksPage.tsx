// The page Networks: the list stays, and the details of one open below it or beside it.
import { Waypoints } from 'lucide-react';
import { useCallback } from 'react';
import { useLocation } from 'wouter';
import { EmptyState } from '../../components/EmptyState.tsx';
import { focusCurrentRow, type GridColumn } from '../../components/Grid.tsx';
import type { KeyHint } from '../../components/KeyHints.tsx';
import { PageHead } from '../../components/PageHead.tsx';
import { Split } from '../../components/Split.tsx';
import { EngineTrouble } from '../../frame/EngineTrouble.tsx';
import { ObjectList, type ListArguments } from '../../frame/ObjectList.tsx';
import { pagePath } from '../../route.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import { listNetworks, type NetworkColumn } from './network-list.ts';
import { NetworkDetails } from './NetworkDetails.tsx';
import { NetworkRow } from './NetworkRow.tsx';

const words = en.networks;
const columns: readonly GridColumn<NetworkColumn>[] = [
  { id: 'name', title: words.columns.name, sortable: true, widthPx: 150, grow: 2 },
  { id: 'driver', title: words.columns.driver, sortable: true, widthPx: 104, rank: 2 },
  { id: 'subnet', title: words.columns.subnet, sortable: true, widthPx: 168, grow: 1, rank: 3 },
  { id: 'scope', title: words.columns.scope, sortable: true, widthPx: 88, rank: 1 },
  { id: 'use', title: words.columns.use, sortable: true, widthPx: 132, rank: 4 },
  { id: 'actions', title: words.columns.actions, sortable: false, widthPx: 52 },
];
const hints: readonly KeyHint[] = [
  { keys: ['↑', '↓'], text: en.hints.move },
  { keys: ['Enter'], text: en.hints.open },
  { keys: ['/'], text: en.hints.filter },
];

export function NetworksPage({ id }: { readonly id: string | undefined }) {
  const networks = useModel((state) => state.networks);
  const [, navigate] = useLocation();
  const open = id !== undefined && networks.has(id) ? id : undefined;
  const close = (): void => {
    navigate(pagePath('networks'));
    setTimeout(focusCurrentRow, 0);
  };
  return (
    <>
      <PageHead title={en.rail.networks} summary={networks.size === 0 ? '' : words.summary(networks.size)} />
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
          second={open === undefined ? undefined : <NetworkDetails id={open} onClose={close} />}
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
  const open = useCallback((id: string): void => navigate(pagePath('networks', id)), [navigate]);
  const row = useCallback(
    (id: string, shown: typeof columns) => <NetworkRow id={id} columns={shown} onInspect={open} />,
    [open],
  );
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
      row={row}
    />
  );
}
