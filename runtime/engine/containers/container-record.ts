// The durable record of a container, and which states may follow each other.
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { containerConfig, hostConfig, type ContainerStatus } from '../types.ts';
import { containerMountSchema } from './container-mounts.ts';

/** Docker's time for "never". */
export const never = '0001-01-01T00:00:00Z';
/** Version of the record below; a newer one is refused. */
export const recordSchemaVersion = 1;

const statuses = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'] as const;

/** Where a container is in a network. Kept while it runs, so that a restarted engine knows what is taken. */
export const endpointSchema = z.object({
  endpointId: z.string(),
  address: z.string(),
  prefixLength: z.number().int(),
  gateway: z.string(),
  mac: z.string(),
  /** The veth's name on the host's side. */
  hostName: z.string(),
});
export type Endpoint = z.infer<typeof endpointSchema>;

/** A cgroup a container is in. */
export const cgroupPlaceSchema = z.object({
  path: z.string(),
  version: z.union([z.literal(1), z.literal(2)]),
});

export const publishedPortSchema = z.object({
  port: z.number().int(),
  protocol: z.enum(['tcp', 'udp', 'sctp']),
  hostIp: z.string(),
  hostPort: z.number().int(),
});

export const containerStateSchema = z.object({
  status: z.enum(statuses),
  pid: z.number().int(),
  exitCode: z.number().int(),
  oomKilled: z.boolean(),
  error: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
  /** What it holds while it runs. */
  endpoint: endpointSchema.optional(),
  ports: z.array(publishedPortSchema),
  cgroups: z.array(cgroupPlaceSchema),
});
export type ContainerStateRecord = z.infer<typeof containerStateSchema>;

export const containerRecordSchema = z.object({
  schema: z.literal(recordSchemaVersion),
  /** The boot in which it was last started; processes of another boot are gone. */
  bootId: z.string(),
  id: z.string().regex(/^[0-9a-f]{64}$/),
  name: z.string(),
  created: z.string(),
  /** `sha256:<hex>`. */
  imageId: z.string(),
  path: z.string(),
  args: z.array(z.string()),
  /** The image's configuration with the user's over it; `Image` is as the user typed it. */
  config: containerConfig,
  hostConfig,
  mounts: z.array(containerMountSchema),
  /** A MAC address the user asked for, or empty. */
  macAddress: z.string(),
  state: containerStateSchema,
});
export type ContainerRecord = z.infer<typeof containerRecordSchema>;

/** The state of a container that never ran. */
export const createdState: ContainerStateRecord = {
  status: 'created',
  pid: 0,
  exitCode: 0,
  oomKilled: false,
  error: '',
  startedAt: never,
  finishedAt: never,
  ports: [],
  cgroups: [],
};

const successors: Record<ContainerStatus, readonly ContainerStatus[]> = {
  created: ['created', 'running', 'removing'], // created again: with the error of a start that failed
  running: ['exited', 'paused', 'restarting'],
  paused: ['running', 'exited'],
  restarting: ['running', 'exited'],
  exited: ['exited', 'running', 'removing'],
  removing: ['dead'],
  dead: ['removing'],
};

/** Throws internal when a container may not go from one state to the other: a mistake in the engine, not a user's. */
export function checkTransition(from: ContainerStatus, to: ContainerStatus): void {
  if (!successors[from].includes(to)) {
    throw new EngineError('internal', `a container cannot go from ${from} to ${to}`);
  }
}
