// What containers and the machine use: counters from the kernel's files, and one sampler for all who listen.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Container } from '../../../runtime/engine/containers/container.ts';
import {
  cpuPercent,
  machineMemory,
  machineTicks,
  usageCounters,
} from '../../../runtime/engine/containers/usage-counters.ts';
import { UsageSampler } from '../../../runtime/engine/containers/usage-sampler.ts';
import type { UsageReport } from '../../../runtime/engine/services.ts';
import { testContainer } from './test-container.ts';

const network = 'Inter-|\n face |\n    lo: 9 9 9 9 9 9 9 9 9 9\n  eth0: 100 2 3 4 5 6 7 8 200 12 13 14\n';

describe('counters', () => {
  it('are read from files of version 1', () => {
    expect(
      usageCounters({
        cpu: '5000\n',
        memory: '10000\n',
        memoryStat: 'cache 1\ninactive_file 5\nhierarchical_memory_limit 9\ntotal_inactive_file 4000\n',
        pids: '3\n',
        blkio: '8:0 Read 10\n8:0 Write 20\n8:0 Sync 30\n8:16 Read 1\nTotal 60\n',
        network,
      }),
    ).toEqual({
      cpuNanoseconds: 5000,
      memoryBytes: 6000,
      receivedBytes: 100,
      sentBytes: 200,
      readBytes: 11,
      writtenBytes: 20,
      pids: 3,
    });
  });

  it('are read from files of version 2', () => {
    expect(
      usageCounters({
        cpu: 'usage_usec 7\nuser_usec 4\n',
        memory: '10000\n',
        memoryStat: 'inactive_file 4000\n',
        pids: '3\n',
        blkio: '8:0 rbytes=10 wbytes=20 rios=1\n',
        network: '',
      }),
    ).toMatchObject({
      cpuNanoseconds: 7000,
      memoryBytes: 6000,
      readBytes: 10,
      writtenBytes: 20,
      sentBytes: 0,
    });
  });

  it('are nothing where the kernel does not tell', () => {
    const nothing = { cpu: '5\n', memory: '', memoryStat: '', pids: '', blkio: '', network: '' };
    expect(usageCounters(nothing)).toMatchObject({
      cpuNanoseconds: 5,
      memoryBytes: 0,
      pids: 0,
      readBytes: 0,
    });
  });

  it('make percents of one processor, and nothing of counters that were set back', () => {
    expect(cpuPercent(1_500_000_000, 1000)).toBe(150);
    expect(cpuPercent(-1, 1000)).toBeNull();
    expect(cpuPercent(1, 0)).toBeNull();
  });

  it('of the machine leave out who waits and count no guest twice', () => {
    expect(machineTicks('cpu  1 2 3 40 50 6 7 8 100 200\ncpu0 1 1 1 1\n')).toEqual({ busy: 27, all: 117 });
    expect(machineMemory('MemTotal:  100 kB\nMemFree: 10 kB\nMemAvailable:  60 kB\n')).toEqual({
      memoryBytes: 40 * 1024,
      memoryTotalBytes: 100 * 1024,
    });
  });
});

describe('the sampler', () => {
  let folder: string;
  let containers: Map<string, Container>;
  let sampler: UsageSampler;
  const running = (): Container => {
    const container = testContainer('c');
    const cgroup = path.join(folder, container.id);
    mkdirSync(cgroup);
    for (const [file, text] of [
      ['cpu.stat', 'usage_usec 1000\n'],
      ['memory.current', '4096\n'],
      ['pids.current', '2\n'],
    ] as const)
      writeFileSync(path.join(cgroup, file), text);
    container.become({ status: 'running', pid: process.pid, cgroups: [{ path: cgroup, version: 2 }] });
    containers.set(container.id, container);
    return container;
  };
  const used = (container: Container, microseconds: number): void =>
    writeFileSync(path.join(folder, container.id, 'cpu.stat'), `usage_usec ${String(microseconds)}\n`);
  /** Listens and collects. */
  const listen = (ids: readonly string[]) => {
    const reports: UsageReport[] = [];
    const over = new AbortController();
    const done = sampler.listen(ids, (report) => reports.push(report), over.signal);
    return {
      reports,
      until: (count: number) =>
        vi.waitFor(() => expect(reports.length).toBeGreaterThanOrEqual(count), 20_000),
      stop: async () => {
        over.abort();
        await done;
      },
    };
  };

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'berth-usage-'));
    containers = new Map();
    sampler = new UsageSampler(containers, folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reports at once, then by what was used since, and leaves out who does not run', async () => {
    const container = running();
    const stopped = testContainer('stopped');
    containers.set(stopped.id, stopped);
    const ear = listen([stopped.id, container.id, 'nobody']);
    await ear.until(1);
    const [first] = ear.reports;
    expect(first?.machine).toMatchObject({ cpuPercent: null });
    expect(first?.machine.memoryBytes).toBeGreaterThan(0);
    expect(first?.machine.diskTotalBytes).toBeGreaterThan(first?.machine.diskUsedBytes ?? Infinity);
    expect(first?.containers).toEqual([
      expect.objectContaining({
        id: container.id,
        cpuPercent: null,
        memoryBytes: 4096,
        memoryLimitBytes: first?.machine.memoryTotalBytes,
        pids: 2,
      }),
    ]);
    used(container, 2_001_000);
    await ear.until(2);
    const percent = ear.reports[1]?.containers[0]?.cpuPercent ?? 0;
    // Two seconds of processor time in a second, or in more when the machine is busy.
    expect(percent).toBeGreaterThan(10);
    expect(percent).toBeLessThan(210);
    expect(ear.reports[1]?.machine.cpuPercent).toEqual(expect.any(Number));
    container.become({ status: 'exited', cgroups: [] });
    const seen = ear.reports.length;
    await ear.until(seen + 2);
    expect(ear.reports.at(-1)?.containers).toEqual([]);
    await ear.stop();
  });

  it('looks once for all who listen, tells each what it asked for, and stops with the last', async () => {
    const [a, b] = [running(), running()];
    let reads = 0;
    const counting = {
      get: (id: string) => {
        reads += 1;
        return containers.get(id);
      },
    };
    sampler = new UsageSampler(counting, folder);
    const first = listen([a.id]);
    const second = listen([a.id, b.id]);
    const machine = listen([]);
    await Promise.all([first.until(1), second.until(1), machine.until(1)]);
    reads = 0;
    await Promise.all([first.until(3), second.until(3), machine.until(3)]);
    const looks = first.reports.length - 1;
    expect(reads).toBeLessThanOrEqual(2 * (looks + 1));
    expect(first.reports.at(-1)?.containers.map(({ id }) => id)).toEqual([a.id]);
    expect(second.reports.at(-1)?.containers.map(({ id }) => id)).toEqual([a.id, b.id]);
    expect(machine.reports.at(-1)?.containers).toEqual([]);
    await Promise.all([first.stop(), second.stop(), machine.stop()]);
    reads = 0;
    await new Promise((resolve) => setTimeout(resolve, 1300));
    expect(reads).toBe(0);
  });

  it('forgets at once who is gone before the first look ends', async () => {
    const ear = listen([]);
    await ear.stop();
    const { length } = ear.reports;
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(ear.reports).toHaveLength(length);
  });
});
