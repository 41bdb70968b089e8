// VXLAN devices of berth-spawn: two machines, each a network namespace with a spawn of its own, and one cable between them.
import { writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { SpawnClient } from '../../../runtime/engine/helper/spawn-client.ts';
import type { VxlanRequest } from '../../../runtime/engine/helper/spawn-requests.ts';
import { makeProgram } from './make-program.ts';
import { sanitized, SpawnHarness, unable, type Answer } from './spawn-harness.ts';

if (unable !== undefined) console.warn(`left out: ${unable}`);

const failure = (answer: Answer): string =>
  `${answer.error?.code ?? 'ok'} ${answer.error?.step ?? ''}: ${answer.error?.message ?? ''}`;

const linkSchema = z.array(
  z.object({
    ifindex: z.number(),
    mtu: z.number(),
    master: z.string().optional(),
    flags: z.array(z.string()),
    linkinfo: z.object({
      info_kind: z.string(),
      info_data: z.object({
        id: z.number(),
        port: z.number(),
        local: z.string().optional(),
        local6: z.string().optional(),
        learning: z.boolean(),
        link: z.string().optional(),
      }),
    }),
  }),
);
const entrySchema = z.array(
  z.object({
    mac: z.string(),
    dst: z.string().optional(),
    port: z.number().optional(),
    flags: z.array(z.string()),
    state: z.string(),
  }),
);

const name = 'bvtest0';
const bridge = 'bbtest0';
const everybody = '00:00:00:00:00:00';

describe.skipIf(unable !== undefined)('a VXLAN device', { timeout: 60_000 }, () => {
  const one = new SpawnHarness();
  const two = new SpawnHarness();

  beforeAll(async () => {
    await one.open();
    await two.open();
    one.onHost('ip', ['link', 'add', 'cable', 'type', 'veth', 'peer', 'cable', 'netns', String(two.pid)]);
    for (const [machine, n] of [
      [one, 1],
      [two, 2],
    ] as const) {
      machine.onHost('ip', ['addr', 'add', `10.1.0.${n}/24`, 'dev', 'cable']);
      machine.onHost('ip', ['addr', 'add', `fd01::${n}/64`, 'dev', 'cable', 'nodad']);
      machine.onHost('ip', ['link', 'set', 'cable', 'up']);
      const answer = await machine.call('bridge', {
        name: bridge,
        addresses: [`10.99.0.${n}/24`],
        mtu: 1450,
      });
      expect(failure(answer)).toBe('ok : ');
    }
  }, 120_000);
  afterAll(async () => {
    await one.close();
    await two.close();
  }, 60_000);
  beforeEach(async () => {
    for (const machine of [one, two]) await machine.call('vxlan-delete', { name });
    // What the bridges' addresses were, they may be again.
    for (const machine of [one, two]) machine.onHost('ip', ['neigh', 'flush', 'dev', bridge]);
  });

  const request = (n: 1 | 2, change: Partial<VxlanRequest> = {}): Record<string, unknown> => {
    const usual: VxlanRequest = {
      name,
      bridge,
      vni: 4097,
      port: 4789,
      local: `10.1.0.${n}`,
      mtu: 1450,
      peers: [`10.1.0.${3 - n}`],
    };
    return { ...usual, ...change };
  };
  const make = async (machine: SpawnHarness, change: Partial<VxlanRequest> = {}): Promise<string> =>
    failure(await machine.call('vxlan', request(machine === one ? 1 : 2, change)));
  const link = (machine: SpawnHarness, device = name) =>
    linkSchema.parse(JSON.parse(machine.onHost('ip', ['-d', '-j', 'link', 'show', device])))[0];
  const exists = (machine: SpawnHarness): boolean =>
    machine.onHost('ip', ['-o', 'link']).includes(` ${name}:`);
  /** The forwarding database, without what the bridge knows of its port. */
  const entries = (machine: SpawnHarness, device = name) =>
    entrySchema
      .parse(JSON.parse(machine.onHost('bridge', ['-j', 'fdb', 'show', 'dev', device])))
      .filter((entry) => entry.flags.includes('self') && entry.dst !== undefined);
  const peers = (machine: SpawnHarness): (string | undefined)[] =>
    entries(machine)
      .filter((entry) => entry.mac === everybody)
      .map((entry) => entry.dst)
      .sort();
  /** Whether `address` answers within a second or so. */
  const reaches = (machine: SpawnHarness, address: string): boolean => {
    try {
      machine.onHost('ping', ['-n', '-c', '3', '-i', '0.2', '-W', '1', address]);
      return true;
    } catch {
      return false;
    }
  };

  it('is on the bridge, up, and as it was asked for', async () => {
    expect(await make(one)).toBe('ok : ');
    expect(link(one)).toMatchObject({
      mtu: 1450,
      master: bridge,
      linkinfo: {
        info_kind: 'vxlan',
        info_data: { id: 4097, port: 4789, local: '10.1.0.1', learning: true },
      },
    });
    expect(link(one)?.flags).toContain('UP');
    expect(link(one)?.linkinfo.info_data.link).toBeUndefined();
    expect(one.onHost('cat', [`/proc/sys/net/ipv6/conf/${name}/disable_ipv6`])).toBe('1\n');
    expect(entries(one)).toEqual([
      expect.objectContaining({ mac: everybody, dst: '10.1.0.2', state: 'permanent' }),
    ]);
  });

  it.each([
    ['IPv4', 'local', ['10.1.0.1', '10.1.0.2'], 1450],
    ['IPv6', 'local6', ['fd01::1', 'fd01::2'], 1430],
  ] as const)('carries frames between two machines over %s', async (_, key, [first, second], mtu) => {
    expect(await make(one, { local: first, peers: [second], mtu })).toBe('ok : ');
    expect(await make(two, { local: second, peers: [first], mtu })).toBe('ok : ');
    expect(link(one)?.linkinfo.info_data[key]).toBe(first);
    expect(reaches(one, '10.99.0.2')).toBe(true);
    expect(reaches(two, '10.99.0.1')).toBe(true);
    // What is as long as the MTU fills the cable's 1500 bytes: 50 are VXLAN's own, over IPv6 70.
    one.onHost('ping', ['-n', '-c', '1', '-W', '5', '-M', 'do', '-s', String(mtu - 28), '10.99.0.2']);
    // The way back was learned.
    expect(entries(one).find((entry) => entry.mac !== everybody)?.dst).toBe(second);
  });

  it('sends nothing to a machine that is no peer any more, and learned ways to it are forgotten', async () => {
    expect(await make(one)).toBe('ok : ');
    expect(await make(two)).toBe('ok : ');
    expect(reaches(one, '10.99.0.2')).toBe(true);
    expect(await make(one, { peers: [] })).toBe('ok : ');
    expect(entries(one)).toEqual([]);
    expect(reaches(one, '10.99.0.2')).toBe(false);
    expect(await make(one)).toBe('ok : ');
    expect(reaches(one, '10.99.0.2')).toBe(true);
  });

  it('keeps networks of other numbers apart', async () => {
    expect(await make(one)).toBe('ok : ');
    expect(await make(two, { vni: 4098 })).toBe('ok : ');
    expect(reaches(one, '10.99.0.2')).toBe(false);
  });

  it('has exactly the peers of the last request', async () => {
    const three = ['10.1.0.2', '10.1.0.3', '10.1.0.4'];
    expect(await make(one, { peers: three })).toBe('ok : ');
    expect(peers(one)).toEqual(three);
    const { ifindex } = link(one) ?? {};
    expect(await make(one, { peers: three })).toBe('ok : ');
    expect(peers(one)).toEqual(three);
    expect(await make(one, { peers: ['10.1.0.5', '10.1.0.3', '10.1.0.5'] })).toBe('ok : ');
    expect(peers(one)).toEqual(['10.1.0.3', '10.1.0.5']);
    expect(link(one)?.ifindex).toBe(ifindex);
  });

  it('has up to a thousand peers', async () => {
    const many = (last: number): string[] =>
      Array.from({ length: 1000 }, (_, n) => `10.2.${last + (n >> 8)}.${n & 255}`);
    for (const wanted of [many(0), many(0), many(2)]) {
      expect(await make(one, { peers: wanted })).toBe('ok : ');
      expect(peers(one)).toEqual([...wanted].sort());
    }
    expect(await make(one, { peers: [...many(2), '10.1.0.2'] })).toMatch(/^EINVAL /);
    expect(peers(one)).toEqual(many(2).sort());
  });

  it('is taken over as it was left, on another bridge too', async () => {
    await one.call('bridge', { name: 'bbtest1', addresses: [], mtu: 1450 });
    expect(await make(one, { bridge: 'bbtest1', mtu: 1400 })).toBe('ok : ');
    one.onHost('ip', ['link', 'set', name, 'down']);
    // Somebody's own: to a peer by another port, and a fixed way to who is none.
    one.onHost('bridge', ['fdb', 'append', everybody, 'dev', name, 'dst', '10.1.0.2', 'port', '9']);
    one.onHost('bridge', ['fdb', 'append', '02:00:00:00:00:01', 'dev', name, 'dst', '10.1.0.9']);
    const { ifindex } = link(one) ?? {};
    expect(await make(one)).toBe('ok : ');
    expect(link(one)).toMatchObject({ ifindex, mtu: 1450, master: bridge });
    expect(link(one)?.flags).toContain('UP');
    expect(entries(one)).toEqual([expect.objectContaining({ mac: everybody, dst: '10.1.0.2' })]);
    expect(entries(one)[0]).not.toHaveProperty('port');
    await one.call('bridge-delete', { name: 'bbtest1' });
  });

  it.each([
    ['number', { vni: 4098 }, { id: 4098 }],
    ['UDP port', { port: 4790 }, { port: 4790 }],
    ['local address', { local: '10.1.0.7' }, { local: '10.1.0.7' }],
    ['family', { local: 'fd01::1', peers: ['fd01::2'] }, { local6: 'fd01::1' }],
  ] as const)('is made anew with another %s', async (_, change, data) => {
    expect(await make(one)).toBe('ok : ');
    const { ifindex } = link(one) ?? {};
    expect(await make(one, change)).toBe('ok : ');
    expect(link(one)).toMatchObject({ master: bridge, mtu: 1450, linkinfo: { info_data: data } });
    expect(link(one)?.ifindex).not.toBe(ifindex);
  });

  it.each([
    ['no name', { name: '' }],
    ['a name with a slash', { name: 'a/b' }],
    ['a name too long', { name: 'bv12345abcdefghi' }],
    ['a bridge with a slash', { bridge: 'a/b' }],
    ['no number', { vni: 0 }],
    ['a number too high', { vni: 16777216 }],
    ['no port', { port: 0 }],
    ['a port too high', { port: 65536 }],
    ['an MTU too high', { mtu: 65536 }],
    ['a local address that is none', { local: '10.1.0' }],
    ['a local address for everybody', { local: '0.0.0.0' }],
    ['a local address of a group', { local: '224.0.0.1' }],
    ['a peer that is no address', { peers: ['10.1.0.2', 'x'] }],
    ['a peer with a prefix', { peers: ['10.1.0.2/24'] }],
    ['a peer of no address', { peers: ['0.0.0.0'] }],
    ['a peer that is a group', { peers: ['239.1.1.1'] }],
    ['itself as a peer', { peers: ['10.1.0.1'] }],
    ['a peer of another family', { peers: ['10.1.0.2', 'fd01::2'] }],
    ['a local address of another family', { local: 'fd01::1' }],
    ['a bridge that is none', { bridge: 'cable' }],
  ] as const)('is not made with %s', async (_, change) => {
    expect(await make(one, change)).toMatch(/^EINVAL (request|network): .{10,}/);
    expect(exists(one)).toBe(false);
  });

  it('is not made without a list of peers', async () => {
    const body = Object.fromEntries(Object.entries(request(1)).filter(([key]) => key !== 'peers'));
    expect(failure(await one.call('vxlan', body))).toMatch(/^EINVAL request: /);
    expect(exists(one)).toBe(false);
  });

  it('is left as it was by a request that fails before it is made anew', async () => {
    expect(await make(one)).toBe('ok : ');
    const before = link(one);
    expect(await make(one, { vni: 4098, bridge: 'absent0' })).toMatch(/^ENODEV network: .*absent0/);
    expect(await make(one, { vni: 4098, bridge: 'cable' })).toMatch(/^EINVAL network: .*is not a bridge/);
    expect(await make(one, { peers: ['10.1.0.3', '224.0.0.1'] })).toMatch(/^EINVAL /);
    // An MTU that the device cannot have: the kernel's word, after peers were added.
    expect(await make(one, { peers: ['10.1.0.3'], mtu: 20 })).toMatch(/^EINVAL network: /);
    expect(link(one)).toEqual(before);
    expect(peers(one)).toEqual(['10.1.0.2']);
  });

  it('is gone when it cannot be put up: its UDP port is somebody’s', async () => {
    const code = `require('dgram').createSocket('udp4').bind(4791, () => console.log('bound'))`;
    const holder = spawn('nsenter', ['-t', String(one.pid), '-n', process.execPath, '-e', code]);
    try {
      await once(holder.stdout, 'data');
      expect(await make(one, { port: 4791 })).toMatch(/^EADDRINUSE network: /);
      expect(exists(one)).toBe(false);
    } finally {
      holder.kill();
      await once(holder, 'close');
    }
  });

  it('does not take the number that another device has, nor the name of what is none', async () => {
    one.onHost('ip', ['link', 'add', 'other0', 'type', 'vxlan', 'id', '4097', 'dstport', '4789']);
    expect(await make(one)).toMatch(/^EEXIST network: /);
    expect(exists(one)).toBe(false);
    one.onHost('ip', ['link', 'delete', 'other0']);
    expect(await make(one, { name: 'cable' })).toMatch(/^EEXIST network: .*cable/);
  });

  it('leaves the forwarding databases of other devices alone', async () => {
    one.onHost('ip', ['link', 'add', 'other0', 'type', 'vxlan', 'id', '5', 'dstport', '4789']);
    one.onHost('bridge', ['fdb', 'append', everybody, 'dev', 'other0', 'dst', '10.1.0.9']);
    expect(await make(one)).toBe('ok : ');
    expect(entries(one, 'other0').map((entry) => entry.dst)).toEqual(['10.1.0.9']);
    one.onHost('ip', ['link', 'delete', 'other0']);
  });

  it('is deleted, and no error when it is gone', async () => {
    expect(await make(one)).toBe('ok : ');
    expect(failure(await one.call('vxlan-delete', { name }))).toBe('ok : ');
    expect(exists(one)).toBe(false);
    expect(failure(await one.call('vxlan-delete', { name }))).toBe('ok : ');
    expect(failure(await one.call('vxlan-delete', { name: bridge }))).toMatch(/^EINVAL network: /);
  });

  it.skipIf(sanitized)('is made and deleted by the engine’s client', async () => {
    // A client's helper is where the client is: this one goes over to the first machine.
    const program = path.join(one.root, 'spawn-there');
    const script = `#!/bin/sh\nexec nsenter -t ${one.pid} -n ${makeProgram('spawn', 'plain')} "$@"\n`;
    writeFileSync(program, script, { mode: 0o755 });
    const client = new SpawnClient({
      program,
      monitor: makeProgram('monitor', 'plain'),
      execRoot: path.join(one.root, 'exec'),
      nftTable: 'berth-vxlan-test',
    });
    try {
      const asked: VxlanRequest = {
        ...{ name, bridge, vni: 7, port: 4789, local: '10.1.0.1', mtu: 1450, peers: ['10.1.0.2'] },
      };
      await client.vxlan(asked);
      expect(link(one)?.linkinfo.info_data.id).toBe(7);
      await expect(client.vxlan({ ...asked, vni: 0 })).rejects.toMatchObject({ code: 'EINVAL' });
      await client.deleteVxlan(name);
      expect(exists(one)).toBe(false);
    } finally {
      await client.close();
    }
  });
});
