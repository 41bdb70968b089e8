// What an update makes of a container's limits: which fields change, which contradict each other, and which cgroup files
// are to be written for it, in an order the kernel takes. Pure; Docker's words.
import { EngineError } from '../errors.ts';
import type { CgroupPlace } from '../helper/spawn-requests.ts';
import type { ContainerUpdateBody, HostConfig } from '../types.ts';

/** The host config with an update over it; zero and empty leave a field as it is. Throws conflict. */
export function updatedHost(id: string, host: HostConfig, update: ContainerUpdateBody): HostConfig {
  const conflict = (message: string): EngineError =>
    new EngineError('conflict', `Cannot update container ${id}: ${message}`);
  const clashes: readonly [boolean, string][] = [
    [update.NanoCpus > 0 && host.CpuPeriod > 0, 'Nano CPUs cannot be updated as CPU Period has'],
    [update.NanoCpus > 0 && host.CpuQuota > 0, 'Nano CPUs cannot be updated as CPU Quota has'],
    [update.CpuPeriod > 0 && host.NanoCpus > 0, 'CPU Period cannot be updated as NanoCPUs has'],
    [update.CpuQuota > 0 && host.NanoCpus > 0, 'CPU Quota cannot be updated as NanoCPUs has'],
  ];
  for (const [clash, words] of clashes) {
    if (clash) throw conflict(`Conflicting options: ${words} already been set`);
  }
  if (update.Memory !== 0 && update.Memory > host.MemorySwap && update.MemorySwap === 0) {
    throw conflict(
      'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
    );
  }
  const { RestartPolicy, PidsLimit } = update;
  if (host.AutoRemove && RestartPolicy.Name !== '' && RestartPolicy.Name !== 'no') {
    throw conflict('Restart policy cannot be updated because AutoRemove is enabled for the container');
  }
  return {
    ...host,
    BlkioWeight: update.BlkioWeight || host.BlkioWeight,
    CpuShares: update.CpuShares || host.CpuShares,
    NanoCpus: update.NanoCpus || host.NanoCpus,
    CpuPeriod: update.CpuPeriod || host.CpuPeriod,
    CpuQuota: update.CpuQuota || host.CpuQuota,
    CpuRealtimePeriod: update.CpuRealtimePeriod || host.CpuRealtimePeriod,
    CpuRealtimeRuntime: update.CpuRealtimeRuntime || host.CpuRealtimeRuntime,
    CpusetCpus: update.CpusetCpus || host.CpusetCpus,
    CpusetMems: update.CpusetMems || host.CpusetMems,
    Memory: update.Memory || host.Memory,
    MemorySwap: update.MemorySwap || host.MemorySwap,
    MemoryReservation: update.MemoryReservation || host.MemoryReservation,
    PidsLimit: PidsLimit === null ? host.PidsLimit : Math.max(PidsLimit, 0),
    RestartPolicy: RestartPolicy.Name === '' ? host.RestartPolicy : RestartPolicy,
  };
}

/** What a file holds again when its limit is taken away. */
const unlimited: ReadonlyMap<string, string> = new Map([
  ['pids.max', 'max'],
  ['cpu.cfs_quota_us', '-1'],
  ['cpu.max', 'max 100000'],
]);

const v1Memory = 'memory.limit_in_bytes';
const v1Swap = 'memory.memsw.limit_in_bytes';

/** The files of one cgroup that differ between two sets of limits. */
export function changedFiles(
  before: CgroupPlace['files'],
  after: CgroupPlace['files'],
): (readonly [string, string])[] {
  const old = new Map(before);
  const wanted = new Map(after);
  // A file may be written more than once, for one device each.
  const there = new Set(before.map(([file, value]) => `${file} ${value}`));
  const changed = after.filter(([file, value]) => !there.has(`${file} ${value}`));
  for (const [file] of before) {
    const value = wanted.has(file) ? undefined : unlimited.get(file);
    if (value !== undefined) changed.push([file, value]);
  }
  return inOrder(changed, Number(old.get(v1Memory) ?? Infinity));
}

/**
 * v1 refuses a memory limit above that of memory and swap together, at any moment: when the latter grows past the
 * memory limit that holds now it goes first, else last.
 */
function inOrder(
  files: readonly (readonly [string, string])[],
  memoryBytes: number,
): (readonly [string, string])[] {
  const swap = files.find(([file]) => file === v1Swap);
  if (swap === undefined) return [...files];
  const rest = files.filter((file) => file !== swap);
  const grows = swap[1] === '-1' || Number(swap[1]) > memoryBytes;
  return grows ? [swap, ...rest] : [...rest, swap];
}
