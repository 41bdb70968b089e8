// What nodes of a swarm may say to each other: it goes into files of names and into the kernel.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  joinRequestSchema,
  leaseRequestSchema,
  memberSchema,
  reportSchema,
  snapshotSchema,
} from '../../../runtime/engine/swarm/protocol.ts';

const member = {
  networkId: 'n'.repeat(25),
  endpointId: 'e'.repeat(64),
  containerId: 'c'.repeat(64),
  containerName: 'web-1',
  aliases: ['web', 'web.example:80/x'],
  mac: '02:42:0a:00:01:05',
  address: '10.0.1.5',
  address6: '',
};
const description = {
  hostName: 'one',
  architecture: 'x86_64',
  nanoCpus: 2_000_000_000,
  memoryBytes: 4096,
  engineVersion: '1',
};
const report = { description, address: '10.1.0.1', dataAddress: 'fd00::1', members: [member] };
const network = {
  schema: 1,
  id: 'n'.repeat(25),
  name: 'net',
  created: '2025-01-01T00:00:00.000Z',
  driver: 'overlay',
  configOnly: false,
  configFrom: '',
  ingress: false,
  internal: false,
  attachable: true,
  enableIPv4: true,
  enableIPv6: false,
  labels: {},
  options: {},
  ipamOptions: null,
  ipam: [{ Subnet: '10.0.1.0/24', Gateway: '10.0.1.1' }],
  configured: [],
};
const snapshot = {
  nodes: [{ id: 'a'.repeat(25), dataAddress: '10.1.0.2' }],
  managers: ['10.1.0.1:2377'],
  networks: [network],
  members: [{ ...member, machine: '10.1.0.2' }],
};
const join = {
  protocol: 1,
  secret: 's'.repeat(25),
  request: '-----BEGIN',
  availability: 'active',
  description,
  address: '10.1.0.1',
  dataAddress: '10.1.0.1',
};

const notNames = ['', 'a b', 'a\nb', 'a\n', '\n', 'a\tb', 'a\0', 'é', 'a'.repeat(256)];
const badMembers: readonly (readonly [string, unknown])[] = [
  ...notNames.map((text) => ['containerName', text] as const),
  ...notNames.map((text) => ['aliases', [text]] as const),
  ['aliases', Array.from({ length: 257 }, () => 'a')],
  ['aliases', 'a'],
  ['address', 'fd00::5'],
  ['address', '10.0.1'],
  ['address', '10.0.1.5\n'],
  ['address', '10.0.1.5/24'],
  ['address', '10.0.1.256'],
  ['address', '010.0.1.5'],
  ['address6', '10.0.1.5'],
  ['address6', 'fd00::5\n'],
  ['address6', 'fd00::5/64'],
  ['address6', ' fd00::5'],
  ['address6', 'fe80::1%eth0'],
  ['mac', ''],
  ['mac', '02:42:0a:00:01'],
  ['mac', '02:42:0a:00:01:05:06'],
  ['mac', '02:42:0A:00:01:05'],
  ['mac', '02-42-0a-00-01-05'],
  ['mac', '02:42:0a:00:01:05\n'],
  ['networkId', 'n'.repeat(24)],
  ['networkId', 'N'.repeat(25)],
  ['networkId', '../'.padEnd(25, 'n')],
  ['endpointId', 'e'.repeat(63)],
  ['endpointId', 'g'.repeat(64)],
  ['containerId', `${'c'.repeat(64)}\n`],
  ['containerId', undefined],
];
const bad = badMembers.map(
  ([key, value]) => [JSON.stringify({ [key]: value }).slice(0, 60), { ...member, [key]: value }] as const,
);

describe('a member', () => {
  it.each([
    {},
    { address: '', address6: 'fd00::5' },
    { address6: 'fd00::5' },
    { aliases: [] },
    { containerName: 'a'.repeat(255) },
    { aliases: Array.from({ length: 256 }, (_, index) => String(index)) },
  ])('may be', (fields) => {
    expect(memberSchema.parse({ ...member, ...fields })).toEqual({ ...member, ...fields });
  });

  it.each(bad)('may not have %s', (_, value) => {
    expect(memberSchema.safeParse(value).success).toBe(false);
    expect(reportSchema.safeParse({ ...report, members: [member, value] }).success).toBe(false);
    const members = [{ ...value, machine: '10.1.0.2' }];
    expect(snapshotSchema.safeParse({ ...snapshot, members }).success).toBe(false);
  });

  it('comes out as it went in', () => {
    const id = fc.stringMatching(/^[0-9a-z]{25}$/);
    const hexId = fc.stringMatching(/^[0-9a-f]{64}$/);
    const name = fc.stringMatching(/^[A-Za-z0-9_.:/-]{1,255}$/);
    const members = fc.record({
      networkId: id,
      endpointId: hexId,
      containerId: hexId,
      containerName: name,
      aliases: fc.array(name, { maxLength: 5 }),
      mac: fc.stringMatching(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/),
      address: fc.oneof(fc.constant(''), fc.ipV4()),
      address6: fc.oneof(fc.constant(''), fc.ipV6()),
    });
    fc.assert(
      fc.property(fc.array(members, { maxLength: 3 }), (list) => {
        const sent = { ...report, members: list };
        expect(reportSchema.parse(JSON.parse(JSON.stringify(sent)))).toEqual(sent);
      }),
    );
  });

  it('has nothing that nobody knows', () => {
    expect(memberSchema.parse({ ...member, more: 1 })).toEqual(member);
  });
});

describe('a report', () => {
  it('may be', () => {
    expect(reportSchema.parse(report)).toEqual(report);
    expect(reportSchema.parse({ ...report, members: [] })).toEqual({ ...report, members: [] });
  });

  it.each([
    { address: '' },
    { address: 'manager.example' },
    { dataAddress: '10.1.0.1:4789' },
    { dataAddress: '10.1.0.1 10.1.0.2' },
    { members: null },
    { description: { ...description, hostName: 'a'.repeat(256) } },
    { description: { ...description, nanoCpus: -1 } },
    { description: { ...description, memoryBytes: 1.5 } },
    { description: { ...description, memoryBytes: 2 ** 60 } },
    { description: { ...description, engineVersion: undefined } },
  ])('may not have %j', (fields) => {
    expect(reportSchema.safeParse({ ...report, ...fields }).success).toBe(false);
  });

  it('may not have too many members', () => {
    const members = Array.from({ length: 100_001 }, () => member);
    expect(reportSchema.safeParse({ ...report, members }).success).toBe(false);
  });
});

describe('a snapshot', () => {
  it('may be', () => {
    expect(snapshotSchema.parse(JSON.parse(JSON.stringify(snapshot)))).toEqual(snapshot);
  });

  it.each([
    { nodes: [{ id: 'x', dataAddress: '10.1.0.2' }] },
    { nodes: [{ id: 'a'.repeat(25), dataAddress: '' }] },
    { nodes: [{ id: 'a'.repeat(25), dataAddress: '10.1.0.2\n' }] },
    { managers: [1] },
    { networks: [{ ...network, id: '../x' }] },
    { networks: [{ ...network, driver: 'x' }] },
    { members: [member] },
    { members: [{ ...member, machine: '' }] },
    { members: [{ ...member, machine: 'x' }] },
  ])('may not have %j', (fields) => {
    expect(snapshotSchema.safeParse({ ...snapshot, ...fields }).success).toBe(false);
  });
});

describe('a request', () => {
  it('to join may be', () => {
    expect(joinRequestSchema.parse(join)).toEqual(join);
  });

  it.each([
    { protocol: '1' },
    { secret: 's'.repeat(65) },
    { request: 'x'.repeat(16_385) },
    { availability: 'x' },
    { dataAddress: '' },
    { address: 'x' },
    { description: {} },
  ])('to join may not have %j', (fields) => {
    expect(joinRequestSchema.safeParse({ ...join, ...fields }).success).toBe(false);
  });

  it.each([
    [{ ipv4: '', ipv6: '' }, true],
    [{ ipv4: '10.0.1.5', ipv6: 'fd00::5' }, true],
    [{ ipv4: 'fd00::5', ipv6: '' }, false],
    [{ ipv4: '', ipv6: '10.0.1.5' }, false],
    [{ ipv4: '', ipv6: '', networkId: 'x' }, false],
  ])('for an address with %j: %s', (fields, success) => {
    const request = { networkId: member.networkId, ...fields };
    expect(leaseRequestSchema.safeParse(request).success).toBe(success);
  });
});
