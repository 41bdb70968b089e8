// Takes a container off a network, after a question; not there where nothing can be left.
import { Unlink } from 'lucide-react';
import type { ContainerModel, NetworkModel } from '../../../../runtime/contract/model.ts';
import { IconButton } from '../../components/IconButton.tsx';
import { inert } from '../../format/inert.ts';
import { openDialog } from '../../state/dialog-store.ts';
import { en } from '../../strings/en.ts';
import { takesMembers } from './network-list.ts';

interface DisconnectButtonProps {
  readonly container: ContainerModel;
  readonly network: NetworkModel;
}

export function DisconnectButton({ container, network }: DisconnectButtonProps) {
  if (!takesMembers(network)) return null;
  return (
    <IconButton
      label={en.networks.disconnectOf(inert(container.name), inert(network.name))}
      icon={<Unlink aria-hidden />}
      onClick={() => openDialog({ kind: 'disconnectNetwork', network: network.id, container: container.id })}
    />
  );
}
