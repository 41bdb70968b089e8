// What an engine knows of the swarm that it is in: durable, since a swarm outlives the engines that are its nodes.
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { mapOf, untrustedMap } from '../types.ts';
import { descriptionSchema, memberSchema } from './protocol.ts';

const roles = ['manager', 'worker'] as const;
/** What a node does in its swarm. */
export type Role = (typeof roles)[number];

const availabilities = ['active', 'pause', 'drain'] as const;
/** Whether services may be put onto a node. */
export type Availability = (typeof availabilities)[number];

/** One of Docker's words; empty is active. Throws invalid for others. */
export function parseAvailability(text: string): Availability {
  const found = text === '' ? 'active' : availabilities.find((each) => each === text);
  if (found !== undefined) return found;
  throw new EngineError('invalid', `invalid Availability: ${JSON.stringify(text)}`);
}

/** One node as the manager knows it. */
export const nodeRecordSchema = z.object({
  id: z.string(),
  /** The swarm's counter of changes when this one was changed last. */
  version: z.number().int(),
  created: z.string(),
  updated: z.string(),
  /** Given by a user; empty for none. */
  name: z.string(),
  labels: mapOf(z.string()),
  role: z.enum(roles),
  availability: z.enum(availabilities),
  description: descriptionSchema,
  /** Its address, for people. */
  address: z.string(),
  /** Where its containers' packets go. */
  dataAddress: z.string(),
  /** It said that it leaves. */
  left: z.boolean(),
  /** Its containers in overlay networks, as it said last. */
  members: z.array(memberSchema),
});
export type NodeRecord = z.infer<typeof nodeRecordSchema>;

/** A node that has just come. */
export function newNode(
  node: Pick<
    NodeRecord,
    'id' | 'version' | 'role' | 'availability' | 'description' | 'address' | 'dataAddress'
  >,
): NodeRecord {
  const now = new Date().toISOString();
  return { ...node, created: now, updated: now, name: '', labels: untrustedMap(), left: false, members: [] };
}

/** What the manager of a swarm knows of it. */
export const clusterRecordSchema = z.object({
  created: z.string(),
  updated: z.string(),
  version: z.number().int(),
  /** Counts all changes. */
  counter: z.number().int(),
  /** The specification of the swarm as users gave it. */
  spec: z.record(z.string(), z.unknown()),
  /** `0.0.0.0:2377`: where nodes come to. */
  listen: z.string(),
  /** Where overlay networks get their subnets from. */
  pools: z.array(z.string()),
  subnetSize: z.number().int(),
  /** What join tokens end with. */
  secrets: z.object({ worker: z.string(), manager: z.string() }),
  nodes: z.array(nodeRecordSchema),
});
export type ClusterRecord = z.infer<typeof clusterRecordSchema>;

/** The record of a node. */
export const swarmRecordSchema = z.object({
  schema: z.literal(1),
  nodeId: z.string(),
  clusterId: z.string(),
  address: z.string(),
  dataAddress: z.string(),
  /** UDP port of VXLAN on all nodes. */
  dataPort: z.number().int(),
  /** PEM, as are all below. */
  certificate: z.string(),
  key: z.string(),
  authority: z.string(),
  /** `host:port` of those that lead the swarm; empty on the manager itself. */
  managers: z.array(z.string()),
  /** Only where the swarm is led: the authority's key and what it knows. */
  lead: z.object({ authorityKey: z.string(), cluster: clusterRecordSchema }).optional(),
});
export type SwarmRecord = z.infer<typeof swarmRecordSchema>;
