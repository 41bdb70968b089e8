// The manager of a swarm, alone and behind its door, with networks that are in memory only.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpsRequest } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { createLogger } from '../../../runtime/engine/log.ts';
import { networkRecordSchema } from '../../../runtime/engine/networks/network-record.ts';
import { networkSpec } from '../../../runtime/engine/networks/network-options.ts';
import { Network } from '../../../runtime/engine/networks/network.ts';
import type { MadeNetwork, Networks, OverlayPath } from '../../../runtime/engine/networks/networks.ts';
import {
  createAuthority,
  createSigningRequest,
  readNode,
  signNode,
  type Authority,
} from '../../../runtime/engine/swarm/certificates.ts';
import { ManagerClient, type Credentials } from '../../../runtime/engine/swarm/manager-client.ts';
import { serveManager, type ManagerDoor } from '../../../runtime/engine/swarm/manager-server.ts';
import { Manager } from '../../../runtime/engine/swarm/manager.ts';
import {
  heartbeatMs,
  joinAnswerSchema,
  leaseSchema,
  messageLimitBytes,
  paths,
  protocolVersion,
  renewAnswerSchema,
  snapshotSchema,
  type JoinRequest,
  type NodeReport,
  type Snapshot,
  type SwarmMember,
} from '../../../runtime/engine/swarm/protocol.ts';
import type { SwarmRecord } from '../../../runtime/engine/swarm/swarm-record.ts';
import { SwarmStore } from '../../../runtime/engine/swarm/swarm-store.ts';

const managerId = 'm'.repeat(25);
const clusterId = 'c'.repeat(25);
const secrets = { worker: 'w'.repeat(25), manager: 'x'.repeat(25) };
const netId = 'n'.repeat(25);
const dualId = 'd'.repeat(25);
const servicesId = 's'.repeat(25);
const anyAddress = { ipv4: '', ipv6: '' };
const description = {
  hostName: 'one',
  architecture: 'x86_64',
  nanoCpus: 1,
  memoryBytes: 1,
  engineVersion: '1',
};
const nothing = z.object({});
const refused = (kind: string, message: string) =>
  expect.objectContaining({ kind, message }) as unknown as Error;

let authority: Authority;
let own: { certificate: string; key: string };
/** Made once: what a node signs with is of no account to most tests. */
let signing: { key: string; request: string };

beforeAll(async () => {
  authority = await createAuthority();
  signing = await createSigningRequest();
  const identity = { nodeId: managerId, role: 'manager', clusterId } as const;
  own = {
    certificate: await signNode(authority, signing.request, identity, 3_600_000),
    key: signing.key,
  };
});

function overlay(id: string, name: string, subnets: readonly string[], attachable = true): MadeNetwork {
  const record = networkRecordSchema.parse({
    schema: 1,
    id,
    name,
    created: '2025-01-01T00:00:00.000Z',
    driver: 'overlay',
    internal: false,
    attachable,
    enableIPv4: true,
    enableIPv6: subnets.length > 1,
    labels: {},
    options: { 'com.docker.network.driver.overlay.vxlanid_list': '4096' },
    ipamOptions: null,
    ipam: subnets.map((Subnet) => ({ Subnet })),
    configured: [],
  });
  return { record, network: new Network(networkSpec(record, 'bb0', 1500), 'bt'), foreignDevice: false };
}

/** What a manager sees of an engine's networks. */
class FakeNetworks {
  overlays: MadeNetwork[] = [
    overlay(netId, 'net', ['10.0.1.0/28']),
    overlay(dualId, 'dual', ['10.0.2.0/28', 'fd00:2::/64']),
    overlay(servicesId, 'services', ['10.0.3.0/28'], false),
  ];
  paths: OverlayPath[] = [];
  onOverlays: () => void = () => undefined;

  async setOverlayPath(overlayPath: OverlayPath): Promise<void> {
    this.paths.push(overlayPath);
  }

  network(id = netId): Network {
    const found = this.overlays.find(({ record }) => record.id === id);
    if (found === undefined) throw new Error(id);
    return found.network;
  }
}

function swarmRecord(): SwarmRecord {
  const now = '2025-01-01T00:00:00.000Z';
  return {
    schema: 1,
    nodeId: managerId,
    clusterId,
    address: '10.1.0.1:2377',
    dataAddress: '10.1.0.1',
    dataPort: 4789,
    ...own,
    authority: authority.certificate,
    managers: [],
    lead: {
      authorityKey: authority.key,
      cluster: {
        created: now,
        updated: now,
        version: 1,
        counter: 1,
        spec: {},
        listen: '0.0.0.0:2377',
        pools: ['10.0.0.0/8'],
        subnetSize: 24,
        secrets,
        nodes: [
          {
            id: managerId,
            version: 1,
            created: now,
            updated: now,
            name: '',
            labels: {},
            role: 'manager',
            availability: 'active',
            description,
            address: '10.1.0.1',
            dataAddress: '10.1.0.1',
            left: false,
            members: [],
          },
        ],
      },
    },
  };
}

let folder: string;
let networks: FakeNetworks;
let manager: Manager;
let warnings: string[];

const openManager = async (): Promise<Manager> =>
  await Manager.open({
    store: await SwarmStore.open(folder),
    networks: networks as unknown as Networks,
    log: createLogger('warn', (line) => warnings.push(line)),
    describe: () => description,
  });

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'berth-swarm-'));
  networks = new FakeNetworks();
  warnings = [];
  const store = await SwarmStore.open(folder);
  await store.save(swarmRecord());
  manager = await openManager();
});

afterEach(async () => {
  vi.useRealTimers();
  await manager.close();
  await rm(folder, { recursive: true });
});

/** From now on time goes by only when it is told to. */
const holdTime = (): unknown => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
/** Until changes have been told. */
const told = async (): Promise<unknown> => await vi.advanceTimersByTimeAsync(20);

function joinRequest(fields: Partial<JoinRequest> = {}): JoinRequest {
  return {
    protocol: protocolVersion,
    secret: secrets.worker,
    request: signing.request,
    availability: 'active',
    description,
    address: '10.1.0.2',
    dataAddress: '10.1.0.2',
    ...fields,
  };
}

const joined = async (address = '10.1.0.2'): Promise<string> =>
  (await manager.join(joinRequest({ address, dataAddress: address }))).nodeId;

function member(letter: string, fields: Partial<SwarmMember> = {}): SwarmMember {
  return {
    networkId: netId,
    endpointId: letter.repeat(64),
    containerId: letter.repeat(64),
    containerName: `web-${letter}`,
    aliases: [],
    mac: '02:42:0a:00:01:05',
    address: '10.0.1.5',
    address6: '',
    ...fields,
  };
}

const report = (members: readonly SwarmMember[], address = '10.1.0.2'): NodeReport => ({
  description,
  address,
  dataAddress: address,
  members: [...members],
});

const held = (nodeId: string) =>
  manager.nodes.find(({ id }) => id === nodeId)?.members.map(({ address }) => address);

/** Whether nobody has an address; it is given back. */
function isFree(address: string, id = netId): boolean {
  const lease = address.includes(':') ? { ipv4: '', ipv6: address } : { ipv4: address, ipv6: '' };
  const free = networks.network(id).takeBack(lease);
  if (free) networks.network(id).giveBack(lease);
  return free;
}

describe('a node that joins', () => {
  it('gets a certificate of a worker, and is written', async () => {
    const answer = await manager.join(joinRequest({ availability: 'drain' }));
    expect(answer).toMatchObject({ clusterId, dataPort: 4789 });
    expect(readNode(answer.certificate)).toMatchObject({ nodeId: answer.nodeId, role: 'worker', clusterId });
    expect(manager.nodes).toHaveLength(2);
    expect(manager.isMember(answer.nodeId)).toBe(true);
    const again = await SwarmStore.open(folder);
    expect(again.record?.lead?.cluster.nodes[1]).toMatchObject({
      id: answer.nodeId,
      role: 'worker',
      availability: 'drain',
      address: '10.1.0.2',
      left: false,
    });
  });

  it('gets another id and version each time', async () => {
    await Promise.all([joined(), joined()]);
    const [, one, two] = manager.nodes;
    expect(one?.id).not.toBe(two?.id);
    expect(one?.version).not.toBe(two?.version);
  });

  it.each([
    [
      { secret: 'a'.repeat(25) },
      refused('forbidden', 'A valid join token is necessary to join this cluster'),
    ],
    [{ secret: '' }, refused('forbidden', 'A valid join token is necessary to join this cluster')],
    [
      { secret: secrets.manager },
      refused(
        'notImplemented',
        'a swarm of Berth engines has one manager: join as a worker (docker swarm join-token worker)',
      ),
    ],
    [
      { protocol: 99 },
      refused('invalid', "the manager speaks version 1 of Berth's swarm protocol, the node 99"),
    ],
    [
      { request: 'x' },
      expect.objectContaining({
        kind: 'invalid',
        message: expect.stringMatching(/^the signing request is refused: /),
      }) as unknown as Error,
    ],
  ])('is refused with %j', async (fields, error) => {
    await expect(manager.join(joinRequest(fields))).rejects.toEqual(error);
    expect(manager.nodes).toHaveLength(1);
  });

  it('is one whose packets are awaited', async () => {
    holdTime();
    await joined();
    await told();
    expect(networks.paths.at(-1)).toEqual({ local: '10.1.0.1', port: 4789, peers: ['10.1.0.2'] });
  });
});

describe('an address', () => {
  let one: string;
  let two: string;

  beforeEach(async () => {
    [one, two] = [await joined('10.1.0.2'), await joined('10.1.0.3')];
  });

  it('is given to one node only', () => {
    const given = Array.from({ length: 12 }, (_, index) =>
      manager.lease(index % 2 === 0 ? one : two, netId, anyAddress),
    );
    expect(new Set(given.map(({ ipv4 }) => ipv4)).size).toBe(12);
    expect(given.every(({ ipv4, ipv6 }) => ipv4.startsWith('10.0.1.') && ipv6 === '')).toBe(true);
  });

  it('is none when all are given', () => {
    const give = () => manager.lease(one, netId, anyAddress);
    for (let count = 0; count < 14; count++) give();
    expect(give).toThrow(expect.objectContaining({ kind: 'unavailable' }));
  });

  it('is one of each family that the network has', () => {
    const { ipv4, ipv6 } = manager.lease(one, dualId, anyAddress);
    expect([isFree(ipv4, dualId), isFree(ipv6, dualId)]).toEqual([false, false]);
  });

  it('is the one that is wanted', () => {
    expect(manager.lease(one, netId, { ipv4: '10.0.1.9', ipv6: '' })).toEqual({ ipv4: '10.0.1.9', ipv6: '' });
    expect(manager.lease(one, dualId, { ipv4: '', ipv6: 'fd00:2::9' }).ipv6).toBe('fd00:2::9');
  });

  it.each([
    [netId, { ipv4: '10.0.1.9' }, 'forbidden', 'Address already in use'],
    [
      netId,
      { ipv4: '10.0.9.9' },
      'invalid',
      "Invalid address 10.0.9.9: It does not belong to any of this network's subnets",
    ],
    [
      netId,
      { ipv6: 'fd00::9' },
      'invalid',
      "Invalid address fd00::9: It does not belong to any of this network's subnets",
    ],
    ['o'.repeat(25), {}, 'notFound', `network ${'o'.repeat(25)} not found`],
    [
      servicesId,
      {},
      'forbidden',
      'Could not attach to network services: rpc error: code = PermissionDenied desc = network services not manually attachable',
    ],
  ])('in %s is not %j', (networkId, wish, kind, message) => {
    manager.lease(one, netId, { ipv4: '10.0.1.9', ipv6: '' });
    expect(() => manager.lease(two, networkId, { ...anyAddress, ...wish })).toThrow(refused(kind, message));
  });

  it('of one family is free again when there is none of the other', () => {
    manager.lease(one, dualId, { ipv4: '', ipv6: 'fd00:2::9' });
    expect(() => manager.lease(two, dualId, { ipv4: '10.0.2.9', ipv6: 'fd00:2::9' })).toThrow('in use');
    expect(isFree('10.0.2.9', dualId)).toBe(true);
  });

  it('that nobody says to have is given back', async () => {
    holdTime();
    const { ipv4 } = manager.lease(one, netId, anyAddress);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(isFree(ipv4)).toBe(false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(isFree(ipv4)).toBe(true);
  });

  it('that a node says to have stays its own', async () => {
    holdTime();
    const { ipv4 } = manager.lease(one, netId, anyAddress);
    await manager.report(one, report([member('a', { address: ipv4 })]));
    await vi.advanceTimersByTimeAsync(120_000);
    expect(isFree(ipv4)).toBe(false);
    expect(held(one)).toEqual([ipv4]);
  });

  it('that a node has no more is free', async () => {
    const given = [manager.lease(one, netId, anyAddress), manager.lease(one, netId, anyAddress)];
    const [a, b] = given.map(({ ipv4 }) => ipv4);
    const [first, second] = [member('a', { address: a ?? '' }), member('b', { address: b ?? '' })];
    await manager.report(one, report([first, second]));
    await manager.report(one, report([second]));
    expect(held(one)).toEqual([b]);
    expect([isFree(a ?? ''), isFree(b ?? '')]).toEqual([true, false]);
  });

  it('that another node has is not believed', async () => {
    await manager.report(one, report([member('a')]));
    await manager.report(two, report([member('b'), member('c', { address: '10.0.1.6' })], '10.1.0.3'));
    expect([held(one), held(two)]).toEqual([['10.0.1.5'], ['10.0.1.6']]);
    expect(warnings).toEqual([expect.stringContaining('a node has an address that is not its own')]);
    // Nor does it become free when the other stops to say so.
    await manager.report(two, report([], '10.1.0.3'));
    expect(isFree('10.0.1.5')).toBe(false);
  });

  it('that was given to another node is not believed', async () => {
    const { ipv4 } = manager.lease(one, netId, anyAddress);
    await manager.report(two, report([member('b', { address: ipv4 })], '10.1.0.3'));
    expect(held(two)).toEqual([]);
    await manager.report(one, report([member('a', { address: ipv4 })]));
    expect(held(one)).toEqual([ipv4]);
  });

  it.each([
    { networkId: 'o'.repeat(25) },
    { address: '10.0.9.9' },
    { address: '10.0.1.0' },
    { address: '10.0.1.15' },
    { address: '', address6: 'fd00:2::5' },
  ])('is not believed to be %j', async (fields) => {
    await manager.report(one, report([member('a', fields)]));
    expect(held(one)).toEqual([]);
  });

  it('that a container has instead of another makes that one free', async () => {
    await manager.report(one, report([member('a')]));
    await manager.report(one, report([member('a', { address: '10.0.1.6' })]));
    expect(held(one)).toEqual(['10.0.1.6']);
    expect([isFree('10.0.1.5'), isFree('10.0.1.6')]).toEqual([true, false]);
  });

  it('is taken once for a container that is named twice', async () => {
    await manager.report(one, report([member('a'), member('a', { address: '10.0.1.6' })]));
    expect(held(one)).toEqual(['10.0.1.6']);
    await manager.report(one, report([]));
    expect([isFree('10.0.1.5'), isFree('10.0.1.6')]).toEqual([true, true]);
  });

  it('is taken with that of the other family or not at all', async () => {
    const both = { networkId: dualId, address: '10.0.2.5', address6: 'fd00:2::5' };
    await manager.report(one, report([member('a', both)]));
    await manager.report(two, report([member('b', { ...both, address: '10.0.2.6' })], '10.1.0.3'));
    expect(held(two)).toEqual([]);
    expect(isFree('10.0.2.6', dualId)).toBe(true);
  });

  it('is not taken by a node that has left', async () => {
    await manager.leave(one);
    await manager.report(one, report([member('a')]));
    expect(isFree('10.0.1.5')).toBe(true);
    expect(() => manager.lease(one, netId, anyAddress)).toThrow('not in the swarm any more');
  });

  it('that was only asked for is free at once when its node goes', async () => {
    const [a, b] = [manager.lease(one, netId, anyAddress), manager.lease(two, netId, anyAddress)];
    await manager.leave(one);
    await manager.removeNode(two);
    expect([isFree(a.ipv4), isFree(b.ipv4)]).toEqual([true, true]);
  });

  it('is free when its node leaves', async () => {
    await manager.report(one, report([member('a')]));
    await manager.leave(one);
    expect(isFree('10.0.1.5')).toBe(true);
    expect(networks.network().remote).toEqual([]);
    expect(manager.nodes.find(({ id }) => id === one)).toMatchObject({ left: true, members: [] });
    expect(manager.isMember(one)).toBe(false);
  });

  it('is free when its node is taken out', async () => {
    await manager.report(one, report([member('a')]));
    await manager.removeNode(one);
    expect(isFree('10.0.1.5')).toBe(true);
    expect(networks.network().remote).toEqual([]);
    expect(manager.nodes.map(({ id }) => id)).toEqual([managerId, two]);
    // It says so still.
    await manager.report(one, report([member('a')]));
    expect(isFree('10.0.1.5')).toBe(true);
  });

  it('is known with its container to the network here', async () => {
    await manager.report(one, report([member('a', { aliases: ['db'] })]));
    expect(networks.network().remote).toEqual([
      {
        endpointId: 'a'.repeat(64),
        containerId: 'a'.repeat(64),
        containerName: 'web-a',
        aliases: ['db'],
        mac: '02:42:0a:00:01:05',
        address: '10.0.1.5',
        address6: '',
        machine: '10.1.0.2',
      },
    ]);
    expect(networks.network(dualId).remote).toEqual([]);
  });
});

describe('a report', () => {
  it('changes what is known of a node, but not its version', async () => {
    const id = await joined();
    const before = manager.nodes[1];
    await manager.report(id, {
      ...report([member('a')], '10.1.0.9'),
      description: { ...description, hostName: 'two' },
    });
    expect(manager.nodes[1]).toMatchObject({
      version: before?.version,
      address: '10.1.0.9',
      dataAddress: '10.1.0.9',
      description: { hostName: 'two' },
    });
  });

  it('that says nothing new changes nothing', async () => {
    const id = await joined();
    await manager.report(id, report([member('a')]));
    const { counter } = manager.cluster;
    await manager.report(id, report([member('a')]));
    expect(manager.cluster.counter).toBe(counter);
  });
});

describe('who listens', () => {
  it('is told at once, and after each change once', async () => {
    holdTime();
    const [one, two] = [await joined('10.1.0.2'), await joined('10.1.0.3')];
    await manager.report(one, report([member('a')]));
    await told();
    const heard: Snapshot[] = [];
    const end = manager.watch(two, (snapshot) => heard.push(snapshot));
    expect(heard).toHaveLength(1);
    expect(snapshotSchema.parse(JSON.parse(JSON.stringify(heard[0])))).toMatchObject({
      nodes: [
        { id: managerId, dataAddress: '10.1.0.1' },
        { id: one, dataAddress: '10.1.0.2' },
      ],
      managers: ['10.1.0.1:2377'],
      networks: [{ id: netId }, { id: dualId }, { id: servicesId }],
      members: [{ ...member('a'), machine: '10.1.0.2' }],
    });
    await manager.report(one, report([member('a'), member('b', { address: '10.0.1.6' })]));
    await manager.report(two, report([member('c', { address: '10.0.1.7' })], '10.1.0.3'));
    expect(heard).toHaveLength(1);
    await told();
    expect(heard).toHaveLength(2);
    // Its own are not among them.
    expect(heard[1]?.members.map(({ address }) => address)).toEqual(['10.0.1.5', '10.0.1.6']);
    end();
    await manager.report(one, report([]));
    await told();
    expect(heard).toHaveLength(2);
  });

  it('is told of containers and networks of the manager', async () => {
    holdTime();
    const id = await joined();
    const heard: Snapshot[] = [];
    manager.watch(id, (snapshot) => heard.push(snapshot));
    const endpoint = await networks
      .network()
      .connect({ mac: '', ipv4: '10.0.1.8', ipv6: '', linkLocal: [] }, 'eth0', {
        containerId: 'f'.repeat(64),
        containerName: 'here',
        aliases: ['fine', 'no name'],
      });
    networks.onOverlays();
    await told();
    expect(heard.at(-1)?.members).toEqual([
      {
        networkId: netId,
        endpointId: endpoint.endpointId,
        containerId: 'f'.repeat(64),
        containerName: 'here',
        aliases: ['fine'],
        mac: '02:42:0a:00:01:08',
        address: '10.0.1.8',
        address6: '',
        machine: '10.1.0.1',
      },
    ]);
    networks.overlays = networks.overlays.slice(0, 1);
    networks.onOverlays();
    await told();
    expect(heard.at(-1)?.networks.map(({ name }) => name)).toEqual(['net']);
  });

  it('is told that a node leaves', async () => {
    holdTime();
    const [one, two] = [await joined('10.1.0.2'), await joined('10.1.0.3')];
    await manager.report(one, report([member('a')]));
    const heard: Snapshot[] = [];
    manager.watch(two, (snapshot) => heard.push(snapshot));
    await manager.leave(one);
    await told();
    expect(heard.at(-1)).toMatchObject({ nodes: [{ id: managerId }], members: [] });
    expect(networks.paths.at(-1)?.peers).toEqual(['10.1.0.3']);
  });

  it('is told no more when the manager is closed', async () => {
    holdTime();
    const id = await joined();
    const listener = vi.fn();
    manager.watch(id, listener);
    await told();
    listener.mockClear();
    manager.changed();
    await manager.close();
    networks.onOverlays();
    manager.changed();
    await told();
    expect(listener).not.toHaveBeenCalled();
  });
});

describe('a manager that comes again', () => {
  it('knows its nodes and what they have', async () => {
    const id = await joined();
    await manager.report(id, report([member('a')]));
    const { nodes, cluster } = manager;
    await manager.close();
    networks = new FakeNetworks();
    manager = await openManager();
    expect(JSON.parse(JSON.stringify(manager.nodes))).toEqual(JSON.parse(JSON.stringify(nodes)));
    expect(manager.cluster.counter).toBe(cluster.counter);
    expect(isFree('10.0.1.5')).toBe(false);
    expect(networks.network().remote).toHaveLength(1);
    expect(networks.paths).toEqual([{ local: '10.1.0.1', port: 4789, peers: ['10.1.0.2'] }]);
    expect(() => manager.lease(managerId, netId, { ipv4: '10.0.1.5', ipv6: '' })).toThrow('in use');
    await manager.report(id, report([member('a')]));
    expect(held(id)).toEqual(['10.0.1.5']);
    await manager.report(id, report([]));
    expect(isFree('10.0.1.5')).toBe(true);
    expect(warnings).toEqual([]);
  });

  it('believes a node that has what it was given before', async () => {
    const id = await joined();
    const { ipv4 } = manager.lease(id, netId, anyAddress);
    await manager.close();
    networks = new FakeNetworks();
    manager = await openManager();
    expect(isFree(ipv4)).toBe(true);
    await manager.report(id, report([member('a', { address: ipv4 })]));
    expect(held(id)).toEqual([ipv4]);
    expect(isFree(ipv4)).toBe(false);
  });
});

describe('a node', () => {
  const stateOf = (id: string) => {
    const node = manager.nodes.find((each) => each.id === id);
    return node === undefined ? undefined : manager.stateOf(node);
  };

  it('is down when it says nothing, and ready when it does again', async () => {
    holdTime();
    const id = await joined();
    expect(stateOf(id)).toBe('ready');
    await vi.advanceTimersByTimeAsync(3 * heartbeatMs + 1);
    expect([stateOf(managerId), stateOf(id)]).toEqual(['ready', 'down']);
    await manager.report(id, report([]));
    expect(stateOf(id)).toBe('ready');
  });

  it('is down when it stops to listen, if not by another connection', async () => {
    const id = await joined();
    const first = manager.watch(id, () => undefined);
    const second = manager.watch(id, () => undefined);
    first();
    expect(stateOf(id)).toBe('ready');
    second();
    expect(stateOf(id)).toBe('down');
  });

  it('is unknown to a manager that comes again, and after a while down', async () => {
    const id = await joined();
    await manager.close();
    holdTime();
    manager = await openManager();
    expect([stateOf(managerId), stateOf(id)]).toEqual(['ready', 'unknown']);
    await vi.advanceTimersByTimeAsync(3 * heartbeatMs + 1);
    expect(stateOf(id)).toBe('down');
  });

  it('is down when it has left', async () => {
    const id = await joined();
    await manager.leave(id);
    expect(stateOf(id)).toBe('down');
  });

  it('that nobody knows may leave and be taken out', async () => {
    await manager.leave('z'.repeat(25));
    await manager.removeNode('z'.repeat(25));
    await manager.report('z'.repeat(25), report([]));
    expect(manager.nodes).toHaveLength(1);
  });
});

describe('the door of a manager', () => {
  let door: ManagerDoor;
  let port: number;
  let clients: ManagerClient[];

  beforeEach(async () => {
    port = await freePort();
    clients = [];
    const log = createLogger('warn', (line) => warnings.push(line));
    const shown = { ...own, authority: authority.certificate };
    door = await serveManager(manager, { host: '127.0.0.1', port }, shown, log);
  });

  afterEach(async () => {
    for (const each of clients) each.close();
    await door.close();
  });

  async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port: free } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return free;
  }

  function client(credentials: Partial<Credentials> = {}): ManagerClient {
    const made = new ManagerClient(`127.0.0.1:${String(port)}`, {
      authority: authority.certificate,
      ...credentials,
    });
    clients.push(made);
    return made;
  }

  /** A node that has joined by the door. */
  async function node(): Promise<{ nodeId: string; certificate: string; client: ManagerClient }> {
    const answer = await client().ask('POST', paths.join, joinRequest(), joinAnswerSchema);
    const { nodeId, certificate } = answer;
    return { nodeId, certificate, client: client({ certificate, key: signing.key }) };
  }

  /** A certificate as a node's, by whomever. */
  async function signed(by: Authority, identity: object = {}, lifeMs = 3_600_000): Promise<ManagerClient> {
    const whole = { nodeId: managerId, role: 'worker', clusterId, ...identity } as const;
    return client({ certificate: await signNode(by, signing.request, whole, lifeMs), key: signing.key });
  }

  /** Sends this very text. */
  async function send(
    method: string,
    url: string,
    body: string | Buffer,
    certificate?: string,
  ): Promise<unknown> {
    const request = httpsRequest({
      host: '127.0.0.1',
      port,
      method,
      path: url,
      servername: 'swarm-manager',
      ca: authority.certificate,
      agent: false,
      ...(certificate === undefined ? {} : { cert: certificate, key: signing.key }),
    });
    request.end(method === 'GET' ? undefined : body);
    const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    return { status: response.statusCode, ...(JSON.parse(Buffer.concat(chunks).toString()) as object) };
  }

  it('tells anybody of its authority', async () => {
    const answer = z.object({ certificate: z.string() });
    const stranger = client({ authority: undefined });
    expect(await stranger.ask('GET', paths.authority, undefined, answer)).toEqual({
      certificate: authority.certificate,
    });
    expect(stranger.localAddress).toBe('127.0.0.1');
  });

  it('lets a node join, get an address, say so, get another certificate, and leave', async () => {
    const { nodeId, client: worker } = await node();
    const lease = await worker.ask('POST', paths.lease, { networkId: netId, ...anyAddress }, leaseSchema);
    await worker.ask('POST', paths.report, report([member('a', { address: lease.ipv4 })]), nothing);
    expect(held(nodeId)).toEqual([lease.ipv4]);
    const { request } = await createSigningRequest();
    const renewed = await worker.ask('POST', paths.renew, { request }, renewAnswerSchema);
    expect(readNode(renewed.certificate)).toMatchObject({ nodeId, role: 'worker', clusterId });
    await worker.ask('POST', paths.leave, {}, nothing);
    expect(isFree(lease.ipv4)).toBe(true);
    await expect(worker.ask('POST', paths.report, report([]), nothing)).rejects.toEqual(
      refused('forbidden', `node ${nodeId} is not in the swarm any more`),
    );
    expect(warnings).toEqual([]);
  });

  it('tells a node of each change', async () => {
    const { client: worker } = await node();
    const { nodeId: other, client: second } = await node();
    const ended = new AbortController();
    const stream = await worker.open(paths.watch, ended.signal);
    stream.on('error', () => undefined);
    const heard = vi.fn<(snapshot: Snapshot) => void>();
    createInterface({ input: stream })
      .on('line', (line) => {
        if (line !== '') heard(snapshotSchema.parse(JSON.parse(line)));
      })
      .on('error', () => undefined);
    await vi.waitFor(() => expect(heard).toHaveBeenCalled(), { timeout: 60_000 });
    await second.ask('POST', paths.report, report([member('a')], '10.1.0.3'), nothing);
    await vi.waitFor(
      () =>
        expect(heard.mock.lastCall?.[0]).toMatchObject({
          nodes: [{ id: managerId }, { id: other, dataAddress: '10.1.0.3' }],
          members: [{ ...member('a'), machine: '10.1.0.3' }],
        }),
      { timeout: 60_000 },
    );
    ended.abort();
  });

  it.each([
    ['GET', paths.watch],
    ['POST', paths.report],
    ['POST', paths.lease],
    ['POST', paths.renew],
    ['POST', paths.leave],
    ['POST', paths.authority],
    ['GET', paths.join],
    ['GET', '/'],
    ['GET', `${paths.authority}/..`],
  ] as const)('answers 401 to a stranger who asks %s %s', async (method, url) => {
    expect(await send(method, url, '{}')).toEqual({
      status: 401,
      message: 'a certificate of the swarm is needed',
    });
  });

  it('answers 401 to a certificate of another authority, and to one whose time is over', async () => {
    const error = refused('unauthorized', 'a certificate of the swarm is needed');
    const strange = await signed(await createAuthority());
    await expect(strange.ask('POST', paths.leave, {}, nothing)).rejects.toEqual(error);
    const old = await signed(authority, {}, -60_000);
    await expect(old.ask('POST', paths.leave, {}, nothing)).rejects.toEqual(error);
    expect(manager.nodes[0]?.left).toBe(false);
  });

  it('answers 403 to a node of another swarm, to one that was taken out, and to one that never was', async () => {
    const { nodeId, client: worker } = await node();
    const elsewhere = await signed(authority, { nodeId, clusterId: 'z'.repeat(25) });
    const unknown = await signed(authority, { nodeId: 'z'.repeat(25) });
    const error = expect.objectContaining({ kind: 'forbidden' }) as unknown as Error;
    await worker.ask('POST', paths.report, report([]), nothing);
    await manager.removeNode(nodeId);
    for (const each of [worker, elsewhere, unknown]) {
      await expect(each.ask('POST', paths.report, report([]), nothing)).rejects.toEqual(error);
      await expect(each.open(paths.watch, new AbortController().signal)).rejects.toEqual(error);
    }
  });

  it('answers 403 to a wrong secret and 501 to that of a manager', async () => {
    const ask = (secret: string) =>
      client().ask('POST', paths.join, joinRequest({ secret }), joinAnswerSchema);
    await expect(ask('y'.repeat(25))).rejects.toMatchObject({ kind: 'forbidden' });
    await expect(ask(secrets.manager)).rejects.toMatchObject({ kind: 'notImplemented' });
  });

  it.each([
    ['', 'the message is not JSON'],
    ['{', 'the message is not JSON'],
    ['null', 'the message is malformed'],
    ['[]', 'the message is malformed'],
    ['{"protocol":1}', 'the message is malformed'],
  ])('answers 400 to a stranger who says %j', async (body, message) => {
    expect(await send('POST', paths.join, body)).toEqual({
      status: 400,
      message: expect.stringContaining(message) as unknown,
    });
  });

  it('answers 400 to a node that says what none may', async () => {
    const { certificate } = await node();
    const bad = JSON.stringify(report([member('a', { containerName: 'a\n10.0.0.1 b' })]));
    for (const [url, body] of [
      [paths.report, bad],
      [paths.lease, JSON.stringify({ networkId: '../x', ...anyAddress })],
      [paths.renew, '{}'],
      [paths.renew, JSON.stringify({ request: 'x' })],
    ] as const) {
      expect(await send('POST', url, body, certificate)).toMatchObject({ status: 400 });
    }
    expect(manager.nodes[1]?.members).toEqual([]);
  });

  it('answers 404 to a node that asks for what there is not', async () => {
    const { client: worker } = await node();
    const asks = [
      worker.ask('GET', '/', undefined, nothing),
      worker.ask('POST', paths.lease, { networkId: 'o'.repeat(25), ...anyAddress }, leaseSchema),
    ];
    for (const ask of asks) await expect(ask).rejects.toMatchObject({ kind: 'notFound' });
  });

  it('answers 400 to a stranger who says too much', async () => {
    expect(await send('POST', paths.join, ' '.repeat(64 * 1024 + 1))).toEqual({
      status: 400,
      message: 'the message is too long',
    });
  });

  it('answers 400 to a node that says too much', async () => {
    const { certificate } = await node();
    expect(await send('POST', paths.report, Buffer.alloc(messageLimitBytes + 1, ' '), certificate)).toEqual({
      status: 400,
      message: 'the message is too long',
    });
  });

  it('shows another certificate from now on', async () => {
    const next = await signNode(
      authority,
      signing.request,
      { nodeId: 'r'.repeat(25), role: 'manager', clusterId },
      3_600_000,
    );
    door.renew({ certificate: next, key: signing.key, authority: authority.certificate });
    const stream = await client().open(paths.authority, new AbortController().signal);
    const socket = stream.socket as import('node:tls').TLSSocket;
    expect(readNode(socket.getPeerX509Certificate()?.raw ?? '').nodeId).toBe('r'.repeat(25));
    stream.resume();
  });

  it('is not the one of another swarm', async () => {
    const { certificate } = await createAuthority();
    const stranger = client({ authority: certificate });
    await expect(stranger.ask('GET', paths.authority, undefined, nothing)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining(`the swarm's manager 127.0.0.1:${String(port)} cannot be reached: `),
    });
  });

  it('is not reached when it is closed', async () => {
    const worker = client();
    await door.close();
    await expect(worker.ask('GET', paths.authority, undefined, nothing)).rejects.toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    door = await serveManager(
      manager,
      { host: '127.0.0.1', port },
      { ...own, authority: authority.certificate },
      createLogger('error', () => undefined),
    );
  });

  it('is not opened where another is', async () => {
    const shown = { ...own, authority: authority.certificate };
    const log = createLogger('error', () => undefined);
    await expect(serveManager(manager, { host: '127.0.0.1', port }, shown, log)).rejects.toMatchObject({
      cause: expect.objectContaining({ code: 'EADDRINUSE' }),
    });
  });
});
