// The durable record of a network that somebody made.
import { z } from 'zod';
import { mapOf } from '../types.ts';

/** Ids of networks; none of them is a path. */
export const networkIdPattern = /^([0-9a-f]{64}|[0-9a-z]{25})$/;

/** One subnet as it was asked for or chosen: what inspect shows. */
export const ipamConfigSchema = z.object({
  Subnet: z.string(),
  IPRange: z.string().optional(),
  Gateway: z.string().optional(),
  AuxiliaryAddresses: mapOf(z.string()).optional(),
});

export const networkRecordSchema = z.object({
  schema: z.literal(1),
  /** 64 hexadecimal digits; that of a swarm's network has 25 of base 36, as all its ids. */
  id: z.string().regex(networkIdPattern),
  name: z.string(),
  created: z.string(),
  /** `null` only for one that holds a configuration. */
  driver: z.enum(['bridge', 'macvlan', 'ipvlan', 'overlay', 'null']),
  /** It only holds a configuration that others are made from: nobody joins it. */
  configOnly: z.boolean().default(false),
  /** The name of the configuration that it was made from; empty for none. */
  configFrom: z.string().default(''),
  /** The swarm's network for the published ports of services. */
  ingress: z.boolean().default(false),
  internal: z.boolean(),
  attachable: z.boolean(),
  enableIPv4: z.boolean(),
  enableIPv6: z.boolean(),
  labels: mapOf(z.string()),
  options: mapOf(z.string()),
  ipamOptions: mapOf(z.string()).nullable(),
  ipam: z.array(ipamConfigSchema),
  /** Families whose subnet the user named: only there may containers name their address. */
  configured: z.array(z.union([z.literal(4), z.literal(6)])),
});
export type NetworkRecord = z.infer<typeof networkRecordSchema>;
