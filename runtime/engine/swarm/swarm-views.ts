// A swarm and its nodes as Docker's API shows them.
import { drivers } from '../drivers.ts';
import { formatToken } from './join-token.ts';
import type { Manager } from './manager.ts';
import type { NodeRecord } from './swarm-record.ts';
import type { ClusterInfo, Node, Swarm } from './swarm-types.ts';

/** The swarm, without what lets others in. */
export function clusterView({ record, cluster, tlsInfo }: Manager): ClusterInfo {
  return {
    ID: record.clusterId,
    Version: { Index: cluster.version },
    CreatedAt: cluster.created,
    UpdatedAt: cluster.updated,
    Spec: cluster.spec,
    TLSInfo: tlsInfo,
    RootRotationInProgress: false,
    DefaultAddrPool: cluster.pools,
    SubnetSize: cluster.subnetSize,
    DataPathPort: record.dataPort,
  };
}

/** The swarm with its join tokens. */
export function swarmView(manager: Manager): Swarm {
  const { record, cluster } = manager;
  return {
    ...clusterView(manager),
    JoinTokens: {
      Worker: formatToken(record.authority, cluster.secrets.worker),
      Manager: formatToken(record.authority, cluster.secrets.manager),
    },
  };
}

/** A node. */
export function nodeView(manager: Manager, node: NodeRecord): Node {
  const { record } = manager;
  const { description } = node;
  const State = manager.stateOf(node);
  return {
    ID: node.id,
    Version: { Index: node.version },
    CreatedAt: node.created,
    UpdatedAt: node.updated,
    Spec: {
      ...(node.name === '' ? {} : { Name: node.name }),
      Labels: node.labels,
      Role: node.role,
      Availability: node.availability,
    },
    Description: {
      Hostname: description.hostName,
      Platform: { Architecture: description.architecture, OS: 'linux' },
      Resources: { NanoCPUs: description.nanoCpus, MemoryBytes: description.memoryBytes },
      Engine: {
        EngineVersion: description.engineVersion,
        Plugins: (['Log', 'Network', 'Volume'] as const).flatMap((Type) =>
          drivers[Type].map((Name) => ({ Type, Name })),
        ),
      },
      TLSInfo: manager.tlsInfo,
    },
    Status: {
      State,
      ...(State === 'down' ? { Message: node.left ? 'node left the swarm' : 'heartbeat failure' } : {}),
      Addr: node.address,
    },
    ...(node.role === 'manager'
      ? { ManagerStatus: { Leader: true, Reachability: 'reachable', Addr: record.address } as const }
      : {}),
  };
}
