// Limits as files of both versions of cgroups, and where the controllers are.
import { describe, expect, it } from 'vitest';
import {
  cgroupLayout,
  containerCgroups,
  v1Files,
  v2Files,
} from '../../../runtime/engine/containers/cgroup-files.ts';
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
