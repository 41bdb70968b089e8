// Limits as files of both versions of cgroups, and where the controllers are.
import { describe, expect, it } from 'vitest';
import {
  cgroupLayout,
  containerCgroups,
  v1Files,
  v2Files,
} from '../../../runtime/engine/containers/cgroup-files.ts';
import { deviceProgram } from '../../../runtime/engine/containers/device-program.ts';
import { resourceLimits } from '../../../runtime/engine/containers/resource-limits.ts';
import { hostConfig } from '../../../runtime/engine/types.ts';

const hybrid = [
  '31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755',
  '32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct',
  '35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory',
  '40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd',
  '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw',
].join('\n');
const unified = '30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate';

const limits = resourceLimits(
  hostConfig.parse({
    Memory: 64 << 20,
    MemorySwap: 128 << 20,
    MemoryReservation: 32 << 20,
    NanoCpus: 5e8,
    CpuShares: 1024,
    PidsLimit: 20,
    CpusetCpus: '0-1',
    Privileged: true,
  }),
);

describe('the layout', () => {
  it('of a hybrid machine has v1 controllers and no empty v2 hierarchy', () => {
    const layout = cgroupLayout(
      hybrid,
      () => '',
      () => true,
    );
    expect([...layout.v1]).toEqual([
      ['cpu', '/sys/fs/cgroup/cpu,cpuacct'],
      ['cpuacct', '/sys/fs/cgroup/cpu,cpuacct'],
      ['memory', '/sys/fs/cgroup/memory'],
    ]);
    expect(layout.v2).toBeUndefined();
    expect(layout.swap).toBe(true);
  });

  it('of a unified machine has v2 alone', () => {
    const layout = cgroupLayout(
      unified,
      () => 'cpu memory\n',
      () => false,
    );
    expect(layout.v1.size).toBe(0);
    expect(layout.v2).toBe('/sys/fs/cgroup');
  });
});

it('writes v1 files in an order the kernel takes', () => {
  expect(v1Files(limits, true).map(({ file, value }) => [file, value])).toEqual([
    ['memory.limit_in_bytes', '67108864'],
    ['memory.soft_limit_in_bytes', '33554432'],
    ['memory.memsw.limit_in_bytes', '134217728'],
    ['pids.max', '20'],
    ['cpu.shares', '1024'],
    ['cpu.cfs_period_us', '100000'],
    ['cpu.cfs_quota_us', '50000'],
    ['cpuset.cpus', '0-1'],
  ]);
});

it('leaves swap alone where it is not accounted', () => {
  expect(v1Files(limits, false).some(({ file }) => file.includes('memsw'))).toBe(false);
  expect(v2Files(limits, false).some(({ file }) => file.includes('swap'))).toBe(false);
});

it('writes v2 files', () => {
  expect(v2Files(limits, true).map(({ file, value }) => [file, value])).toEqual([
    ['memory.max', '67108864'],
    ['memory.low', '33554432'],
    ['memory.swap.max', '67108864'],
    ['pids.max', '20'],
    ['cpu.weight', '39'],
    ['cpu.max', '50000 100000'],
    ['cpuset.cpus', '0-1'],
  ]);
});

it('writes unlimited swap as max', () => {
  const unlimited = resourceLimits(hostConfig.parse({ Memory: 64 << 20, MemorySwap: -1, Privileged: true }));
  expect(v2Files(unlimited, true)).toContainEqual({
    controller: 'memory',
    file: 'memory.swap.max',
    value: 'max',
  });
  expect(v1Files(unlimited, true)).toContainEqual({
    controller: 'memory',
    file: 'memory.memsw.limit_in_bytes',
    value: '-1',
  });
});

it('denies all devices but the default ones, unless privileged', () => {
  const files = v1Files(resourceLimits(hostConfig.parse({})), true);
  expect(files[0]).toEqual({ controller: 'devices', file: 'devices.deny', value: 'a' });
  expect(files).toContainEqual({ controller: 'devices', file: 'devices.allow', value: 'c 1:3 rwm' });
  expect(v1Files(resourceLimits(hostConfig.parse({ Privileged: true })), true)).toEqual([]);
});

it('puts a container into one cgroup per hierarchy', () => {
  const layout = cgroupLayout(
    hybrid,
    () => '',
    () => true,
  );
  expect(containerCgroups(layout, '/berth', 'id', { memoryBytes: 1, pids: 2 })).toEqual([
    { path: '/sys/fs/cgroup/memory/berth/id', version: 1, files: [['memory.limit_in_bytes', '1']] },
    { path: '/sys/fs/cgroup/cpu,cpuacct/berth/id', version: 1, files: [] },
  ]);
  const v2 = cgroupLayout(
    unified,
    () => 'memory',
    () => false,
  );
  expect(containerCgroups(v2, '/berth', 'id', { memoryBytes: 1 })).toEqual([
    { path: '/sys/fs/cgroup/berth/id', version: 2, files: [['memory.max', '1']] },
  ]);
});

const everyLimit = resourceLimits(
  hostConfig.parse({
    Memory: 64 << 20,
    MemorySwap: 128 << 20,
    MemoryReservation: 32 << 20,
    MemorySwappiness: 10,
    KernelMemoryTCP: 16 << 20,
    OomKillDisable: true,
    PidsLimit: 20,
    CpuShares: 1024,
    CpuPeriod: 50_000,
    CpuQuota: 25_000,
    CpuRealtimePeriod: 1_000_000,
    CpuRealtimeRuntime: 400_000,
    CpusetCpus: '0',
    CpusetMems: '0',
    BlkioWeight: 500,
    BlkioWeightDevice: [{ Path: '/dev/sda', Weight: 1000 }],
    BlkioDeviceReadBps: [{ Path: '/dev/sda', Rate: 1000 }],
    BlkioDeviceWriteBps: [
      { Path: '/dev/sda', Rate: 2000 },
      { Path: '/dev/sdb', Rate: 3000 },
    ],
    BlkioDeviceReadIOps: [{ Path: '/dev/sda', Rate: 10 }],
    BlkioDeviceWriteIOps: [{ Path: '/dev/sdb', Rate: 20 }],
  }),
  {
    disks: new Map([
      ['/dev/sda', '8:0'],
      ['/dev/sdb', '8:16'],
    ]),
    rules: ['c 10:229 rw'],
  },
);

it('writes every limit that v1 has', () => {
  expect(v1Files(everyLimit, true).map(({ file, value }) => `${file} ${value}`)).toEqual([
    'memory.limit_in_bytes 67108864',
    'memory.soft_limit_in_bytes 33554432',
    'memory.memsw.limit_in_bytes 134217728',
    'memory.swappiness 10',
    'memory.kmem.tcp.limit_in_bytes 16777216',
    'memory.oom_control 1',
    'pids.max 20',
    'cpu.shares 1024',
    'cpu.rt_period_us 1000000',
    'cpu.rt_runtime_us 400000',
    'cpu.cfs_period_us 50000',
    'cpu.cfs_quota_us 25000',
    'cpuset.cpus 0',
    'cpuset.mems 0',
    'blkio.bfq.weight 500',
    'blkio.bfq.weight_device 8:0 1000',
    'blkio.throttle.read_bps_device 8:0 1000',
    'blkio.throttle.write_bps_device 8:0 2000',
    'blkio.throttle.write_bps_device 8:16 3000',
    'blkio.throttle.read_iops_device 8:0 10',
    'blkio.throttle.write_iops_device 8:16 20',
    'devices.deny a',
    'devices.allow c 10:229 rw',
  ]);
});

it('writes every limit that v2 has', () => {
  expect(v2Files(everyLimit, true).map(({ file, value }) => `${file} ${value}`)).toEqual([
    'memory.max 67108864',
    'memory.low 33554432',
    'memory.swap.max 67108864',
    'pids.max 20',
    'cpu.weight 39',
    'cpu.max 25000 50000',
    'cpuset.cpus 0',
    'cpuset.mems 0',
    'io.weight 4950',
    'io.weight 8:0 10000',
    'io.max 8:0 rbps=1000',
    'io.max 8:0 wbps=2000',
    'io.max 8:16 wbps=3000',
    'io.max 8:0 riops=10',
    'io.max 8:16 wiops=20',
  ]);
});

it('gives a cgroup of v2 a program for its devices, unless v1 has the controller', () => {
  const program = deviceProgram(['c 10:229 rw']).toString('hex');
  const v2 = cgroupLayout(
    unified,
    () => 'memory io',
    () => false,
  );
  expect(containerCgroups(v2, '/berth', 'id', { devices: ['c 10:229 rw'] })).toEqual([
    { path: '/sys/fs/cgroup/berth/id', version: 2, files: [], deviceProgram: program },
  ]);
  expect(containerCgroups(v2, '/berth', 'id', {})[0]).not.toHaveProperty('deviceProgram');
  const mixed = cgroupLayout(
    `${unified}\n33 23 0:30 / /cg/devices rw - cgroup cgroup rw,devices`,
    () => 'memory',
    () => false,
  );
  expect(containerCgroups(mixed, '/berth', 'id', { devices: [] })).toEqual([
    { path: '/cg/devices/berth/id', version: 1, files: [['devices.deny', 'a']] },
    { path: '/sys/fs/cgroup/berth/id', version: 2, files: [] },
  ]);
});
