// What the backend may say, as schemas: the door at which a message becomes typed. The types themselves are the contract's.
import { z } from 'zod';
import type {
  ContainerModel,
  EngineModel,
  ImageModel,
  ModelDiff,
  NetworkModel,
  TaskModel,
  TerminalModel,
  VolumeModel,
} from '../../../runtime/contract/model.ts';
import type { ContractError } from '../../../runtime/contract/wire.ts';

const count = z.number().nonnegative();
const labels = z.record(z.string(), z.string());

const container = z.object({
  id: z.string().min(1),
  name: z.string(),
  image: z.string(),
  imageId: z.string(),
  command: z.string(),
  createdMs: z.number(),
  state: z.enum(['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead']),
  exitCode: z.number().nullable(),
  health: z.enum(['none', 'starting', 'healthy', 'unhealthy']),
  startedMs: z.number().nullable(),
  finishedMs: z.number().nullable(),
  tty: z.boolean(),
  ports: z.array(
    z.object({
      protocol: z.enum(['tcp', 'udp', 'sctp']),
      containerPort: z.number(),
      hostIp: z.string().exactOptional(),
      hostPort: z.number().exactOptional(),
    }),
  ),
  mounts: z.array(
    z.object({ type: z.string(), source: z.string(), destination: z.string(), readOnly: z.boolean() }),
  ),
  networks: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      address: z.string(),
      address6: z.string(),
      mac: z.string(),
      aliases: z.array(z.string()),
    }),
  ),
  labels,
  error: z.string(),
}) satisfies z.ZodType<ContainerModel>;

const image = z.object({
  id: z.string().min(1),
  tags: z.array(z.string()),
  createdMs: z.number(),
  sizeBytes: count,
  sharedBytes: count.nullable(),
  containers: z.number(),
  labels,
}) satisfies z.ZodType<ImageModel>;

const volume = z.object({
  id: z.string().min(1),
  driver: z.string(),
  mountpoint: z.string(),
  createdMs: z.number().nullable(),
  labels,
  containers: z.number(),
}) satisfies z.ZodType<VolumeModel>;

const network = z.object({
  id: z.string().min(1),
  name: z.string(),
  driver: z.string(),
  scope: z.string(),
  internal: z.boolean(),
  attachable: z.boolean(),
  ipv6: z.boolean(),
  pools: z.array(z.object({ subnet: z.string(), range: z.string(), gateway: z.string() })),
  options: labels,
  createdMs: z.number().nullable(),
  labels,
  containers: z.number(),
}) satisfies z.ZodType<NetworkModel>;

const task = z.object({
  id: z.string().min(1),
  kind: z.enum(['pull', 'push', 'build']),
  subject: z.string(),
  state: z.enum(['running', 'done', 'failed', 'cancelled']),
  startedMs: z.number(),
  endedMs: z.number().nullable(),
  status: z.string(),
  parts: z.array(z.object({ id: z.string(), status: z.string(), currentBytes: count, totalBytes: count })),
  error: z.string(),
  hint: z.string(),
}) satisfies z.ZodType<TaskModel>;

const terminal = z.object({
  id: z.string().min(1),
  container: z.string(),
  kind: z.enum(['exec', 'attach']),
  command: z.array(z.string()),
  user: z.string(),
  startedMs: z.number(),
  ended: z
    .object({ endedMs: z.number(), exitCode: z.number().nullable(), reason: z.string() })
    .exactOptional(),
}) satisfies z.ZodType<TerminalModel>;

const engine = z.object({
  state: z.enum(['connecting', 'running', 'hung', 'down', 'denied']),
  reason: z.string(),
  sinceMs: z.number(),
  endpoint: z.string(),
  product: z.string(),
  version: z.string(),
  apiVersion: z.string(),
  cpus: z.number(),
  memoryBytes: z.number(),
  features: z.array(z.string()),
  keeper: z.boolean(),
}) satisfies z.ZodType<EngineModel>;

const diffOf = <T extends z.ZodType>(entity: T) =>
  z.object({ set: z.array(entity), remove: z.array(z.string()) }).exactOptional();

const modelDiff = z.object({
  sequence: z.number(),
  reset: z.literal(true).exactOptional(),
  engine: engine.exactOptional(),
  containers: diffOf(container),
  images: diffOf(image),
  volumes: diffOf(volume),
  networks: diffOf(network),
  tasks: diffOf(task),
  terminals: diffOf(terminal),
}) satisfies z.ZodType<ModelDiff>;

const contractError = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().exactOptional(),
}) satisfies z.ZodType<ContractError>;

/** A text message of the backend. */
export const serverMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('result'), id: z.number(), value: z.unknown() }),
  z.object({ type: z.literal('error'), id: z.number(), error: contractError }),
  z.object({ type: z.literal('event'), id: z.number(), event: z.unknown() }),
  z.object({ type: z.literal('closed'), id: z.number(), error: contractError.exactOptional() }),
  z.object({ type: z.literal('model'), diff: modelDiff }),
]);
