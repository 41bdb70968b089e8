// Leads a swarm: which nodes are in it, what its networks are, and who is where in these. There is one manager in a swarm of
// Berth's. What it knows is written before anybody is told of it, but for addresses just given: a node that holds one says so.
import { EngineError, messageOf, notSwarmManager } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Lease, Network } from '../networks/network.ts';
import type { Networks } from '../networks/networks.ts';
import { signNode, tlsInfoOf, type Authority } from './certificates.ts';
import { createId, same } from './join-token.ts';
import { membersOf, showRemote } from './members.ts';
import {
  protocolVersion,
  silenceMs,
  type JoinRequest,
  type NodeDescription,
  type NodeReport,
  type Snapshot,
  type SwarmMember,
} from './protocol.ts';
import { newNode, type ClusterRecord, type NodeRecord, type SwarmRecord } from './swarm-record.ts';
import { certificateLifeMs } from './swarm-spec.ts';
import type { SwarmStore } from './swarm-store.ts';
import type { TlsInfo } from './swarm-types.ts';

/** An address that was given and not heard of since is given back. */
const leaseMs = 60_000;
/** Changes that come together are told together. */
const togetherMs = 20;

/** Whether a node is there. */
export type NodeState = 'ready' | 'down' | 'unknown';

interface PendingLease {
  readonly nodeId: string;
  readonly network: Network;
  readonly lease: Lease;
  readonly timer: NodeJS.Timeout;
}

/** What the manager needs. */
export interface ManagerParts {
  readonly store: SwarmStore;
  readonly networks: Networks;
  readonly log: Logger;
  readonly describe: () => NodeDescription;
}

/** The manager of a swarm. */
export class Manager {
  readonly #parts: ManagerParts;
  readonly #watchers = new Map<string, Set<(snapshot: Snapshot) => void>>();
  /** When a node was heard last, in performance.now(). */
  readonly #heardMs = new Map<string, number>();
  readonly #openedMs = performance.now();
  #pending: PendingLease[] = [];
  #telling: NodeJS.Timeout | undefined;
  #closed = false;

  /** What Docker's API says of the authority. */
  readonly tlsInfo: TlsInfo;

  private constructor(parts: ManagerParts, tlsInfo: TlsInfo) {
    this.#parts = parts;
    this.tlsInfo = tlsInfo;
  }

  /** Leads the swarm of the store's record. */
  static async open(parts: ManagerParts): Promise<Manager> {
    const manager = new Manager(parts, await tlsInfoOf(parts.store.joined.authority));
    for (const node of manager.nodes) {
      for (const member of node.members) manager.#network(member.networkId)?.takeBack(leaseOf(member));
    }
    manager.#showRemote();
    parts.networks.onOverlays = () => manager.changed();
    await manager.#tell();
    return manager;
  }

  /** Lets go of everything. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#telling);
    for (const { timer } of this.#pending) clearTimeout(timer);
    this.#parts.networks.onOverlays = () => undefined;
  }

  get record(): SwarmRecord {
    return this.#parts.store.joined;
  }

  get authority(): Authority {
    return { certificate: this.record.authority, key: this.#lead.authorityKey };
  }

  get cluster(): ClusterRecord {
    return this.#lead.cluster;
  }

  get nodes(): readonly NodeRecord[] {
    return this.cluster.nodes;
  }

  get #lead(): NonNullable<SwarmRecord['lead']> {
    const { lead } = this.record;
    if (lead === undefined) throw notSwarmManager();
    return lead;
  }

  /** How a node is; the manager's own is there. */
  stateOf({ id, left }: NodeRecord): NodeState {
    if (id === this.record.nodeId) return 'ready';
    if (left) return 'down';
    const heardMs = this.#heardMs.get(id);
    if (heardMs !== undefined) return performance.now() - heardMs <= silenceMs ? 'ready' : 'down';
    return performance.now() - this.#openedMs <= silenceMs ? 'unknown' : 'down';
  }

  /** Whether this node may speak to the manager. */
  isMember(nodeId: string): boolean {
    return this.nodes.some(({ id, left }) => id === nodeId && !left);
  }

  /** Writes the swarm with this change. Resolves when it is on the disk. */
  async change(change: (cluster: ClusterRecord, version: number) => Partial<ClusterRecord>): Promise<void> {
    const { record } = this;
    const { cluster } = this.#lead;
    const counter = cluster.counter + 1;
    const changed = { ...cluster, counter, ...change(cluster, counter) };
    await this.#parts.store.save({
      ...record,
      lead: { authorityKey: this.#lead.authorityKey, cluster: changed },
    });
    this.changed();
  }

  /** Writes a node with this change, as one that is newer. */
  async changeNode(id: string, change: Partial<NodeRecord>): Promise<void> {
    await this.change((cluster, version) => ({
      nodes: cluster.nodes.map((node) =>
        node.id === id ? { ...node, version, updated: new Date().toISOString(), ...change } : node,
      ),
    }));
  }

  /** Takes a node in. Throws in Docker's words. */
  async join(request: JoinRequest) {
    if (request.protocol !== protocolVersion) {
      throw new EngineError(
        'invalid',
        `the manager speaks version ${String(protocolVersion)} of Berth's swarm protocol, the node ${String(request.protocol)}`,
      );
    }
    const { secrets, spec } = this.cluster;
    if (same(request.secret, secrets.manager)) {
      throw new EngineError(
        'notImplemented',
        'a swarm of Berth engines has one manager: join as a worker (docker swarm join-token worker)',
      );
    }
    if (!same(request.secret, secrets.worker)) {
      throw new EngineError('forbidden', 'A valid join token is necessary to join this cluster');
    }
    const nodeId = createId();
    const certificate = await this.#sign(request.request, nodeId, spec);
    await this.change((cluster, version) => ({
      nodes: [
        ...cluster.nodes,
        newNode({
          ...{ id: nodeId, version, role: 'worker', availability: request.availability },
          ...{ description: request.description, address: request.address, dataAddress: request.dataAddress },
        }),
      ],
    }));
    this.#heardMs.set(nodeId, performance.now());
    return { nodeId, clusterId: this.record.clusterId, certificate, dataPort: this.record.dataPort };
  }

  /** A new certificate for a node that has one. */
  async renew(nodeId: string, request: string): Promise<string> {
    return await this.#sign(request, nodeId, this.cluster.spec);
  }

  async #sign(request: string, nodeId: string, spec: ClusterRecord['spec']): Promise<string> {
    const { clusterId } = this.record;
    try {
      return await signNode(
        this.authority,
        request,
        { nodeId, role: 'worker', clusterId },
        certificateLifeMs(spec),
      );
    } catch (cause) {
      throw new EngineError('invalid', `the signing request is refused: ${messageOf(cause)}`, { cause });
    }
  }

  /** What a node says of itself. */
  async report(nodeId: string, { description, address, dataAddress, members }: NodeReport): Promise<void> {
    const node = this.nodes.find(({ id }) => id === nodeId);
    if (node === undefined || node.left) return;
    this.#heardMs.set(nodeId, performance.now());
    const next = { ...node, description, address, dataAddress, members: this.#settle(node, members) };
    if (JSON.stringify(next) === JSON.stringify(node)) return;
    // All of it, the version as well: users change a node by that, and it is none of this.
    await this.changeNode(nodeId, next);
    this.#showRemote();
  }

  /** Takes the addresses that a node has now and gives back those that it has no more; answers whom it has rightly. */
  #settle(node: NodeRecord, members: readonly SwarmMember[]): SwarmMember[] {
    const before = new Map(node.members.map((member) => [member.endpointId, member]));
    const now = new Map(members.map((member) => [member.endpointId, member]));
    for (const [endpointId, member] of before) {
      const still = now.get(endpointId);
      if (still === undefined || !sameAddresses(still, member)) {
        before.delete(endpointId);
        this.#network(member.networkId)?.giveBack(leaseOf(member));
      }
    }
    return [...now.values()].filter((member) => {
      if (before.has(member.endpointId)) return true;
      const lease = this.#pending.find(
        (each) =>
          each.nodeId === node.id && each.network.id === member.networkId && sameLease(each.lease, member),
      );
      if (lease !== undefined) {
        this.#forget(lease);
        return true;
      }
      if (this.#network(member.networkId)?.takeBack(leaseOf(member)) === true) return true;
      this.#parts.log.warn('a node has an address that is not its own', {
        node: node.id,
        address: member.address,
        container: member.containerId,
      });
      return false;
    });
  }

  /** Gives a node an address. Throws in Docker's words. */
  lease(nodeId: string, networkId: string, wish: Lease): Lease {
    if (!this.isMember(nodeId))
      throw new EngineError('forbidden', `node ${nodeId} is not in the swarm any more`);
    const network = this.#network(networkId);
    if (network === undefined) throw new EngineError('notFound', `network ${networkId} not found`);
    network.checkJoin();
    const lease = network.lease({ ...wish, mac: '', linkLocal: [] });
    const timer = setTimeout(() => {
      this.#forget(pending);
      network.giveBack(lease);
    }, leaseMs).unref();
    const pending: PendingLease = { nodeId, network, lease, timer };
    this.#pending.push(pending);
    return lease;
  }

  /** Gives back all that a node has and has asked for, and tells it no more. */
  #releaseAll(node: NodeRecord): void {
    this.#settle(node, []);
    for (const pending of this.#pending.filter(({ nodeId }) => nodeId === node.id)) {
      this.#forget(pending);
      pending.network.giveBack(pending.lease);
    }
    this.#watchers.delete(node.id);
  }

  #forget(lease: PendingLease): void {
    clearTimeout(lease.timer);
    this.#pending = this.#pending.filter((each) => each !== lease);
  }

  /** A node says that it leaves: it is down, and what its containers had is free. */
  async leave(nodeId: string): Promise<void> {
    const node = this.nodes.find(({ id }) => id === nodeId);
    if (node === undefined) return;
    this.#releaseAll(node);
    await this.changeNode(nodeId, { left: true, members: [] });
    this.#showRemote();
  }

  /** Takes a node out of the swarm. */
  async removeNode(nodeId: string): Promise<void> {
    const node = this.nodes.find(({ id }) => id === nodeId);
    if (node !== undefined) this.#releaseAll(node);
    await this.change(({ nodes }) => ({ nodes: nodes.filter(({ id }) => id !== nodeId) }));
    this.#heardMs.delete(nodeId);
    this.#showRemote();
  }

  /** Tells a node of the swarm from now on, at once for the first time. Answers what ends it. */
  watch(nodeId: string, listener: (snapshot: Snapshot) => void): () => void {
    const listeners = this.#watchers.get(nodeId) ?? new Set();
    this.#watchers.set(nodeId, listeners.add(listener));
    this.#heardMs.set(nodeId, performance.now());
    listener(this.#snapshot(nodeId));
    return () => {
      listeners.delete(listener);
      // It is gone, unless it has come again by another connection.
      if (listeners.size === 0) this.#heardMs.set(nodeId, -Infinity);
    };
  }

  /** Something is other than it was: all are told soon. */
  changed(): void {
    if (this.#closed) return;
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      this.#tell().catch((error: unknown) => {
        this.#parts.log.error('the overlay networks cannot be led to other nodes', {
          reason: messageOf(error),
        });
      });
    }, togetherMs).unref();
  }

  async #tell(): Promise<void> {
    for (const [nodeId, listeners] of this.#watchers) {
      const snapshot = this.#snapshot(nodeId);
      for (const listener of listeners) listener(snapshot);
    }
    const { dataAddress, dataPort, nodeId } = this.record;
    await this.#parts.networks.setOverlayPath({
      local: dataAddress,
      port: dataPort,
      peers: this.#othersThan(nodeId).map((node) => node.dataAddress),
    });
  }

  #othersThan(nodeId: string): readonly NodeRecord[] {
    return this.nodes.filter(({ id, left }) => id !== nodeId && !left);
  }

  #snapshot(nodeId: string): Snapshot {
    const { record } = this;
    const others = this.#othersThan(nodeId);
    return {
      nodes: others.map(({ id, dataAddress }) => ({ id, dataAddress })),
      managers: [record.address],
      networks: this.#parts.networks.overlays.map((made) => made.record),
      members: [
        ...membersOf(this.#parts.networks).map((member) => ({ ...member, machine: record.dataAddress })),
        ...others.flatMap(onMachine),
      ],
    };
  }

  #showRemote(): void {
    showRemote(this.#parts.networks, this.nodes.flatMap(onMachine));
  }

  #network(networkId: string): Network | undefined {
    return this.#parts.networks.overlays.find(({ record }) => record.id === networkId)?.network;
  }
}

/** The containers of a node, with the node's address. */
function onMachine({ members, dataAddress }: NodeRecord): Snapshot['members'] {
  return members.map((member) => ({ ...member, machine: dataAddress }));
}

function leaseOf({ address, address6 }: Pick<SwarmMember, 'address' | 'address6'>): Lease {
  return { ipv4: address, ipv6: address6 };
}

function sameAddresses(a: SwarmMember, b: SwarmMember): boolean {
  return a.networkId === b.networkId && a.address === b.address && a.address6 === b.address6;
}

function sameLease({ ipv4, ipv6 }: Lease, { address, address6 }: SwarmMember): boolean {
  return ipv4 === address && ipv6 === address6;
}
