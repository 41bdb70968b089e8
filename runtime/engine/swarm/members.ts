// Whom this engine has in overlay networks, as other nodes are told of it, and whom they have.
import type { Networks } from '../networks/networks.ts';
import { aliasesMax, memberSchema, type Snapshot, type SwarmMember } from './protocol.ts';

const isName = (name: string): boolean => memberSchema.shape.containerName.safeParse(name).success;

/** The containers of this engine in overlay networks. */
export function membersOf(networks: Networks): SwarmMember[] {
  return networks.overlays.flatMap(({ network }) =>
    [...network.members].map(({ endpoint, member }) => ({
      networkId: network.id,
      endpointId: endpoint.endpointId,
      containerId: member.containerId,
      containerName: member.containerName,
      // A host name may be what no name of a network can be.
      aliases: member.aliases.filter(isName).slice(0, aliasesMax),
      mac: endpoint.mac,
      address: endpoint.address,
      address6: endpoint.address6,
    })),
  );
}

/** Lets the networks here know who is in them on other machines. */
export function showRemote(networks: Pick<Networks, 'overlays'>, members: Snapshot['members']): void {
  for (const { network } of networks.overlays) {
    const remote = members
      .filter(({ networkId }) => networkId === network.id)
      .map(({ networkId: _, ...member }) => member);
    // Each change is told to everybody.
    if (JSON.stringify(remote) !== JSON.stringify(network.remote)) network.remote = remote;
  }
}
