// Swarm mode of one engine: making a swarm, joining one, leaving it; and on its manager the swarm itself and its nodes, in
// Docker's words. What it leads to are overlay networks; services are not there.
import { rm } from 'node:fs/promises';
import { isIP } from 'node:net';
import path from 'node:path';
import { EngineError, messageOf, notSwarmManager } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { NetworkRecord } from '../networks/network-record.ts';
import type { Networks } from '../networks/networks.ts';
import type { EventBus, Filters, SwarmService } from '../services.ts';
import { KeyedLock } from '../store/keyed-lock.ts';
import { networkCreateBody, untrustedMap, type NetworkCreateBody } from '../types.ts';
import { createSigningRequest, readNode, signNode } from './certificates.ts';
import { joinSwarm } from './join-swarm.ts';
import { createId, createSecret } from './join-token.ts';
import { serveManager, type ManagerDoor } from './manager-server.ts';
import { Manager } from './manager.ts';
import { newSwarm } from './new-swarm.ts';
import { defaultSwarmPort, parseHostPort } from './node-address.ts';
import { describeNode } from './node-description.ts';
import { findNode, nodeFilter } from './node-filters.ts';
import { parseAvailability } from './swarm-record.ts';
import { certificateLifeMs, completeSpec, noLock } from './swarm-spec.ts';
import { SwarmStore } from './swarm-store.ts';
import {
  noSwarmInfo,
  type Node,
  type NodeUpdateBody,
  type Swarm as SwarmAnswer,
  type SwarmInfo,
  type SwarmInitBody,
  type SwarmJoinBody,
  type SwarmSpec,
} from './swarm-types.ts';
import { clusterView, nodeView, swarmView } from './swarm-views.ts';
import { Worker } from './worker.ts';

const mtuOption = 'com.docker.network.driver.mtu';
/** How often it is looked whether the certificate is half used up. */
const renewalMs = 6 * 3_600_000;
/** When the manager's door is tried again. */
const againMs = 10_000;

/** The swarm's network for the published ports of services. */
const ingress = { Name: 'ingress', Driver: 'overlay', Ingress: true };

const invalid = (message: string): EngineError => new EngineError('invalid', message);
const unavailable = (message: string): EngineError => new EngineError('unavailable', message);

/** What swarm mode needs of the engine. */
export interface SwarmParts {
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly networks: Networks;
  readonly events: EventBus;
  readonly log: Logger;
}

/** An engine's swarm mode. */
export class Swarm implements SwarmService {
  readonly #parts: SwarmParts & { readonly store: SwarmStore };
  #manager: Manager | undefined;
  #door: ManagerDoor | undefined;
  #worker: Worker | undefined;
  /** Why the manager's door is shut. */
  #error = '';
  /** Making, joining and leaving are done one at a time. */
  readonly #locks = new KeyedLock();
  #renewal: NodeJS.Timeout | undefined;
  #again: NodeJS.Timeout | undefined;
  /** Takes containers out of the swarm's networks; set by those who know them. */
  onLeave: () => Promise<void> = async () => undefined;

  private constructor(parts: SwarmParts & { readonly store: SwarmStore }) {
    this.#parts = parts;
  }

  /** Knows which swarm the engine is in, and which addresses other nodes have; nobody is spoken to before {@link start}. */
  static async open(parts: SwarmParts): Promise<Swarm> {
    const swarm = new Swarm({ ...parts, store: await SwarmStore.open(parts.dataRoot) });
    await swarm.#take();
    return swarm;
  }

  /** Speaks to the other nodes from now on: it is known which containers run here. */
  async start(): Promise<void> {
    this.#worker?.start();
    if (this.#manager === undefined) return;
    await this.#openDoorSoon(this.#manager);
    await this.#renew();
  }

  /** Opens the door, and tries again later when the address is not there yet or another has the port. */
  async #openDoorSoon(manager: Manager): Promise<void> {
    try {
      await this.#openDoor(manager);
    } catch (error) {
      if (this.#error !== messageOf(error)) {
        this.#error = messageOf(error);
        this.#parts.log.error('other nodes cannot come to this manager', { reason: this.#error });
      }
      this.#again = setTimeout(() => void this.#openDoorSoon(manager), againMs).unref();
    }
  }

  /** Lets go of the other nodes; the engine stays in its swarm. */
  async close(): Promise<void> {
    clearInterval(this.#renewal);
    clearTimeout(this.#again);
    await this.#door?.close();
    await this.#manager?.close();
    await this.#worker?.close();
    this.#door = undefined;
    this.#manager = undefined;
    this.#worker = undefined;
  }

  /** Takes up the part that the record gives this node. */
  async #take(): Promise<void> {
    const { record } = this.#parts.store;
    const parts = { ...this.#parts, describe: describeNode, snapshotFile: this.#snapshotFile };
    if (record === undefined) {
      // An engine that was killed as it left.
      await this.#parts.networks.setOverlays([]);
      return;
    }
    this.#renewal = setInterval(() => void this.#renew(), renewalMs).unref();
    if (record.lead === undefined) this.#worker = await Worker.open(parts);
    else this.#manager = await Manager.open(parts);
  }

  async #openDoor(manager: Manager): Promise<void> {
    const { record } = manager;
    const listen = parseHostPort(manager.cluster.listen, defaultSwarmPort);
    const door = await serveManager(manager, listen, record, this.#parts.log);
    if (this.#manager !== manager) {
      // It was left meanwhile.
      await door.close();
      return;
    }
    this.#door = door;
    this.#error = '';
  }

  get #snapshotFile(): string {
    return path.join(this.#parts.execRoot, 'swarm.json');
  }

  get state(): 'inactive' | 'manager' | 'worker' {
    const { record } = this.#parts.store;
    if (record === undefined) return 'inactive';
    return record.lead === undefined ? 'worker' : 'manager';
  }

  info(): SwarmInfo {
    const { record } = this.#parts.store;
    if (record === undefined) return noSwarmInfo;
    const manager = this.#manager;
    const { host } = parseHostPort(record.address, defaultSwarmPort);
    return {
      NodeID: record.nodeId,
      NodeAddr: host,
      LocalNodeState: 'active',
      ControlAvailable: manager !== undefined,
      Error: manager === undefined ? (this.#worker?.error ?? '') : this.#error,
      RemoteManagers:
        manager === undefined
          ? record.managers.map((Addr) => ({ NodeID: '', Addr }))
          : [{ NodeID: record.nodeId, Addr: record.address }],
      ...(manager === undefined
        ? {}
        : { Nodes: manager.nodes.length, Managers: 1, Cluster: clusterView(manager) }),
    };
  }

  async init(body: SwarmInitBody): Promise<string> {
    return await this.#locks.run('membership', async () => {
      this.#demandNone();
      const { networks } = this.#parts;
      const record = await newSwarm(body, networks.isOwnDevice);
      await this.#parts.store.save(record);
      try {
        await this.#take();
        if (this.#manager !== undefined) await this.#openDoor(this.#manager);
        await this.createNetwork(networkCreateBody.parse(ingress));
        await networks.gatewayBridge();
      } catch (error) {
        await this.#forget();
        throw error;
      }
      this.#publish('update', record.nodeId, describeNode().hostName);
      return record.nodeId;
    });
  }

  async join(body: SwarmJoinBody): Promise<void> {
    await this.#locks.run('membership', async () => {
      this.#demandNone();
      await this.#parts.store.save(await joinSwarm(body));
      await this.#take();
      this.#worker?.start();
      // It is made when it is needed, if not now.
      await this.#parts.networks.gatewayBridge().catch((error: unknown) => {
        this.#parts.log.warn('there is no bridge to the world', { reason: messageOf(error) });
      });
    });
  }

  async leave(force: boolean): Promise<void> {
    await this.#locks.run('membership', async () => {
      if (this.state === 'inactive') throw unavailable('This node is not part of a swarm');
      if (this.#manager !== undefined && !force) {
        throw unavailable(
          'You are attempting to leave the swarm on a node that is participating as a manager. Removing the last manager erases all current state of the swarm. Use `--force` to ignore this message. ',
        );
      }
      // A manager that cannot be reached finds out by itself.
      await this.#worker?.leave().catch((error: unknown) => {
        this.#parts.log.warn('the manager was not told that this node leaves', { reason: messageOf(error) });
      });
      await this.#forget();
    });
  }

  /** Is in no swarm any more. As there, containers go on without its networks. */
  async #forget(): Promise<void> {
    await this.onLeave();
    await this.close();
    await this.#parts.store.remove();
    await rm(this.#snapshotFile, { force: true });
    await this.#parts.networks.setOverlayPath(undefined);
    await this.#parts.networks.setOverlays([]);
  }

  inspect(): SwarmAnswer {
    return swarmView(this.#demandManager());
  }

  async update(
    version: number,
    spec: SwarmSpec,
    rotate: { readonly worker: boolean; readonly manager: boolean; readonly unlockKey: boolean },
  ): Promise<void> {
    const manager = this.#demandManager();
    if (rotate.unlockKey || spec.EncryptionConfig?.AutoLockManagers === true) throw noLock();
    const complete = completeSpec(spec, manager.cluster.spec);
    if (version !== manager.cluster.version) throw outOfSequence();
    await manager.change((cluster, next) => ({
      spec: complete,
      version: next,
      updated: new Date().toISOString(),
      secrets: {
        worker: rotate.worker ? createSecret() : cluster.secrets.worker,
        manager: rotate.manager ? createSecret() : cluster.secrets.manager,
      },
    }));
  }

  nodes(filters: Filters): readonly Node[] {
    const manager = this.#demandManager();
    const test = nodeFilter(filters);
    return manager.nodes.filter(test).map((node) => nodeView(manager, node));
  }

  node(nameOrId: string): Node {
    const manager = this.#demandManager();
    return nodeView(manager, findNode(manager, nameOrId));
  }

  async updateNode(nameOrId: string, version: number, body: NodeUpdateBody): Promise<void> {
    const manager = this.#demandManager();
    const node = findNode(manager, nameOrId);
    const availability = parseAvailability(body.Availability);
    if (body.Role !== 'worker' && body.Role !== 'manager')
      throw invalid(`invalid Role: ${JSON.stringify(body.Role)}`);
    if (version !== node.version) throw outOfSequence();
    if (body.Role !== node.role) {
      throw node.role === 'manager'
        ? new EngineError(
            'invalid',
            'rpc error: code = FailedPrecondition desc = attempting to demote the last manager of the swarm',
          )
        : new EngineError(
            'notImplemented',
            'a swarm of Berth engines has one manager: nodes cannot be promoted',
          );
    }
    await manager.changeNode(node.id, { name: body.Name, labels: body.Labels, availability });
    this.#publish('update', node.id, node.description.hostName);
  }

  async removeNode(nameOrId: string, force: boolean): Promise<void> {
    const manager = this.#demandManager();
    const node = findNode(manager, nameOrId);
    if (node.role === 'manager') {
      throw new EngineError(
        'invalid',
        `rpc error: code = FailedPrecondition desc = node ${node.id} is a cluster manager and is a member of the raft cluster. It must be demoted to worker before removal`,
      );
    }
    if (!force && manager.stateOf(node) !== 'down') {
      throw new EngineError(
        'invalid',
        `rpc error: code = FailedPrecondition desc = node ${node.id} is not down and can't be removed`,
      );
    }
    await manager.removeNode(node.id);
    this.#publish('remove', node.id, node.description.hostName);
  }

  async createNetwork(body: NetworkCreateBody): Promise<NetworkRecord> {
    if (this.state === 'inactive' && body.Scope === 'swarm') {
      throw new EngineError('forbidden', 'cannot create a swarm scoped network when swarm is not active');
    }
    if (this.state === 'worker') {
      throw new EngineError(
        'forbidden',
        'Cannot create a multi-host network from a worker node. Please create the network from a manager node.',
      );
    }
    const { cluster, record } = this.#demandManager();
    const place = { id: createId(), pools: cluster.pools, subnetSize: cluster.subnetSize };
    // VXLAN takes twenty bytes more of each packet over IPv6.
    const mtu = isIP(record.dataAddress) === 6 ? [[mtuOption, '1430'] as const] : [];
    const Options = untrustedMap([...mtu, ...Object.entries(body.Options)]);
    return await this.#parts.networks.create({ ...body, Options }, place);
  }

  demandManager(): void {
    this.#demandManager();
  }

  #demandManager(): Manager {
    if (this.#manager !== undefined) return this.#manager;
    if (this.state === 'inactive') throw notSwarmManager();
    throw unavailable(
      "This node is not a swarm manager. Worker nodes can't be used to view or modify cluster state. Please run this command on a manager node or promote the current node to a manager.",
    );
  }

  #demandNone(): void {
    if (this.state === 'inactive') return;
    throw unavailable(
      'This node is already part of a swarm. Use "docker swarm leave" to leave this swarm and join another one.',
    );
  }

  /** Renews the certificate when half of its time is over. */
  async #renew(): Promise<void> {
    const { store, log } = this.#parts;
    const { record } = store;
    if (record === undefined) return;
    const { notBefore, notAfter } = readNode(record.certificate);
    if (Date.now() < (notBefore.getTime() + notAfter.getTime()) / 2) return;
    try {
      if (this.#manager === undefined) {
        await this.#worker?.renew();
        return;
      }
      const { key, request } = await createSigningRequest();
      const node = { nodeId: record.nodeId, role: 'manager', clusterId: record.clusterId } as const;
      const lifeMs = certificateLifeMs(this.#manager.cluster.spec);
      const certificate = await signNode(this.#manager.authority, request, node, lifeMs);
      const renewed = { ...this.#manager.record, key, certificate };
      await store.save(renewed);
      this.#door?.renew(renewed);
    } catch (error) {
      log.error("the node's certificate cannot be renewed", { reason: messageOf(error) });
    }
  }

  #publish(action: string, id: string, name: string): void {
    this.#parts.events.publish({ type: 'node', scope: 'swarm', action, id, attributes: { name } });
  }
}

function outOfSequence(): EngineError {
  return new EngineError('internal', 'rpc error: code = Unknown desc = update out of sequence');
}
