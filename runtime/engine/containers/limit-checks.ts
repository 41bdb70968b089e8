// Whether the limits of a container make sense, and what becomes of those that this machine cannot enforce: they are
// taken back with a warning, so that inspect shows what holds. Errors and warnings are Docker's. Pure.
import { EngineError } from '../errors.ts';
import type { HostConfig } from '../types.ts';
import type { CgroupFeatures } from './cgroup-features.ts';
import { parseNumberList } from './number-list.ts';

const minMemoryBytes = 6 * 1024 * 1024;

/** What a limit is checked against. */
export interface LimitContext {
  readonly features: CgroupFeatures;
  readonly cpuCount: number;
}

/** The limits as they will hold, and what the user should know. Throws invalid. `update`: what is not given stays as it is. */
export function checkLimits(
  host: HostConfig,
  { features, cpuCount }: LimitContext,
  update = false,
): { host: HostConfig; warnings: string[] } {
  const warnings: string[] = [];
  const checked = { ...host };
  /** Takes a limit back where it is asked for and cannot be kept. */
  const discard = (asked: boolean, able: boolean, change: Partial<HostConfig>, warning: string): void => {
    if (!asked || able) return;
    Object.assign(checked, change);
    warnings.push(warning);
  };
  checkMemory(checked, features, discard, warnings, update);
  discard(
    (checked.PidsLimit ?? 0) > 0,
    features.pids,
    { PidsLimit: null },
    'Your kernel does not support PIDs limit capabilities or the cgroup is not mounted. PIDs limit discarded.',
  );
  checkProcessors(checked, features, cpuCount, discard);
  checkDisks(checked, features, discard);
  return { host: checked, warnings };
}

type Discard = (asked: boolean, able: boolean, change: Partial<HostConfig>, warning: string) => void;

function checkMemory(
  host: HostConfig,
  features: CgroupFeatures,
  discard: Discard,
  warnings: string[],
  update: boolean,
): void {
  const notThere = (what: string, verdict: string): string =>
    `Your kernel does not support ${what} or the cgroup is not mounted. ${verdict}`;
  if (host.Memory !== 0 && host.Memory < minMemoryBytes) {
    throw invalid('Minimum memory limit allowed is 6MB');
  }
  discard(
    host.Memory > 0,
    features.memory,
    { Memory: 0, MemorySwap: -1 },
    notThere('memory limit capabilities', 'Limitation discarded.'),
  );
  discard(
    host.Memory > 0 && host.MemorySwap !== -1,
    features.swap,
    { MemorySwap: -1 },
    notThere('swap limit capabilities', 'Memory limited without swap.'),
  );
  if (host.Memory > 0 && host.MemorySwap > 0 && host.MemorySwap < host.Memory) {
    throw invalid('Minimum memoryswap limit should be larger than memory limit, see usage');
  }
  if (host.Memory === 0 && host.MemorySwap > 0 && !update) {
    throw invalid('You should always set the Memory limit when using Memoryswap limit, see usage');
  }
  // -1 is the clients' word for "not asked for".
  if (host.MemorySwappiness === -1) Object.assign(host, { MemorySwappiness: null });
  discard(
    host.MemorySwappiness !== null,
    features.memorySwappiness,
    { MemorySwappiness: null },
    notThere('memory swappiness capabilities', 'Memory swappiness discarded.'),
  );
  const swappiness = host.MemorySwappiness;
  if (swappiness !== null && (swappiness < 0 || swappiness > 100)) {
    throw invalid(`Invalid value: ${String(swappiness)}, valid memory swappiness range is 0-100`);
  }
  discard(
    host.MemoryReservation > 0,
    features.memoryReservation,
    { MemoryReservation: 0 },
    notThere('memory soft limit capabilities', 'Limitation discarded.'),
  );
  if (host.MemoryReservation > 0 && host.MemoryReservation < minMemoryBytes) {
    throw invalid('Minimum memory reservation allowed is 6MB');
  }
  if (host.Memory > 0 && host.MemoryReservation > 0 && host.Memory < host.MemoryReservation) {
    throw invalid('Minimum memory limit can not be less than memory reservation limit, see usage');
  }
  if (host.KernelMemory > 0 && host.KernelMemory < minMemoryBytes) {
    throw invalid('Minimum kernel memory limit allowed is 6MB');
  }
  // Linux took the limit away in 5.16, before that it was broken; Docker's newer versions ignore it.
  discard(
    host.KernelMemory > 0,
    false,
    { KernelMemory: 0 },
    notThere('kernel memory limit capabilities', 'Limitation discarded.'),
  );
  discard(
    host.KernelMemoryTCP > 0,
    features.kernelMemoryTcp,
    { KernelMemoryTCP: 0 },
    notThere('kernel memory TCP limit capabilities', 'Limitation discarded.'),
  );
  if (!features.oomKillDisable) {
    if (host.OomKillDisable === true) {
      warnings.push('Your kernel does not support OomKillDisable. OomKillDisable discarded.');
    }
    Object.assign(host, { OomKillDisable: null });
  }
  if (host.OomKillDisable === true && host.Memory === 0) {
    warnings.push(
      'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
    );
  }
}

function checkProcessors(
  host: HostConfig,
  features: CgroupFeatures,
  cpuCount: number,
  discard: Discard,
): void {
  if (host.NanoCpus > 0 && host.CpuPeriod > 0) {
    throw invalid('Conflicting options: Nano CPUs and CPU Period cannot both be set');
  }
  if (host.NanoCpus > 0 && host.CpuQuota > 0) {
    throw invalid('Conflicting options: Nano CPUs and CPU Quota cannot both be set');
  }
  if (host.NanoCpus > 0 && !features.cpuCfs) {
    throw invalid(
      'NanoCPUs can not be set, as your kernel does not support CPU CFS scheduler or the cgroup is not mounted',
    );
  }
  if (host.NanoCpus < 0 || host.NanoCpus > cpuCount * 1e9) {
    throw invalid(
      `Range of CPUs is from 0.01 to ${String(cpuCount)}.00, as there are only ${String(cpuCount)} CPUs available`,
    );
  }
  if (host.CpuShares < 0) throw invalid('shares: invalid argument');
  discard(
    host.CpuShares > 0,
    features.cpuShares,
    { CpuShares: 0 },
    'Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.',
  );
  discard(
    host.CpuPeriod !== 0 || host.CpuQuota !== 0,
    features.cpuCfs,
    { CpuPeriod: 0, CpuQuota: 0 },
    'Your kernel does not support CPU CFS scheduler. CPU period/quota discarded.',
  );
  if (host.CpuPeriod !== 0 && (host.CpuPeriod < 1000 || host.CpuPeriod > 1_000_000)) {
    throw invalid('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  }
  if (host.CpuQuota > 0 && host.CpuQuota < 1000) {
    throw invalid('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  }
  if (host.CpuRealtimePeriod > 0 && !features.cpuRealtime) {
    throw invalid('Your kernel does not support cgroup cpu real-time period');
  }
  if (host.CpuRealtimeRuntime > 0 && !features.cpuRealtime) {
    throw invalid('Your kernel does not support cgroup cpu real-time runtime');
  }
  if (host.CpuRealtimePeriod !== 0 && host.CpuRealtimeRuntime > host.CpuRealtimePeriod) {
    throw invalid('cpu real-time runtime cannot be higher than cpu real-time period');
  }
  discard(
    host.CpuPercent > 0,
    false,
    { CpuPercent: 0 },
    'linux does not support CPU percent. Percent discarded.',
  );
  discard(
    host.CpusetCpus !== '' || host.CpusetMems !== '',
    features.cpuset,
    { CpusetCpus: '', CpusetMems: '' },
    'Your kernel does not support cpuset or the cgroup is not mounted. Cpuset discarded.',
  );
  checkCpuset(host.CpusetCpus, features.cpus, 'cpus', 'CPUs');
  checkCpuset(host.CpusetMems, features.mems, 'mems', 'memory nodes');
}

function checkCpuset(wanted: string, available: string, field: string, what: string): void {
  const numbers = parseNumberList(wanted);
  if (numbers === undefined) {
    throw invalid(`Invalid value ${wanted} for cpuset ${field}: invalid format: ${wanted}`);
  }
  const there = parseNumberList(available);
  if (there !== undefined && [...numbers].some((number) => !there.has(number))) {
    throw invalid(`Requested ${what} are not available - requested ${wanted}, available: ${available}`);
  }
}

function checkDisks(host: HostConfig, features: CgroupFeatures, discard: Discard): void {
  const words = (what: string, verdict: string): string =>
    `Your kernel does not support ${what} or the cgroup is not mounted. ${verdict} discarded.`;
  discard(
    host.BlkioWeight > 0,
    features.blkioWeight,
    { BlkioWeight: 0 },
    words('Block I/O weight', 'Weight'),
  );
  if (host.BlkioWeight !== 0 && (host.BlkioWeight < 10 || host.BlkioWeight > 1000)) {
    throw invalid('Range of blkio weight is from 10 to 1000');
  }
  discard(
    host.BlkioWeightDevice.length > 0,
    features.blkioWeight,
    { BlkioWeightDevice: [] },
    words('Block I/O weight_device', 'Weight-device'),
  );
  if (host.IOMaximumBandwidth !== 0) {
    throw invalid('Invalid QoS settings: linux does not support configuration of maximum bandwidth');
  }
  if (host.IOMaximumIOps !== 0) {
    throw invalid('Invalid QoS settings: linux does not support configuration of maximum IOPs');
  }
  for (const [field, what, verdict] of [
    ['BlkioDeviceReadBps', 'BPS Block I/O read limit', 'Block I/O BPS read limit'],
    ['BlkioDeviceWriteBps', 'BPS Block I/O write limit', 'Block I/O BPS write limit'],
    ['BlkioDeviceReadIOps', 'IOPS Block read limit', 'Block I/O IOPS read limit'],
    ['BlkioDeviceWriteIOps', 'IOPS Block write limit', 'Block I/O IOPS write limit'],
  ] as const) {
    if (host[field].some(({ Rate }) => Rate < 0)) throw invalid(`invalid rate in ${field}`);
    discard(host[field].length > 0, features.blkioThrottle, { [field]: [] }, words(what, verdict));
  }
}

function invalid(message: string): EngineError {
  return new EngineError('invalid', message);
}
