import { describe, expect, it } from 'vitest';
import type { Manager } from '../../../runtime/engine/swarm/manager.ts';
import { findNode, nodeFilter } from '../../../runtime/engine/swarm/node-filters.ts';
import { nodeRecordSchema, type NodeRecord } from '../../../runtime/engine/swarm/swarm-record.ts';

const node = (id: string, hostName: string, fields: object = {}): NodeRecord =>
  nodeRecordSchema.parse({
    id,
    version: 1,
    created: '',
    updated: '',
    name: '',
    labels: {},
    role: 'worker',
    availability: 'active',
    description: { hostName, architecture: '', nanoCpus: 0, memoryBytes: 0, engineVersion: '' },
    address: '',
    dataAddress: '',
    left: false,
    members: [],
    ...fields,
  });

const nodes = [
  node('abc1', 'one', { role: 'manager', labels: { zone: 'a', empty: '' } }),
  node('abd2', 'two', { labels: { zone: 'b' } }),
  node('xyz3', 'twin', { name: 'named' }),
  node('xyz4', 'twin'),
  // It is called as another's id begins.
  node('qqq5', 'ab'),
];
const manager = { nodes } as unknown as Manager;
const refused = (kind: string, message: string) =>
  expect.objectContaining({ kind, message }) as unknown as Error;

describe('a node', () => {
  it.each([
    ['abc1', 'abc1'],
    ['abc', 'abc1'],
    ['q', 'qqq5'],
    ['one', 'abc1'],
    ['ab', 'qqq5'],
    ['xyz4', 'xyz4'],
  ])('is found by %s', (text, id) => {
    expect(findNode(manager, text).id).toBe(id);
  });

  it.each([
    ['nobody', 'notFound', 'node nobody not found'],
    ['on', 'notFound', 'node on not found'],
    ['named', 'notFound', 'node named not found'],
    ['ABC1', 'notFound', 'node ABC1 not found'],
    ['xyz', 'invalid', 'node xyz is ambiguous (2 matches found)'],
    ['twin', 'invalid', 'node twin is ambiguous (2 matches found)'],
  ])('is not found by %s', (text, kind, message) => {
    expect(() => findNode(manager, text)).toThrow(refused(kind, message));
  });
});

describe('a filter of nodes', () => {
  it.each([
    [{}, 'abc1 abd2 xyz3 xyz4 qqq5'],
    [{ id: ['ab'] }, 'abc1 abd2'],
    [{ id: ['abc', 'xyz3'] }, 'abc1 xyz3'],
    [{ id: ['b'] }, ''],
    [{ name: ['tw'] }, 'abd2 xyz3 xyz4'],
    [{ role: ['manager'] }, 'abc1'],
    [{ role: ['worker', 'manager'] }, 'abc1 abd2 xyz3 xyz4 qqq5'],
    [{ membership: ['accepted'] }, 'abc1 abd2 xyz3 xyz4 qqq5'],
    [{ membership: ['pending'] }, ''],
    [{ 'node.label': ['zone'] }, 'abc1 abd2'],
    [{ 'node.label': ['zone=b'] }, 'abd2'],
    [{ 'node.label': ['empty='] }, 'abc1'],
    [{ 'node.label': ['constructor', '__proto__'] }, ''],
    [{ label: ['zone'] }, ''],
    [{ name: ['two'], id: ['x'] }, ''],
    [{ name: ['tw'], 'node.label': ['zone'] }, 'abd2'],
  ])('%j leaves %s', (filters, ids) => {
    const filter = nodeFilter(new Map(Object.entries(filters)));
    expect(
      nodes
        .filter(filter)
        .map(({ id }) => id)
        .join(' '),
    ).toBe(ids);
  });

  it.each([
    [{ role: ['boss'] }, "Invalid role filter: 'boss'"],
    [{ role: ['worker', ''] }, "Invalid role filter: ''"],
    [{ membership: ['x'] }, "Invalid membership filter: 'x'"],
  ])('is not %j', (filters, message) => {
    expect(() => nodeFilter(new Map(Object.entries(filters)))).toThrow(refused('invalid', message));
  });
});
