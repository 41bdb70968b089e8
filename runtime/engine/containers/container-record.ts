// The durable record of a container, and which states may follow each other.
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import { containerConfig, hostConfig, type ContainerStatus } from '../types.ts';
import { containerMountSchema } from './container-mounts.ts';

/** Docker's time for "never". */
export const never = '0001-01-01T00:00:00Z';
/** Version of the record below; a newer one is refused. */
export const recordSchemaVersion = 3;

const statuses = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'] as const;

/** Where a container is in a network. Kept while it runs, so that a restarted engine knows what is taken. */
export const endpointSchema = z.object({
  network: z.string(),
  networkId: z.string(),
  endpointId: z.string(),
  /** Its name inside, `eth0`. */
  device: z.string(),
  /** Of either family; empty where there is none, as are the gateways. */
  address: z.string(),
  prefixLength: z.number().int(),
  gateway: z.string(),
  address6: z.string(),
  prefixLength6: z.number().int(),
  gateway6: z.string(),
  mac: z.string(),
  /** More addresses of its device, `169.254.7.7/16`. */
  linkLocal: z.array(z.string()).default([]),
  /** The veth's name on the host's side; empty for a macvlan or an ipvlan. */
  hostName: z.string(),
  /** The default route leaves by it, and published ports come in. */
  isGateway: z.boolean(),
});
export type Endpoint = z.infer<typeof endpointSchema>;

/** A network a container is to be in, and what it asks for there. */
export const networkWishSchema = z.object({
  name: z.string(),
  ipv4: z.string(),
  ipv6: z.string(),
  /** An IPAM configuration was given, be it empty: shown as such. */
  askedIpam: z.boolean(),
  aliases: z.array(z.string()),
  /** `container:alias`. */
  links: z.array(z.string()),
  mac: z.string(),
  gwPriority: z.number().int(),
  /** Addresses that its device has besides. */
  linkLocal: z.array(z.string()).default([]),
  /** Kept and shown; no driver here knows one. */
  driverOpts: z.record(z.string(), z.string()).default({}),
});
export type NetworkWish = z.infer<typeof networkWishSchema>;

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
  endpoints: z.array(endpointSchema),
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
  /** The networks it is in, or will be when it starts; none when it joins another container's. */
  networks: z.array(networkWishSchema),
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
  endpoints: [],
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
  // 3: several networks.
  (record) => {
    const state = z
      .object({ endpoint: z.object({}).loose().optional() })
      .loose()
      .parse(record['state']);
    const { NetworkMode } = z.object({ NetworkMode: z.string() }).parse(record['hostConfig']);
    const name = NetworkMode === 'host' || NetworkMode === 'none' ? NetworkMode : 'bridge';
    const wish = { name, ipv4: '', ipv6: '', askedIpam: false, aliases: [], links: [], gwPriority: 0 };
    const added = { network: 'bridge', device: 'eth0', address6: '', prefixLength6: 0, gateway6: '' };
    return {
      ...record,
      networks: NetworkMode.startsWith('container:') ? [] : [{ ...wish, mac: record['macAddress'] ?? '' }],
      state: {
        ...state,
        // The default bridge's id is not known here: an empty one stands for it.
        endpoints:
          state.endpoint === undefined
            ? []
            : [{ ...state.endpoint, ...added, networkId: '', isGateway: true }],
      },
    };
  },
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
