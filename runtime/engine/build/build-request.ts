// What a build is asked for, apart from its context: the parameters of `POST /build`, checked. They are kept with its history.
import { z } from 'zod';
import { hostConfig } from '../types.ts';
import { hostPlatform, parsePlatform } from '../images/platform.ts';
import { EngineError } from '../errors.ts';

const texts = z.array(z.string());
const pairs = z.array(z.tuple([z.string(), z.string()]));

export const buildRequestSchema = z.object({
  tags: texts,
  /** Path in the context. */
  dockerfile: z.string(),
  /** A value of null is taken from the environment by clients and unset here. */
  buildArgs: z.array(z.tuple([z.string(), z.string().nullable()])),
  labels: pairs,
  target: z.string(),
  remote: z.string(),
  noCache: z.boolean(),
  pull: z.boolean(),
  remove: z.boolean(),
  forceRemove: z.boolean(),
  quiet: z.boolean(),
  squash: z.boolean(),
  cacheFrom: texts,
  networkMode: z.string(),
  extraHosts: texts,
  platform: z.string(),
  /** What the client calls its context: the folder that it was packed from. Only told, never opened. */
  source: z.string().default(''),
  /** Limits of the steps' containers. */
  limits: hostConfig.pick({
    Memory: true,
    MemorySwap: true,
    CpuShares: true,
    CpuPeriod: true,
    CpuQuota: true,
    CpusetCpus: true,
    CpusetMems: true,
    CgroupParent: true,
    ShmSize: true,
    Ulimits: true,
    SecurityOpt: true,
  }),
});
/** A build's parameters. */
export type BuildRequest = z.infer<typeof buildRequestSchema>;

/** Throws for what cannot be built here. */
export function checkPlatform(text: string): void {
  if (text === '') return;
  const wanted = parsePlatform(text);
  const host = hostPlatform();
  if (wanted.os !== 'linux' || wanted.architecture !== host.architecture) {
    throw new EngineError(
      'invalid',
      `invalid platform: building for ${text} needs an emulator, this machine is ${host.os}/${host.architecture}`,
    );
  }
}
