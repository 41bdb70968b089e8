// What a HostConfig's resource options mean as limits; cgroup-files.ts knows which files hold them.
import type { HostConfig } from '../types.ts';
import { defaultDeviceRules, type ResourceLimits } from './cgroup-files.ts';

const cpuPeriodUs = 100_000;

/** The limits of a container. */
export function resourceLimits(host: HostConfig): ResourceLimits {
  const positive = (value: number): number | undefined => (value > 0 ? value : undefined);
  const limits: { -readonly [Name in keyof ResourceLimits]: ResourceLimits[Name] | undefined } = {
    memoryBytes: positive(host.Memory),
    memoryReservationBytes: positive(host.MemoryReservation),
    memorySwapBytes: host.MemorySwap === 0 || host.Memory === 0 ? undefined : host.MemorySwap,
    memorySwappiness:
      host.MemorySwappiness !== null && host.MemorySwappiness >= 0 ? host.MemorySwappiness : undefined,
    pids: host.PidsLimit !== null ? positive(host.PidsLimit) : undefined,
    cpuShares: positive(host.CpuShares),
    cpuPeriodUs: positive(host.CpuPeriod),
    cpuQuotaUs: positive(host.CpuQuota),
    cpusetCpus: host.CpusetCpus === '' ? undefined : host.CpusetCpus,
    cpusetMems: host.CpusetMems === '' ? undefined : host.CpusetMems,
    devices: host.Privileged ? undefined : defaultDeviceRules,
  };
  if (host.NanoCpus > 0) {
    limits.cpuPeriodUs = cpuPeriodUs;
    limits.cpuQuotaUs = Math.floor((host.NanoCpus * cpuPeriodUs) / 1e9);
  }
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
