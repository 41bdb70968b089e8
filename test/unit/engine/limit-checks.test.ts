// Limits that make no sense are refused, those that the machine cannot keep are taken back; the words are dockerd's.
import { describe, expect, it } from 'vitest';
import {
  readCgroupFeatures,
  type CgroupFeatures,
} from '../../../runtime/engine/containers/cgroup-features.ts';
import { checkLimits } from '../../../runtime/engine/containers/limit-checks.ts';
import { parseNumberList } from '../../../runtime/engine/containers/number-list.ts';
import { parseHardLimits, processWarnings } from '../../../runtime/engine/containers/process-limits.ts';
import { kernelWarnings } from '../../../runtime/engine/system/system-service.ts';
import { hostConfig } from '../../../runtime/engine/types.ts';

const able: CgroupFeatures = {
  version: '1',
  memory: true,
  swap: true,
  memoryReservation: true,
  memorySwappiness: true,
  kernelMemoryTcp: true,
  oomKillDisable: true,
  pids: true,
  cpuShares: true,
  cpuCfs: true,
  cpuRealtime: true,
  cpuset: true,
  cpus: '0-3',
  mems: '0',
  blkioWeight: true,
  blkioThrottle: true,
  devices: true,
};
const unable: CgroupFeatures = {
  ...able,
  memory: false,
  swap: false,
  memoryReservation: false,
  memorySwappiness: false,
  kernelMemoryTcp: false,
  oomKillDisable: false,
  pids: false,
  cpuShares: false,
  cpuCfs: false,
  cpuRealtime: false,
  cpuset: false,
  cpus: '',
  mems: '',
  blkioWeight: false,
  blkioThrottle: false,
  devices: false,
};
const check = (host: object, features = able) =>
  checkLimits(hostConfig.parse(host), { features, cpuCount: 4 });
const mb = 1024 * 1024;

describe('a limit is refused', () => {
  it.each([
    [{ Memory: 4096 }, 'Minimum memory limit allowed is 6MB'],
    [
      { Memory: 64 * mb, MemorySwap: 1000 },
      'Minimum memoryswap limit should be larger than memory limit, see usage',
    ],
    [
      { MemorySwap: 64 * mb },
      'You should always set the Memory limit when using Memoryswap limit, see usage',
    ],
    [{ MemorySwappiness: 101 }, 'Invalid value: 101, valid memory swappiness range is 0-100'],
    [{ MemoryReservation: 1000 }, 'Minimum memory reservation allowed is 6MB'],
    [
      { Memory: 64 * mb, MemoryReservation: 65 * mb },
      'Minimum memory limit can not be less than memory reservation limit, see usage',
    ],
    [{ KernelMemory: 1000 }, 'Minimum kernel memory limit allowed is 6MB'],
    [
      { NanoCpus: 5e8, CpuPeriod: 100_000 },
      'Conflicting options: Nano CPUs and CPU Period cannot both be set',
    ],
    [{ NanoCpus: 5e8, CpuQuota: 100_000 }, 'Conflicting options: Nano CPUs and CPU Quota cannot both be set'],
    [{ NanoCpus: 5e9 }, 'Range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available'],
    [{ NanoCpus: -1 }, 'Range of CPUs is from 0.01 to 4.00, as there are only 4 CPUs available'],
    [{ CpuShares: -1 }, 'shares: invalid argument'],
    [
      { CpuPeriod: 1 },
      'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)',
    ],
    [{ CpuQuota: 1 }, 'CPU cfs quota can not be less than 1ms (i.e. 1000)'],
    [
      { CpuRealtimePeriod: 1000, CpuRealtimeRuntime: 2000 },
      'cpu real-time runtime cannot be higher than cpu real-time period',
    ],
    [{ CpusetCpus: 'a' }, 'Invalid value a for cpuset cpus: invalid format: a'],
    [{ CpusetCpus: '0-7' }, 'Requested CPUs are not available - requested 0-7, available: 0-3'],
    [{ CpusetMems: '1' }, 'Requested memory nodes are not available - requested 1, available: 0'],
    [{ BlkioWeight: 5 }, 'Range of blkio weight is from 10 to 1000'],
    [{ IOMaximumIOps: 1 }, 'Invalid QoS settings: linux does not support configuration of maximum IOPs'],
  ])('%j', (host, message) => {
    expect(() => check(host)).toThrow(message);
  });

  it('where the kernel has no real-time groups', () => {
    expect(() => check({ CpuRealtimePeriod: 1 }, unable)).toThrow(
      'Your kernel does not support cgroup cpu real-time period',
    );
  });
});

describe('a limit that cannot be kept is taken back with a warning', () => {
  it.each([
    [{ Memory: 64 * mb }, { Memory: 0, MemorySwap: -1 }, 'memory limit capabilities'],
    [{ MemorySwappiness: 5 }, { MemorySwappiness: null }, 'memory swappiness capabilities'],
    [{ MemoryReservation: 64 * mb }, { MemoryReservation: 0 }, 'memory soft limit capabilities'],
    [{ KernelMemoryTCP: 64 * mb }, { KernelMemoryTCP: 0 }, 'kernel memory TCP limit capabilities'],
    [{ OomKillDisable: true }, { OomKillDisable: null }, 'OomKillDisable'],
    [{ PidsLimit: 5 }, { PidsLimit: null }, 'PIDs limit capabilities'],
    [{ CpuShares: 5 }, { CpuShares: 0 }, 'CPU shares'],
    [{ CpuQuota: 5000 }, { CpuQuota: 0 }, 'CPU CFS scheduler'],
    [{ CpusetCpus: '0' }, { CpusetCpus: '' }, 'cpuset'],
    [{ BlkioWeight: 5 }, { BlkioWeight: 0 }, 'Block I/O weight'],
    [
      { BlkioWeightDevice: [{ Path: '/dev/x', Weight: 5 }] },
      { BlkioWeightDevice: [] },
      'Block I/O weight_device',
    ],
    [
      { BlkioDeviceReadBps: [{ Path: '/dev/x', Rate: 5 }] },
      { BlkioDeviceReadBps: [] },
      'BPS Block I/O read limit',
    ],
    [
      { BlkioDeviceWriteIOps: [{ Path: '/dev/x', Rate: 5 }] },
      { BlkioDeviceWriteIOps: [] },
      'IOPS Block write limit',
    ],
  ])('%j', (wanted, held, words) => {
    const { host, warnings } = check(wanted, unable);
    expect(host).toMatchObject(held);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`Your kernel does not support ${words}`);
    expect(warnings[0]).toMatch(/discarded\.$/);
  });

  it('but not when it can be kept, and never one that nobody asked for', () => {
    const all = { Memory: 64 * mb, MemorySwappiness: 5, CpuShares: 5, PidsLimit: 5, BlkioWeight: 50 };
    expect(check(all)).toMatchObject({ host: all, warnings: [] });
    expect(check({}, unable).warnings).toEqual([]);
    expect(check({ MemorySwappiness: -1, PidsLimit: 0, OomKillDisable: false }, unable).warnings).toEqual([]);
  });

  it('and a container that the OOM killer must not touch needs a limit', () => {
    expect(check({ OomKillDisable: true }).warnings).toEqual([
      'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
    ]);
  });
});

it('reads lists of numbers as the kernel writes them', () => {
  expect([...(parseNumberList('0-2,5') ?? [])]).toEqual([0, 1, 2, 5]);
  expect(parseNumberList('')?.size).toBe(0);
  for (const wrong of ['a', '1-', '3-1', '-1', '0-999999', '1,,2']) {
    expect(parseNumberList(wrong)).toBeUndefined();
  }
});

describe('the features of cgroups', () => {
  const view = (files: Readonly<Record<string, string>>) => ({
    exists: (file: string) => file in files,
    read: (file: string) => files[file] ?? '',
    list: () => ['vda'],
  });

  it('are the files of v1', () => {
    const layout = {
      v1: new Map(['memory', 'cpu', 'blkio'].map((name) => [name, `/cg/${name}`])),
      swap: true,
    };
    const files = {
      '/cg/memory/memory.limit_in_bytes': '',
      '/cg/memory/memory.oom_control': '',
      '/cg/cpu/cpu.cfs_quota_us': '',
      '/cg/blkio/own/blkio.bfq.weight': '',
      '/sys/block/vda/queue/scheduler': '[none] bfq',
    };
    const features = readCgroupFeatures({ ...layout, v2: undefined }, '/own', view(files));
    expect(features).toMatchObject({
      version: '1',
      memory: true,
      swap: true,
      oomKillDisable: true,
      cpuCfs: true,
      cpuShares: false,
      pids: false,
      cpuset: false,
      blkioWeight: false,
      devices: false,
    });
    const bfq = { ...files, '/sys/block/vda/queue/scheduler': 'none [bfq]' };
    expect(readCgroupFeatures({ ...layout, v2: undefined }, '/own', view(bfq)).blkioWeight).toBe(true);
    expect(kernelWarnings({ forwardsIpv4: false }, features)).toEqual([
      'WARNING: No kernel memory TCP limit support',
      'WARNING: No cpu shares support',
      'WARNING: No cpuset support',
      'WARNING: No pids limit support',
      'WARNING: No blkio throttle.read_bps_device support',
      'WARNING: No blkio throttle.write_bps_device support',
      'WARNING: No blkio throttle.read_iops_device support',
      'WARNING: No blkio throttle.write_iops_device support',
      'WARNING: No device access control support',
      'WARNING: IPv4 forwarding is disabled',
    ]);
  });

  it('are the controllers of v2', () => {
    const files = { '/cg/cgroup.controllers': 'cpu io memory', '/cg/cpuset.cpus.effective': '0-1' };
    const features = readCgroupFeatures({ v1: new Map(), v2: '/cg', swap: true }, '/own', view(files));
    expect(features).toMatchObject({
      version: '2',
      memory: true,
      memoryReservation: true,
      memorySwappiness: false,
      oomKillDisable: false,
      cpuShares: true,
      pids: false,
      blkioThrottle: true,
      blkioWeight: false,
      cpus: '0-1',
      devices: true,
    });
    expect(kernelWarnings({ forwardsIpv4: true }, features)).toEqual([
      'WARNING: No cpuset support',
      'WARNING: No pids limit support',
      'WARNING: No io.weight support',
      'WARNING: No io.weight (per device) support',
    ]);
  });
});

describe('limits of processes', () => {
  const hardLimits = parseHardLimits(
    'Limit                     Soft Limit           Hard Limit           Units     \n' +
      'Max processes             96364                96364                processes \n' +
      'Max open files            1024                 20000                files     \n' +
      'Max core file size        0                    unlimited            bytes     \n',
  );
  const ownProcess = { mayRaise: false, hardLimits, oomScoreAdj: 0 };
  const warn = (host: object, own = ownProcess) =>
    processWarnings(hostConfig.parse(host), { ownProcess: own });

  it('above our own are clamped, and that is said', () => {
    expect(warn({ Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 20001 }], OomScoreAdj: -1 })).toEqual([
      'The engine may not raise limits (it lacks CAP_SYS_RESOURCE): the hard limit of ulimit nofile is 20000.',
      'The engine may not lower OOM scores (it lacks CAP_SYS_RESOURCE): the OOM score adjustment is 0.',
    ]);
    expect(warn({ Ulimits: [{ Name: 'nproc', Soft: -1, Hard: -1 }] })).toHaveLength(1);
  });

  it('within them need no word, and none where they may be raised', () => {
    expect(
      warn({
        Ulimits: [
          { Name: 'nofile', Soft: 1, Hard: 20000 },
          { Name: 'core', Soft: -1, Hard: -1 },
        ],
        OomScoreAdj: 5,
      }),
    ).toEqual([]);
    const more = { ...ownProcess, mayRaise: true };
    expect(warn({ Ulimits: [{ Name: 'nofile', Soft: 1, Hard: 20001 }], OomScoreAdj: -5 }, more)).toEqual([]);
  });
});
