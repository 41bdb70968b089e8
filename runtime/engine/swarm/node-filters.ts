// Which nodes a name or a filter means.
import { EngineError } from '../errors.ts';
import { hasLabel } from '../prune-filter.ts';
import type { Filters } from '../services.ts';
import type { Manager } from './manager.ts';
import type { NodeRecord } from './swarm-record.ts';

/** A node by its id, its host name, or the beginning of its id. Throws notFound, or invalid when several are meant. */
export function findNode(manager: Manager, nameOrId: string): NodeRecord {
  const { nodes } = manager;
  const exact = nodes.find(({ id }) => id === nameOrId);
  if (exact !== undefined) return exact;
  const named = nodes.filter(({ description }) => description.hostName === nameOrId);
  const found = named.length > 0 ? named : nodes.filter(({ id }) => id.startsWith(nameOrId));
  if (found.length > 1) {
    throw new EngineError('invalid', `node ${nameOrId} is ambiguous (${String(found.length)} matches found)`);
  }
  const [node] = found;
  if (node === undefined) throw new EngineError('notFound', `node ${nameOrId} not found`);
  return node;
}

/** Docker's filters of nodes; an unknown name is the API's business. Throws invalid for values that mean nothing. */
export function nodeFilter(filters: Filters): (node: NodeRecord) => boolean {
  for (const role of filters.get('role') ?? []) {
    if (role !== 'manager' && role !== 'worker')
      throw new EngineError('invalid', `Invalid role filter: '${role}'`);
  }
  for (const membership of filters.get('membership') ?? []) {
    if (membership !== 'accepted' && membership !== 'pending') {
      throw new EngineError('invalid', `Invalid membership filter: '${membership}'`);
    }
  }
  const any = (name: string, test: (value: string, node: NodeRecord) => boolean) => (node: NodeRecord) => {
    const values = filters.get(name) ?? [];
    return values.length === 0 || values.some((value) => test(value, node));
  };
  const tests = [
    any('id', (value, { id }) => id.startsWith(value)),
    any('name', (value, { description }) => description.hostName.startsWith(value)),
    any('role', (value, { role }) => value === role),
    // Who is in a swarm was accepted by its token.
    any('membership', (value) => value === 'accepted'),
    any('node.label', (value, { labels }) => hasLabel(labels, value)),
    // Those of engines: they have none.
    any('label', () => false),
  ];
  return (node) => tests.every((test) => test(node));
}
