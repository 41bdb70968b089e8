// The cells of one network; it subscribes to its own id.
import { memo } from 'react';
import type { NetworkModel } from '../../../../runtime/contract/model.ts';
import type { GridColumn } from '../../components/Grid.tsx';
import { GridCells } from '../../components/GridCells.tsx';
import { SelectBox } from '../../components/SelectBox.tsx';
import { UseBadge } from '../../components/UseBadge.tsx';
import { inert } from '../../format/inert.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import {
  isBuiltIn,
  isConfiguration,
  ownLabels,
  projectOfNetwork,
  subnetsOf,
  type NetworkColumn,
} from './network-list.ts';
import { networkSelection } from './network-selection.ts';
import { NetworkMenu } from './NetworkMenu.tsx';

const words = en.networks;

interface NetworkRowProps {
  readonly id: string;
  readonly columns: readonly GridColumn<NetworkColumn>[];
  readonly onInspect: (id: string) => void;
}

export const NetworkRow = memo(function NetworkRow({ id, columns, onInspect }: NetworkRowProps) {
  const network = useModel((state) => state.networks.get(id));
  if (network === undefined) return null;
  const name = inert(network.name);
  const subnets = inert(subnetsOf(network));
  return (
    <GridCells
      columns={columns}
      cells={{
        select: {
          content: (
            <SelectBox selection={networkSelection} members={[id]} label={en.containers.select(name)} />
          ),
        },
        name: {
          content: (
            <span className="flex min-w-0 items-center gap-2">
              <bdi className="truncate font-[550]">{name}</bdi>
              <Badges network={network} />
            </span>
          ),
          title: name,
        },
        driver: { content: inert(network.driver), className: 'text-ink-3' },
        subnet: {
          content: subnets === '' ? en.common.none : subnets,
          className: 'font-mono text-sm text-ink-2',
          title: subnets,
        },
        labels: { content: <Labels network={network} />, className: 'text-ink-3', title: labelText(network) },
        use: { content: <UseBadge containers={network.containers} /> },
        actions: {
          content: <NetworkMenu network={network} onInspect={onInspect} />,
          className: 'cell-actions',
        },
      }}
    />
  );
});

function Badges({ network }: { readonly network: NetworkModel }) {
  return (
    <>
      {isBuiltIn(network) && <span className="badge">{words.builtIn}</span>}
      {isConfiguration(network) && <span className="badge">{words.configuration}</span>}
      {network.internal && <span className="badge">{words.internal}</span>}
      {network.ipv6 && <span className="badge">{words.ipv6}</span>}
    </>
  );
}

function Labels({ network }: { readonly network: NetworkModel }) {
  const project = projectOfNetwork(network);
  const count = ownLabels(network).length;
  if (project === undefined && count === 0) return en.common.none;
  return (
    <>
      {project !== undefined && <span className="text-ink-2">{words.project(inert(project))}</span>}
      {project !== undefined && count > 0 && ' · '}
      {count > 0 && words.moreLabels(count)}
    </>
  );
}

function labelText({ labels }: NetworkModel): string {
  return inert(
    Object.entries(labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(', '),
  );
}
