// What a HostConfig's resource options mean as limits; cgroup-files.ts knows which files hold them.
import type { HostConfig } from '../types.ts';
import type { DiskLimit, ResourceLimits } from './cgroup-files.ts';
import type { ContainerDevices } from './container-devices.ts';
import { defaultDeviceRules } from './device-rules.ts';

const cpuPeriodUs = 100_000;

/** Limits that name no device. */
const noDevices: Pick<ContainerDevices, 'disks' | 'rules'> = { disks: new Map(), rules: defaultDeviceRules };

/** The limits of a container; `devices` were looked up on the host. */
export function resourceLimits(
  host: HostConfig,
  devices: Pick<ContainerDevices, 'disks' | 'rules'> = noDevices,
): ResourceLimits {
  const disks = (wanted: readonly { Path: string; Rate: number }[]): readonly DiskLimit[] | undefined => {
    const found = wanted.flatMap(({ Path, Rate }) => {
      const disk = devices.disks.get(Path);
      return disk === undefined ? [] : [{ disk, value: Rate }];
    });
    return found.length === 0 ? undefined : found;
  };
  const positive = (value: number): number | undefined => (value > 0 ? value : undefined);
  const limits: { -readonly [Name in keyof ResourceLimits]: ResourceLimits[Name] | undefined } = {
    memoryBytes: positive(host.Memory),
    memoryReservationBytes: positive(host.MemoryReservation),
    memorySwapBytes: host.MemorySwap === 0 || host.Memory === 0 ? undefined : host.MemorySwap,
    memorySwappiness:
      host.MemorySwappiness !== null && host.MemorySwappiness >= 0 ? host.MemorySwappiness : undefined,
    kernelMemoryTcpBytes: positive(host.KernelMemoryTCP),
    oomKillDisable: host.OomKillDisable === true ? true : undefined,
    pids: host.PidsLimit !== null ? positive(host.PidsLimit) : undefined,
    cpuShares: positive(host.CpuShares),
    cpuPeriodUs: positive(host.CpuPeriod),
    cpuQuotaUs: positive(host.CpuQuota),
    cpuRealtimePeriodUs: positive(host.CpuRealtimePeriod),
    cpuRealtimeRuntimeUs: positive(host.CpuRealtimeRuntime),
    cpusetCpus: host.CpusetCpus === '' ? undefined : host.CpusetCpus,
    cpusetMems: host.CpusetMems === '' ? undefined : host.CpusetMems,
    blkioWeight: positive(host.BlkioWeight),
    blkioWeightDevices: disks(host.BlkioWeightDevice.map(({ Path, Weight }) => ({ Path, Rate: Weight }))),
    blkioReadBps: disks(host.BlkioDeviceReadBps),
    blkioWriteBps: disks(host.BlkioDeviceWriteBps),
    blkioReadIops: disks(host.BlkioDeviceReadIOps),
    blkioWriteIops: disks(host.BlkioDeviceWriteIOps),
    devices: host.Privileged ? undefined : devices.rules,
  };
  if (host.NanoCpus > 0) {
    limits.cpuPeriodUs = cpuPeriodUs;
    limits.cpuQuotaUs = Math.floor((host.NanoCpus * cpuPeriodUs) / 1e9);
  }
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
