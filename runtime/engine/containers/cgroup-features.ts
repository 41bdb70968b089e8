// What this machine's cgroups can enforce: asked once, told by /info, and the reason for a warning where a container
// wants more. The truth is in the files, not in the kernel's version.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { CgroupLayout } from './cgroup-files.ts';

/** Limits that can be set. */
export interface CgroupFeatures {
  /** The version that holds the controllers. */
  readonly version: '1' | '2';
  readonly memory: boolean;
  readonly swap: boolean;
  readonly memoryReservation: boolean;
  readonly memorySwappiness: boolean;
  readonly kernelMemoryTcp: boolean;
  readonly oomKillDisable: boolean;
  readonly pids: boolean;
  readonly cpuShares: boolean;
  readonly cpuCfs: boolean;
  readonly cpuRealtime: boolean;
  readonly cpuset: boolean;
  /** Lists of numbers, `0-3,8`; empty where there is no cpuset. */
  readonly cpus: string;
  readonly mems: string;
  readonly blkioWeight: boolean;
  readonly blkioThrottle: boolean;
  readonly devices: boolean;
}

/** How files are looked at. */
export interface FileView {
  exists(file: string): boolean;
  /** Its text without blanks around it; empty when there is none. */
  read(file: string): string;
  list(folder: string): readonly string[];
}

/** The real files. */
export const realFiles: FileView = {
  exists: existsSync,
  read: (file) => {
    try {
      return readFileSync(file, 'utf8').trim();
    } catch {
      return '';
    }
  },
  list: (folder) => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  },
};

/** Looks at the controllers; `parent` is a cgroup below each root, since the roots lack some files. */
export function readCgroupFeatures(layout: CgroupLayout, parent: string, files: FileView): CgroupFeatures {
  const { v1, v2 } = layout;
  const onV2 = new Set(v2 === undefined ? [] : files.read(path.join(v2, 'cgroup.controllers')).split(' '));
  /** A file of a v1 controller, or a v2 controller of that name. */
  const has = (controller: string, v1File: string, v2Name = controller): boolean => {
    const mountPoint = v1.get(controller);
    return mountPoint === undefined
      ? onV2.has(v2Name)
      : files.exists(path.join(mountPoint, v1File)) || files.exists(path.join(mountPoint, parent, v1File));
  };
  const onlyV1 = (controller: string, file: string): boolean => v1.has(controller) && has(controller, file);
  const cpuset = v1.get('cpuset');
  const cpusetFile = (name: string): string =>
    cpuset !== undefined
      ? files.read(path.join(cpuset, `cpuset.${name}`))
      : v2 === undefined
        ? ''
        : files.read(path.join(v2, `cpuset.${name}.effective`));
  return {
    version: v1.size > 0 ? '1' : '2',
    memory: has('memory', 'memory.limit_in_bytes'),
    swap: layout.swap && has('memory', 'memory.limit_in_bytes'),
    memoryReservation: has('memory', 'memory.soft_limit_in_bytes'),
    memorySwappiness: onlyV1('memory', 'memory.swappiness'),
    kernelMemoryTcp: onlyV1('memory', 'memory.kmem.tcp.limit_in_bytes'),
    oomKillDisable: onlyV1('memory', 'memory.oom_control'),
    pids: has('pids', 'pids.max'),
    cpuShares: has('cpu', 'cpu.shares'),
    cpuCfs: has('cpu', 'cpu.cfs_quota_us'),
    cpuRealtime: onlyV1('cpu', 'cpu.rt_runtime_us'),
    cpuset: has('cpuset', 'cpuset.cpus'),
    cpus: cpusetFile('cpus'),
    mems: cpusetFile('mems'),
    blkioWeight: v1.has('blkio')
      ? // The file is there in any case; only a scheduler that some disk uses heeds it.
        has('blkio', 'blkio.bfq.weight') && usesBfq(files)
      : v2 !== undefined && onV2.has('io') && files.exists(path.join(v2, parent, 'io.weight')),
    blkioThrottle: has('blkio', 'blkio.throttle.read_bps_device', 'io'),
    devices: v1.has('devices') || v2 !== undefined,
  };
}

function usesBfq(files: FileView): boolean {
  return files
    .list('/sys/block')
    .some((disk) => files.read(`/sys/block/${disk}/queue/scheduler`).includes('[bfq]'));
}
