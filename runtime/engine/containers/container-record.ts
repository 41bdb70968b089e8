// The durable record of a container, and which states may follow each other.
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { containerConfig, hostConfig, type ContainerStatus } from '../types.ts';
import { containerMountSchema } from './container-mounts.ts';

/** Docker's time for "never". */
export const never = '0001-01-01T00:00:00Z';
/** Version of the record below; a newer one is refused. */
export const recordSchemaVersion = 2;

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

/** One run of a health check. */
export const healthResultSchema = z.object({
  start: z.string(),
  end: z.string(),
  exitCode: z.number().int(),
  output: z.string(),
});
export type HealthResult = z.infer<typeof healthResultSchema>;

/** What the health checks of a container found; kept when it ends, as Docker does. */
export const healthSchema = z.object({
  status: z.enum(['starting', 'healthy', 'unhealthy']),
  failingStreak: z.number().int(),
  /** The last five, oldest first. */
  log: z.array(healthResultSchema),
});
export type HealthRecord = z.infer<typeof healthSchema>;

/** A link to another container, as `--link` makes it. */
export const linkSchema = z.object({ id: z.string(), alias: z.string() });

export const containerStateSchema = z.object({
  status: z.enum(statuses),
  pid: z.number().int(),
  exitCode: z.number().int(),
  oomKilled: z.boolean(),
  error: z.string(),
  startedAt: z.string(),
  finishedAt: z.string(),
  /** Restarts by the policy since somebody started it. */
  restartCount: z.number().int(),
  /** Somebody stopped or killed it since somebody started it. */
  manuallyStopped: z.boolean(),
  /** Absent when it has never run with a health check. */
  health: healthSchema.optional(),
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
  /** The containers that `--link` names. */
  links: z.array(linkSchema),
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
  restartCount: 0,
  manuallyStopped: false,
  ports: [],
  cgroups: [],
};

const numbered = z.object({ schema: z.number() }).loose();

/** What each version of the record lacks of the next: the change from the version that is its place in the list, from 1. */
const migrations: readonly ((record: Record<string, unknown>) => Record<string, unknown>)[] = [
  // 2: restart policies, health checks, links.
  (record) => ({
    ...record,
    links: [],
    state: { restartCount: 0, manuallyStopped: false, ...z.object({}).loose().parse(record['state']) },
  }),
];

/** Reads what any version of the engine wrote. Throws internal for a newer one, and for what is no record. */
export function parseContainerRecord(value: unknown): ContainerRecord {
  let record: Record<string, unknown> & { schema: number } = numbered.parse(value);
  if (record.schema > recordSchemaVersion) {
    throw new EngineError('internal', 'it was written by a newer version of the engine');
  }
  for (const migrate of migrations.slice(record.schema - 1)) {
    record = { ...migrate(record), schema: record.schema + 1 };
  }
  return containerRecordSchema.parse(record);
}

const successors: Record<ContainerStatus, readonly ContainerStatus[]> = {
  created: ['created', 'running', 'removing'], // created again: with the error of a start that failed
  running: ['exited', 'paused', 'restarting'],
  paused: ['running', 'exited', 'restarting'],
  restarting: ['running', 'exited'],
  exited: ['exited', 'running', 'restarting', 'removing'],
  removing: ['dead'],
  dead: ['removing'],
};

/** Throws internal when a container may not go from one state to the other: a mistake in the engine, not a user's. */
export function checkTransition(from: ContainerStatus, to: ContainerStatus): void {
  if (!successors[from].includes(to)) {
    throw new EngineError('internal', `a container cannot go from ${from} to ${to}`);
  }
}
