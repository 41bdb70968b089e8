import { describe, expect, it } from 'vitest';
import { v1Files, v2Files } from '../../../runtime/engine/containers/cgroup-files.ts';
import { changedFiles, updatedHost } from '../../../runtime/engine/containers/limit-update.ts';
import { resourceLimits } from '../../../runtime/engine/containers/resource-limits.ts';
import { containerUpdateBody, hostConfig, type ContainerUpdateBody } from '../../../runtime/engine/types.ts';

/** The files that an update of a container writes. */
function written(version: 1 | 2, host: object, update: Partial<ContainerUpdateBody>): string[] {
  const before = hostConfig.parse(host);
  const after = updatedHost('id', before, containerUpdateBody.parse(update));
  const files = (config: typeof before) =>
    (version === 1 ? v1Files : v2Files)(resourceLimits(config), true).map(
      ({ file, value }) => [file, value] as const,
    );
  return changedFiles(files(before), files(after)).map(([file, value]) => `${file}=${value}`);
}

describe('an update writes', () => {
  it.each([
    [
      'more memory: that with swap first',
      { Memory: 100, MemorySwap: 200 },
      { Memory: 300, MemorySwap: 400 },
      ['memory.memsw.limit_in_bytes=400', 'memory.limit_in_bytes=300'],
    ],
    [
      'less memory: that with swap last',
      { Memory: 300, MemorySwap: 400 },
      { Memory: 100, MemorySwap: 200 },
      ['memory.limit_in_bytes=100', 'memory.memsw.limit_in_bytes=200'],
    ],
    [
      'a first limit after none',
      {},
      { Memory: 100, MemorySwap: 200 },
      ['memory.limit_in_bytes=100', 'memory.memsw.limit_in_bytes=200'],
    ],
    [
      'swap without an end',
      { Memory: 100, MemorySwap: 200 },
      { MemorySwap: -1 },
      ['memory.memsw.limit_in_bytes=-1'],
    ],
    ['no limit of processes any more', { PidsLimit: 5 }, { PidsLimit: -1 }, ['pids.max=max']],
    ['no quota any more', { CpuQuota: 5000 }, { CpuQuota: -1 }, ['cpu.cfs_quota_us=-1']],
    [
      'only what differs',
      { CpuShares: 512, PidsLimit: 5 },
      { CpuShares: 512, BlkioWeight: 20 },
      ['blkio.bfq.weight=20'],
    ],
  ])('on v1: %s', (_, host, update, files) => {
    expect(written(1, host, update)).toEqual(files);
  });

  it.each([
    [{ Memory: 100, MemorySwap: 200 }, { Memory: 300, MemorySwap: 400 }, ['memory.max=300']],
    [{ Memory: 100, MemorySwap: 200 }, { Memory: 150 }, ['memory.max=150', 'memory.swap.max=50']],
    [{ PidsLimit: 5 }, { PidsLimit: 0 }, ['pids.max=max']],
    [{ NanoCpus: 5e8 }, { NanoCpus: 1e9 }, ['cpu.max=100000 100000']],
    [{ CpuQuota: 5000 }, { CpuQuota: -1 }, ['cpu.max=max 100000']],
    [{}, { CpusetCpus: '0-1', CpuShares: 1024 }, ['cpu.weight=39', 'cpuset.cpus=0-1']],
  ])('on v2: %j changed by %j', (host, update, files) => {
    expect(written(2, host, update)).toEqual(files);
  });
});
