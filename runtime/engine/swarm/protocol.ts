// What the nodes of a swarm say to each other: JSON over TLS, in which each shows a certificate of the swarm. It is Berth's
// own: dockerd's nodes speak another. Whatever comes in is checked here, since names and addresses go into files that
// containers are answered from and into the kernel.
import { z } from 'zod';
import { parseIp } from '../../syntax/ip.ts';
import { networkRecordSchema } from '../networks/network-record.ts';

/** Version of the messages; a manager and a worker that differ refuse each other in words. */
export const protocolVersion = 1;
/** More than any message needs. */
export const messageLimitBytes = 16 * 1024 * 1024;
/** How often a node and its manager say that they are there. */
export const heartbeatMs = 5000;
/** Who said nothing for so long is gone. */
export const silenceMs = 3 * heartbeatMs;

/** Paths of requests to a manager. */
export const paths = {
  /** GET, of anybody: the authority's certificate, which a join token has the digest of. */
  authority: '/berth-swarm/authority',
  /** POST, with a token's secret: {@link joinRequestSchema} to {@link joinAnswerSchema}. */
  join: '/berth-swarm/join',
  /** GET, of a node: a line with a {@link snapshotSchema} at each change, empty lines between. */
  watch: '/berth-swarm/watch',
  /** POST, of a node: {@link reportSchema}. */
  report: '/berth-swarm/report',
  /** POST, of a node: {@link leaseRequestSchema} to {@link leaseSchema}. */
  lease: '/berth-swarm/lease',
  /** POST, of a node: a signing request to a new certificate. */
  renew: '/berth-swarm/renew',
  /** POST, of a node: it leaves. */
  leave: '/berth-swarm/leave',
} as const;

const hexId = z.string().regex(/^[0-9a-f]{64}$/);
/** An id of a node, a swarm or one of its networks. */
const swarmId = z.string().regex(/^[0-9a-z]{25}$/);
/** One word of a file of names. */
const name = z.string().regex(/^[A-Za-z0-9_.:/-]{1,255}$/);
const address = z.string().refine((text) => parseIp(text) !== undefined, 'expected an IP address');
const addressOf = (family: 4 | 6) =>
  z
    .string()
    .refine(
      (text) => text === '' || parseIp(text)?.family === family,
      `expected an IPv${String(family)} address`,
    );
const pem = z.string().max(16_384);

/** More names of one container are not told to other machines. */
export const aliasesMax = 256;

/** A container in an overlay network. */
export const memberSchema = z.object({
  networkId: swarmId,
  endpointId: hexId,
  containerId: hexId,
  containerName: name,
  aliases: z.array(name).max(aliasesMax),
  mac: z.string().regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/),
  address: addressOf(4),
  address6: addressOf(6),
});
export type SwarmMember = z.infer<typeof memberSchema>;

/** What a node is. */
export const descriptionSchema = z.object({
  hostName: z.string().max(255),
  /** As uname says it: `x86_64`. */
  architecture: z.string().max(64),
  nanoCpus: z.int().nonnegative(),
  memoryBytes: z.int().nonnegative(),
  engineVersion: z.string().max(64),
});
export type NodeDescription = z.infer<typeof descriptionSchema>;

/** A node says what it is and whom it has; the list is whole. */
export const reportSchema = z.object({
  description: descriptionSchema,
  address,
  dataAddress: address,
  members: z.array(memberSchema).max(100_000),
});
export type NodeReport = z.infer<typeof reportSchema>;

export const joinRequestSchema = z.object({
  protocol: z.int(),
  secret: z.string().max(64),
  /** A PKCS #10 signing request. */
  request: pem,
  availability: z.enum(['active', 'pause', 'drain']),
  description: descriptionSchema,
  address,
  dataAddress: address,
});
export type JoinRequest = z.infer<typeof joinRequestSchema>;

export const joinAnswerSchema = z.object({
  nodeId: swarmId,
  clusterId: swarmId,
  certificate: pem,
  dataPort: z.int().min(1).max(65_535),
});

export const leaseRequestSchema = z.object({ networkId: swarmId, ipv4: addressOf(4), ipv6: addressOf(6) });
export const leaseSchema = z.object({ ipv4: addressOf(4), ipv6: addressOf(6) });

export const renewRequestSchema = z.object({ request: pem });
export const renewAnswerSchema = z.object({ certificate: pem });

/** All that a worker needs to know of its swarm. */
export const snapshotSchema = z.object({
  /** The other nodes that containers' packets may go to. */
  nodes: z.array(z.object({ id: swarmId, dataAddress: address })),
  /** `host:port`. */
  managers: z.array(z.string().max(300)).max(64),
  networks: z.array(networkRecordSchema),
  /** The containers of all other nodes. */
  members: z.array(memberSchema.extend({ machine: address })),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

/** An error, in words for a person. */
export const refusalSchema = z.object({ message: z.string() });
