// A worker's side of its swarm: hears from the manager what networks there are and who is in them, says whom it has itself, and
// asks for addresses. When the manager cannot be reached, containers go on and reach each other; only new ones cannot join.
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { EngineError, messageOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { EndpointWish, Lease } from '../networks/network.ts';
import type { Networks } from '../networks/networks.ts';
import { ManagerClient } from './manager-client.ts';
import { membersOf, showRemote } from './members.ts';
import {
  heartbeatMs,
  leaseSchema,
  paths,
  renewAnswerSchema,
  silenceMs,
  snapshotSchema,
  type NodeDescription,
  type Snapshot,
} from './protocol.ts';
import { createSigningRequest } from './certificates.ts';
import type { SwarmRecord } from './swarm-record.ts';
import { readRecord, writeRecord } from '../store/records.ts';
import type { SwarmStore } from './swarm-store.ts';
import { z } from 'zod';

const nothing = z.object({});
const firstWaitMs = 500;
const longestWaitMs = 15_000;
/** Changes that come together are told together. */
const togetherMs = 20;

/** What a worker needs. */
export interface WorkerParts {
  readonly store: SwarmStore;
  readonly networks: Networks;
  readonly log: Logger;
  readonly describe: () => NodeDescription;
  /** Where the manager's last word is kept for the next engine of this boot. */
  readonly snapshotFile: string;
}

/** A worker of the swarm in the store's record. */
export class Worker {
  readonly #parts: WorkerParts;
  readonly #ended = new AbortController();
  #client: ManagerClient | undefined;
  #listening: Promise<void> = Promise.resolve();
  #reporting: Promise<void> = Promise.resolve();
  #soon: NodeJS.Timeout | undefined;
  #told = '';
  /** Why the manager is not heard; empty while it is. */
  error = 'the manager has not been reached yet';

  private constructor(parts: WorkerParts) {
    this.#parts = parts;
    const { networks } = parts;
    networks.overlayLessor = (networkId, wish) => this.#lease(networkId, wish);
    networks.onOverlays = () => this.#reportSoon();
  }

  /** Takes up what the manager said last: who is elsewhere is known, and reached, though it may be away now. */
  static async open(parts: WorkerParts): Promise<Worker> {
    const worker = new Worker(parts);
    try {
      const last = await readRecord(parts.snapshotFile, snapshotSchema);
      if (last !== undefined) await worker.#apply(last);
    } catch (error) {
      parts.log.warn('what the manager said last cannot be used', { reason: messageOf(error) });
    }
    return worker;
  }

  /** Listens to the manager from now on: not before it is known which containers run here. */
  start(): void {
    this.#listening = this.#listen();
  }

  /** Lets go of the manager. Containers go on. */
  async close(): Promise<void> {
    this.#ended.abort();
    clearTimeout(this.#soon);
    this.#client?.close();
    this.#parts.networks.overlayLessor = undefined;
    this.#parts.networks.onOverlays = () => undefined;
    await this.#listening;
  }

  /** Tells the manager that this node leaves. Throws unavailable when it cannot be reached. */
  async leave(): Promise<void> {
    const client = this.#newClient(this.#managers[0] ?? '');
    try {
      await client.ask('POST', paths.leave, {}, nothing);
    } finally {
      client.close();
    }
  }

  /** Gets a new certificate and goes on with it. */
  async renew(): Promise<void> {
    if (this.#client === undefined) return;
    const { key, request } = await createSigningRequest();
    const { certificate } = await this.#client.ask('POST', paths.renew, { request }, renewAnswerSchema);
    await this.#parts.store.save({ ...this.#record, key, certificate });
    // The connection that is there was made with the old one: it is made anew.
    this.#client.close();
  }

  get #record(): SwarmRecord {
    return this.#parts.store.joined;
  }

  get #managers(): readonly string[] {
    return this.#record.managers;
  }

  #newClient(address: string): ManagerClient {
    const { authority, certificate, key } = this.#record;
    return new ManagerClient(address, { authority, certificate, key });
  }

  async #listen(): Promise<void> {
    const { signal } = this.#ended;
    let waitMs = firstWaitMs;
    for (let turn = 0; !signal.aborted; turn++) {
      const address = this.#managers[turn % this.#managers.length] ?? '';
      try {
        await this.#listenTo(address, () => (waitMs = firstWaitMs));
        this.error = 'the manager has closed the connection';
      } catch (error) {
        if (signal.aborted) return;
        if (this.error !== messageOf(error)) {
          this.error = messageOf(error);
          this.#parts.log.warn("the swarm's manager is not heard", { manager: address, reason: this.error });
        }
      }
      await delay(waitMs, undefined, { signal, ref: false }).catch(() => undefined);
      waitMs = Math.min(2 * waitMs, longestWaitMs);
    }
  }

  async #listenTo(address: string, onHeard: () => void): Promise<void> {
    const client = this.#newClient(address);
    this.#client = client;
    this.#told = '';
    const silence = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const heard = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), silenceMs).unref();
    };
    const beat = setInterval(() => this.#report(client, true), heartbeatMs).unref();
    try {
      heard();
      const stream = await client.open(paths.watch, AbortSignal.any([this.#ended.signal, silence.signal]));
      this.#report(client, true);
      for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
        heard();
        onHeard();
        this.error = '';
        if (line === '') continue;
        const snapshot = snapshotSchema.parse(JSON.parse(line));
        await this.#apply(snapshot);
        await writeRecord(this.#parts.snapshotFile, snapshot, 'fast');
      }
    } finally {
      clearTimeout(timer);
      clearInterval(beat);
      client.close();
    }
  }

  /** Makes the networks and the ways to other nodes what the manager says. */
  async #apply({ nodes, managers, networks: records, members }: Snapshot): Promise<void> {
    const { networks, store } = this.#parts;
    const record = this.#record;
    const known = [...new Set([...managers, ...record.managers])].slice(0, 8);
    if (known.join() !== record.managers.join()) await store.save({ ...record, managers: known });
    await networks.setOverlays(records.filter(({ driver }) => driver === 'overlay'));
    showRemote(networks, members);
    await networks.setOverlayPath({
      local: record.dataAddress,
      port: record.dataPort,
      peers: nodes.map(({ dataAddress }) => dataAddress),
    });
  }

  #reportSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      if (this.#client !== undefined) this.#report(this.#client, false);
    }, togetherMs).unref();
  }

  /** Says whom this node has: what has been said already only as a sign of life. */
  #report(client: ManagerClient, always: boolean): void {
    this.#reporting = this.#reporting.then(async () => {
      if (this.#ended.signal.aborted || client !== this.#client) return;
      const { networks, describe, log } = this.#parts;
      const { address, dataAddress } = this.#record;
      const report = { description: describe(), address, dataAddress, members: membersOf(networks) };
      const text = JSON.stringify(report);
      if (text === this.#told && !always) return;
      try {
        await client.ask('POST', paths.report, report, nothing);
        this.#told = text;
      } catch (error) {
        log.debug('the manager was not told of the containers here', { reason: messageOf(error) });
      }
    });
  }

  async #lease(networkId: string, { ipv4, ipv6 }: EndpointWish): Promise<Lease> {
    if (this.#client === undefined) throw new EngineError('unavailable', this.error);
    return await this.#client.ask('POST', paths.lease, { networkId, ipv4, ipv6 }, leaseSchema);
  }
}
