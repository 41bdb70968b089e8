// What limits mean in cgroup files: `limits -> [(controller, file, value)]`, one table for v1 and one for v2, and
// where the controllers are mounted. Pure; the files are written by berth-spawn before the process joins.
import path from 'node:path';
import type { CgroupPlace } from '../helper/spawn-requests.ts';
import { deviceProgram } from './device-program.ts';

/** Where a machine's cgroup controllers are. v1 and v2 may be mounted side by side; a controller is in one of them. */
export interface CgroupLayout {
  /** v1 controllers to their mount points. */
  readonly v1: ReadonlyMap<string, string>;
  /** Mount point of a v2 hierarchy that has controllers. */
  readonly v2: string | undefined;
  /** Whether swap is accounted, so that it can be limited. */
  readonly swap: boolean;
}

/** Limits of a container; absent is unlimited. */
export interface ResourceLimits {
  readonly memoryBytes?: number;
  readonly memoryReservationBytes?: number;
  /** Memory and swap together; -1 is unlimited swap. */
  readonly memorySwapBytes?: number;
  readonly memorySwappiness?: number;
  readonly kernelMemoryTcpBytes?: number;
  readonly oomKillDisable?: boolean;
  readonly pids?: number;
  readonly cpuShares?: number;
  readonly cpuPeriodUs?: number;
  readonly cpuQuotaUs?: number;
  readonly cpuRealtimePeriodUs?: number;
  readonly cpuRealtimeRuntimeUs?: number;
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  /** 10 to 1000. */
  readonly blkioWeight?: number;
  readonly blkioWeightDevices?: readonly DiskLimit[];
  readonly blkioReadBps?: readonly DiskLimit[];
  readonly blkioWriteBps?: readonly DiskLimit[];
  readonly blkioReadIops?: readonly DiskLimit[];
  readonly blkioWriteIops?: readonly DiskLimit[];
  /** Device rules, `c 1:3 rwm`; undefined allows every device. */
  readonly devices?: readonly string[];
}

/** A limit for one disk. */
export interface DiskLimit {
  /** `major:minor`. */
  readonly disk: string;
  readonly value: number;
}

/** One file to write. */
export interface CgroupFile {
  readonly controller: string;
  readonly file: string;
  readonly value: string;
}

/** v1 hierarchies a container is always put into: they tell what it uses, limit devices, and pause it. */
const alwaysV1 = ['memory', 'cpu', 'cpuacct', 'pids', 'devices', 'freezer', 'blkio'];
const knownV1 = new Set([...alwaysV1, 'cpuset']);

/** Finds the controllers in the text of /proc/self/mountinfo; `v2Controllers` is the text of the v2 root's cgroup.controllers. */
export function cgroupLayout(
  mountinfo: string,
  v2Controllers: (mountPoint: string) => string,
  exists: (file: string) => boolean,
): CgroupLayout {
  const v1 = new Map<string, string>();
  let v2: string | undefined;
  for (const line of mountinfo.split('\n')) {
    // mountinfo: id parent dev root mountpoint options optional... - fstype source superoptions (proc(5))
    const [before, after] = line.split(' - ');
    const mountPoint = before?.split(' ')[4]?.replaceAll('\\040', ' ');
    const [type, , options] = after?.split(' ') ?? [];
    if (mountPoint === undefined || type === undefined) continue;
    if (type === 'cgroup2') {
      if (v2 === undefined && v2Controllers(mountPoint).trim() !== '') v2 = mountPoint;
    } else if (type === 'cgroup') {
      for (const option of options?.split(',') ?? []) {
        if (knownV1.has(option) && !v1.has(option)) v1.set(option, mountPoint);
      }
    }
  }
  const memory = v1.get('memory');
  const swap =
    memory === undefined ? v2 !== undefined : exists(path.join(memory, 'memory.memsw.limit_in_bytes'));
  return { v1, v2, swap };
}

/** The files of cgroup v1, in the order they must be written. */
export function v1Files(limits: ResourceLimits, swap: boolean): CgroupFile[] {
  const files: CgroupFile[] = [];
  const add = (controller: string, file: string, value: string | number | undefined): void => {
    if (value !== undefined && value !== '') files.push({ controller, file, value: String(value) });
  };
  // Memory before memory and swap: the second may never be below the first.
  add('memory', 'memory.limit_in_bytes', limits.memoryBytes);
  add('memory', 'memory.soft_limit_in_bytes', limits.memoryReservationBytes);
  if (swap) add('memory', 'memory.memsw.limit_in_bytes', limits.memorySwapBytes);
  add('memory', 'memory.swappiness', limits.memorySwappiness);
  add('memory', 'memory.kmem.tcp.limit_in_bytes', limits.kernelMemoryTcpBytes);
  if (limits.oomKillDisable === true) add('memory', 'memory.oom_control', 1);
  add('pids', 'pids.max', limits.pids);
  add('cpu', 'cpu.shares', limits.cpuShares);
  // The period first: the runtime may not be longer.
  add('cpu', 'cpu.rt_period_us', limits.cpuRealtimePeriodUs);
  add('cpu', 'cpu.rt_runtime_us', limits.cpuRealtimeRuntimeUs);
  add('cpu', 'cpu.cfs_period_us', limits.cpuPeriodUs);
  add('cpu', 'cpu.cfs_quota_us', limits.cpuQuotaUs);
  add('cpuset', 'cpuset.cpus', limits.cpusetCpus);
  add('cpuset', 'cpuset.mems', limits.cpusetMems);
  add('blkio', 'blkio.bfq.weight', limits.blkioWeight);
  const addDisks = (file: string, disks: readonly DiskLimit[] = []): void => {
    for (const { disk, value } of disks) add('blkio', file, `${disk} ${String(value)}`);
  };
  addDisks('blkio.bfq.weight_device', limits.blkioWeightDevices);
  addDisks('blkio.throttle.read_bps_device', limits.blkioReadBps);
  addDisks('blkio.throttle.write_bps_device', limits.blkioWriteBps);
  addDisks('blkio.throttle.read_iops_device', limits.blkioReadIops);
  addDisks('blkio.throttle.write_iops_device', limits.blkioWriteIops);
  if (limits.devices !== undefined) {
    add('devices', 'devices.deny', 'a');
    for (const rule of limits.devices) add('devices', 'devices.allow', rule);
  }
  return files;
}

/** The files of cgroup v2. Device rules are a program there, not files. */
export function v2Files(limits: ResourceLimits, swap: boolean): CgroupFile[] {
  const files: CgroupFile[] = [];
  const add = (controller: string, file: string, value: string | number | undefined): void => {
    if (value !== undefined && value !== '') files.push({ controller, file, value: String(value) });
  };
  add('memory', 'memory.max', limits.memoryBytes);
  add('memory', 'memory.low', limits.memoryReservationBytes);
  if (swap && limits.memorySwapBytes !== undefined) {
    const unlimited = limits.memorySwapBytes === -1;
    add('memory', 'memory.swap.max', unlimited ? 'max' : limits.memorySwapBytes - (limits.memoryBytes ?? 0));
  }
  add('pids', 'pids.max', limits.pids);
  if (limits.cpuShares !== undefined) {
    // Kernel range 2..262144 to 1..10000, as runc does it.
    const shares = Math.min(Math.max(limits.cpuShares, 2), 262_144);
    add('cpu', 'cpu.weight', 1 + Math.floor(((shares - 2) * 9999) / 262_142));
  }
  if (limits.cpuQuotaUs !== undefined || limits.cpuPeriodUs !== undefined) {
    const quota = limits.cpuQuotaUs === undefined || limits.cpuQuotaUs < 0 ? 'max' : limits.cpuQuotaUs;
    add('cpu', 'cpu.max', `${String(quota)} ${String(limits.cpuPeriodUs ?? 100_000)}`);
  }
  add('cpuset', 'cpuset.cpus', limits.cpusetCpus);
  add('cpuset', 'cpuset.mems', limits.cpusetMems);
  // Docker's 10..1000 to 1..10000, as runc does it.
  const ioWeight = (weight: number): string => String(1 + Math.floor(((weight - 10) * 9999) / 990));
  if (limits.blkioWeight !== undefined) add('io', 'io.weight', ioWeight(limits.blkioWeight));
  for (const { disk, value } of limits.blkioWeightDevices ?? []) {
    add('io', 'io.weight', `${disk} ${ioWeight(value)}`);
  }
  for (const [word, disks] of [
    ['rbps', limits.blkioReadBps],
    ['wbps', limits.blkioWriteBps],
    ['riops', limits.blkioReadIops],
    ['wiops', limits.blkioWriteIops],
  ] as const) {
    for (const { disk, value } of disks ?? []) add('io', 'io.max', `${disk} ${word}=${String(value)}`);
  }
  return files;
}

const v1NameOf = (controller: string): string => (controller === 'io' ? 'blkio' : controller);

/** The cgroups of a container: `parent` is below each hierarchy's root, `/berth`. A controller that is missing is left out. */
export function containerCgroups(
  layout: CgroupLayout,
  parent: string,
  id: string,
  limits: ResourceLimits,
): CgroupPlace[] {
  const places: CgroupPlace[] = [];
  const wanted = v1Files(limits, layout.swap);
  const byMount = new Map<string, (readonly [string, string])[]>();
  for (const controller of new Set([...alwaysV1, ...wanted.map((file) => file.controller)])) {
    const mountPoint = layout.v1.get(controller);
    if (mountPoint === undefined) continue;
    const files = byMount.get(mountPoint) ?? [];
    for (const file of wanted) if (file.controller === controller) files.push([file.file, file.value]);
    byMount.set(mountPoint, files);
  }
  for (const [mountPoint, files] of byMount) {
    places.push({ path: path.join(mountPoint, parent, id), version: 1, files });
  }
  if (layout.v2 !== undefined) {
    const files = v2Files(limits, layout.swap)
      .filter((file) => !layout.v1.has(v1NameOf(file.controller)))
      .map((file) => [file.file, file.value] as const);
    places.push({
      path: path.join(layout.v2, parent, id),
      version: 2,
      files,
      ...(limits.devices !== undefined && !layout.v1.has('devices')
        ? { deviceProgram: deviceProgram(limits.devices).toString('hex') }
        : {}),
    });
  }
  return places;
}
