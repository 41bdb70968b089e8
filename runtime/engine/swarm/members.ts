// Whom this engine has in overlay networks, as other nodes are told of it.
import type { Networks } from '../networks/networks.ts';
import { aliasesMax, memberSchema, type SwarmMember } from './protocol.ts';

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
