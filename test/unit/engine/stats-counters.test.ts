// The kernel's counters of both cgroup versions, in Docker's terms.
import { describe, expect, it } from 'vitest';
import {
  blkioV1,
  blkioV2,
  cpuV1,
  cpuV2,
  machineCpu,
  memoryV1,
  memoryV2,
  networkStats,
  pidsStats,
} from '../../../runtime/engine/containers/stats-counters.ts';

const files = (texts: Readonly<Record<string, string>>) => {
  const known = new Map(Object.entries(texts));
  return (name: string): string => known.get(name) ?? '';
};
const machineBytes = 8_000_000;

describe('version 1', () => {
  it('counts ticks as nanoseconds, and processors one by one', () => {
    const cpu = cpuV1(
      files({
        'cpuacct.usage': '5000\n',
        'cpuacct.usage_percpu': '2000 3000 \n',
        'cpuacct.stat': 'user 3\nsystem 2\n',
        'cpu.stat': 'nr_periods 7\nnr_throttled 4\nthrottled_time 900\n',
      }),
    );
    expect(cpu).toEqual({
      cpu_usage: {
        total_usage: 5000,
        percpu_usage: [2000, 3000],
        usage_in_usermode: 30_000_000,
        usage_in_kernelmode: 20_000_000,
      },
      throttling_data: { periods: 7, throttled_periods: 4, throttled_time: 900 },
    });
  });

  it('takes no limit of memory for the memory of the machine', () => {
    const memory = (limit: string) =>
      memoryV1(
        files({
          'memory.usage_in_bytes': '4096\n',
          'memory.max_usage_in_bytes': '8192\n',
          'memory.failcnt': '3\n',
          'memory.limit_in_bytes': limit,
          'memory.stat': 'cache 10\ntotal_inactive_file 5\n',
        }),
        machineBytes,
      );
    expect(memory('9223372036854771712\n').limit).toBe(machineBytes);
    expect(memory('1000\n')).toEqual({
      usage: 4096,
      max_usage: 8192,
      failcnt: 3,
      limit: 1000,
      stats: { cache: 10, total_inactive_file: 5 },
    });
  });

  it('leaves out the total of all devices', () => {
    expect(blkioV1('8:0 Read 4096\n8:0 Write 0\nTotal 4096\n')).toEqual([
      { major: 8, minor: 0, op: 'Read', value: 4096 },
      { major: 8, minor: 0, op: 'Write', value: 0 },
    ]);
  });
});

describe('version 2', () => {
  it('counts microseconds as nanoseconds', () => {
    const stat =
      'usage_usec 50\nuser_usec 30\nsystem_usec 20\nnr_periods 7\nnr_throttled 4\nthrottled_usec 9\n';
    expect(cpuV2(files({ 'cpu.stat': stat }))).toEqual({
      cpu_usage: { total_usage: 50_000, usage_in_usermode: 30_000, usage_in_kernelmode: 20_000 },
      throttling_data: { periods: 7, throttled_periods: 4, throttled_time: 9000 },
    });
  });

  it('reads memory, and who was refused it', () => {
    expect(
      memoryV2(
        files({
          'memory.current': '4096\n',
          'memory.max': 'max\n',
          'memory.events': 'low 0\noom 2\noom_kill 1\n',
          'memory.stat': 'anon 1\ninactive_file 5\n',
        }),
        machineBytes,
      ),
    ).toEqual({ usage: 4096, limit: machineBytes, failcnt: 2, stats: { anon: 1, inactive_file: 5 } });
  });

  it('reads bytes of devices', () => {
    expect(blkioV2('8:16 rbytes=10 wbytes=20 rios=1 wios=2 dbytes=0 dios=0\n')).toEqual([
      { major: 8, minor: 16, op: 'read', value: 10 },
      { major: 8, minor: 16, op: 'write', value: 20 },
    ]);
  });
});

it('has a limit of processes only when there is one', () => {
  expect(pidsStats(files({ 'pids.current': '2\n', 'pids.max': 'max\n' }))).toEqual({ current: 2 });
  expect(pidsStats(files({ 'pids.current': '2\n', 'pids.max': '20\n' }))).toEqual({ current: 2, limit: 20 });
});

it('adds up the time of all processors without what guests and thieves took', () => {
  const text = 'cpu  1 2 3 4 5 6 7 100 200 300\ncpu0 1 1 1 1 1 1 1 1 1 1\ncpu1 1 1 1 1 1 1 1 1 1 1\nintr 5\n';
  expect(machineCpu(text)).toEqual({ system_cpu_usage: 280_000_000, online_cpus: 2 });
});

it('counts what goes through interfaces to networks', () => {
  const text =
    'Inter-|   Receive\n face |bytes\n    lo: 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9\n' +
    '  eth0: 1 2 3 4 5 6 7 8 11 12 13 14 15 16 17 18\n';
  expect([...networkStats(text)]).toEqual([
    [
      'eth0',
      {
        rx_bytes: 1,
        rx_packets: 2,
        rx_errors: 3,
        rx_dropped: 4,
        tx_bytes: 11,
        tx_packets: 12,
        tx_errors: 13,
        tx_dropped: 14,
      },
    ],
  ]);
});
