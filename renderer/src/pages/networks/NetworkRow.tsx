// The cells of one network; it subscribes to its own id.
import { Braces, Copy, Fingerprint } from 'lucide-react';
import { memo } from 'react';
import type { NetworkModel } from '../../../../runtime/contract/model.ts';
import type { GridColumn } from '../../components/Grid.tsx';
import { GridCells } from '../../components/GridCells.tsx';
import { Menu, MenuItem } from '../../components/Menu.tsx';
import { UseBadge } from '../../components/UseBadge.tsx';
import { inert } from '../../format/inert.ts';
import { useModel } from '../../state/model-store.ts';
import { en } from '../../strings/en.ts';
import type { NetworkColumn } from './network-list.ts';

const words = en.networks;

interface NetworkRowProps {
  readonly id: string;
  readonly columns: readonly GridColumn<NetworkColumn>[];
  readonly onInspect: (id: string) => void;
}

export const NetworkRow = memo(function NetworkRow({ id, columns, onInspect }: NetworkRowProps) {
  const network = useModel((state) => state.networks.get(id));
  if (network === undefined) return null;
  const subnets = inert(network.subnets.join(', '));
  return (
    <GridCells
      columns={columns}
      cells={{
        name: {
          content: (
            <>
              <bdi className="font-[550]">{inert(network.name)}</bdi>
              {network.internal && <span className="badge ml-2">{words.internal}</span>}
            </>
          ),
          title: inert(network.name),
        },
        driver: { content: inert(network.driver), className: 'text-ink-3' },
        subnet: {
          content: subnets === '' ? en.common.none : subnets,
          className: 'font-mono text-sm text-ink-2',
          title: subnets,
        },
        scope: { content: inert(network.scope), className: 'text-ink-3' },
        use: { content: <UseBadge containers={network.containers} /> },
        actions: { content: <Actions network={network} onInspect={onInspect} />, className: 'cell-actions' },
      }}
    />
  );
});

interface ActionsProps {
  readonly network: NetworkModel;
  readonly onInspect: (id: string) => void;
}

function Actions({ network, onInspect }: ActionsProps) {
  const { id, name } = network;
  return (
    <Menu label={en.actions.more(inert(name))}>
      <MenuItem icon={<Braces />} text={words.details} shortcut="Enter" onSelect={() => onInspect(id)} />
      <MenuItem
        icon={<Copy />}
        text={en.objects.copyName}
        onSelect={() => void navigator.clipboard.writeText(name)}
      />
      <MenuItem
        icon={<Fingerprint />}
        text={en.actions.copyId}
        onSelect={() => void navigator.clipboard.writeText(id)}
      />
    </Menu>
  );
}
