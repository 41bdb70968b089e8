// What the `stats` stream says, as a schema: the door at which an event becomes typed. The types are the contract's.
import { z } from 'zod';
import type { StatsEvent } from '../../../runtime/contract/streams.ts';

const count = z.number().nonnegative();

/** One second's figures. */
export const statsEvent = z.object({
  timeMs: z.number(),
  samples: z.array(
    z.object({
      id: z.string(),
      cpuPercent: count.nullable(),
      memoryBytes: count,
      memoryLimitBytes: count,
      receivedBytes: count,
      sentBytes: count,
      readBytes: count,
      writtenBytes: count,
      pids: count,
    }),
  ),
  machine: z
    .object({
      cpuPercent: count.nullable(),
      memoryBytes: count,
      memoryTotalBytes: count,
      diskUsedBytes: count,
      diskTotalBytes: count,
    })
    .exactOptional(),
}) satisfies z.ZodType<StatsEvent>;
