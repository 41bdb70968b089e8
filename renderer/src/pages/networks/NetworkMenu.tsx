// What can be done with a network: in its row, and in the head of its details.
import { Braces, Copy, FileJson, Fingerprint, Link2, Trash2 } from 'lucide-react';
import { useLocation } from 'wouter';
import type { NetworkModel } from '../../../../runtime/contract/model.ts';
import { Menu, MenuItem, MenuLine } from '../../components/Menu.tsx';
import { inert } from '../../format/inert.ts';
import { networkPath } from '../../route.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { en } from '../../strings/en.ts';
import { takesMembers } from './network-list.ts';

const words = en.networks;

interface NetworkMenuProps {
  readonly network: NetworkModel;
  readonly framed?: boolean;
  /** Absent where they are shown already. */
  readonly onInspect?: (id: string) => void;
}

export function NetworkMenu({ network, framed, onInspect }: NetworkMenuProps) {
  const { id, name } = network;
  const [, navigate] = useLocation();
  return (
    <Menu subject={id} label={en.actions.more(inert(name))} framed={framed === true}>
      {onInspect !== undefined && (
        <MenuItem icon={<Braces />} text={words.details} shortcut="Enter" onSelect={() => onInspect(id)} />
      )}
      <MenuItem
        icon={<FileJson />}
        text={words.tabs.inspect}
        shortcut="i"
        onSelect={() => navigate(networkPath(id, 'inspect'))}
      />
      <MenuItem
        icon={<Link2 />}
        text={words.connect}
        shortcut="j"
        disabled={!takesMembers(network)}
        onSelect={() => connectTo(network)}
      />
      <MenuLine />
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
      <MenuLine />
      <MenuItem
        danger
        icon={<Trash2 />}
        text={words.remove}
        shortcut="d"
        onSelect={() => openDialog({ kind: 'removeNetworks', ids: [id] })}
      />
    </Menu>
  );
}

/** Asks which container shall join. */
export function connectTo(network: NetworkModel): void {
  if (takesMembers(network))
    openDialog({ kind: 'connectNetwork', network: network.id, container: undefined });
}
