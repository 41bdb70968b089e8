// What the kernel's files say a container uses, in Docker's terms: cgroup v1, cgroup v2, the machine's processors, and
// a network namespace's interfaces. Pure: text in, counters out. A file that is missing is an empty text.
import {
  untrustedMap,
  type BlkioEntry,
  type CpuStats,
  type MemoryStats,
  type NetworkStats,
} from '../types.ts';

/** The text of a cgroup's file by its name. */
export type Files = (name: string) => string;

const nanosecondsPerTick = 1e9 / 100; // USER_HZ is 100 on every architecture that containers run on

/** `cpu_stats` of cgroup v1, without what it knows of the machine. */
export function cpuV1(files: Files): CpuStats {
  const ticks = keyed(files('cpuacct.stat'));
  const throttling = keyed(files('cpu.stat'));
  const perCpu = files('cpuacct.usage_percpu').trim();
  return {
    cpu_usage: {
      total_usage: number(files('cpuacct.usage')),
      ...(perCpu === '' ? {} : { percpu_usage: perCpu.split(/\s+/).map(Number) }),
      usage_in_kernelmode: (ticks.get('system') ?? 0) * nanosecondsPerTick,
      usage_in_usermode: (ticks.get('user') ?? 0) * nanosecondsPerTick,
    },
    throttling_data: {
      periods: throttling.get('nr_periods') ?? 0,
      throttled_periods: throttling.get('nr_throttled') ?? 0,
      throttled_time: throttling.get('throttled_time') ?? 0,
    },
  };
}

/** `cpu_stats` of cgroup v2, which counts microseconds. */
export function cpuV2(files: Files): CpuStats {
  const stat = keyed(files('cpu.stat'));
  const nanoseconds = (key: string): number => (stat.get(key) ?? 0) * 1000;
  return {
    cpu_usage: {
      total_usage: nanoseconds('usage_usec'),
      usage_in_kernelmode: nanoseconds('system_usec'),
      usage_in_usermode: nanoseconds('user_usec'),
    },
    throttling_data: {
      periods: stat.get('nr_periods') ?? 0,
      throttled_periods: stat.get('nr_throttled') ?? 0,
      throttled_time: nanoseconds('throttled_usec'),
    },
  };
}

/** `memory_stats` of cgroup v1. No limit is the machine's memory. */
export function memoryV1(files: Files, machineBytes: number): MemoryStats {
  return {
    usage: number(files('memory.usage_in_bytes')),
    max_usage: number(files('memory.max_usage_in_bytes')),
    stats: untrustedMap(keyed(files('memory.stat'))),
    ...failures(number(files('memory.failcnt'))),
    limit: Math.min(number(files('memory.limit_in_bytes'), Infinity), machineBytes),
  };
}

/** `memory_stats` of cgroup v2. */
export function memoryV2(files: Files, machineBytes: number): MemoryStats {
  return {
    usage: number(files('memory.current')),
    stats: untrustedMap(keyed(files('memory.stat'))),
    ...failures(keyed(files('memory.events')).get('oom') ?? 0),
    limit: Math.min(number(files('memory.max'), Infinity), machineBytes),
  };
}

/** Docker leaves it out where there is none. */
const failures = (failcnt: number): { failcnt?: number } => (failcnt === 0 ? {} : { failcnt });

/** `pids_stats` of both versions; without a limit there is none. */
export function pidsStats(files: Files): { current: number; limit?: number } {
  const limit = number(files('pids.max'), 0);
  return { current: number(files('pids.current')), ...(limit === 0 ? {} : { limit }) };
}

/** `blkio_stats` of cgroup v1: lines `8:0 Read 4096`; the line of totals over all devices is left out. */
export function blkioV1(text: string): BlkioEntry[] {
  return text.split('\n').flatMap((line) => {
    const match = /^(\d+):(\d+) (\w+) (\d+)$/.exec(line);
    return match === null
      ? []
      : [{ major: Number(match[1]), minor: Number(match[2]), op: match[3] ?? '', value: Number(match[4]) }];
  });
}

/** Bytes of io.stat of cgroup v2: lines `8:0 rbytes=4096 wbytes=0 ...`. */
export function blkioV2(text: string): BlkioEntry[] {
  return text.split('\n').flatMap((line) => {
    const device = /^(\d+):(\d+) /.exec(line);
    if (device === null) return [];
    const value = (key: string): number => Number(new RegExp(` ${key}=(\\d+)`).exec(line)?.[1] ?? '0');
    const place = { major: Number(device[1]), minor: Number(device[2]) };
    return [
      { ...place, op: 'read', value: value('rbytes') },
      { ...place, op: 'write', value: value('wbytes') },
    ];
  });
}

/** Time that all processors together have spent, idle or not, and how many there are, from /proc/stat. */
export function machineCpu(text: string): { system_cpu_usage: number; online_cpus: number } {
  const [first = '', ...lines] = text.split('\n');
  // user, nice, system, idle, iowait, irq and softirq, as Docker adds them.
  const ticks = first.split(/\s+/).slice(1, 8);
  return {
    system_cpu_usage: ticks.reduce((sum, text) => sum + Number(text), 0) * nanosecondsPerTick,
    online_cpus: lines.filter((line) => /^cpu\d/.test(line)).length,
  };
}

/** `networks`, from /proc/PID/net/dev: the interfaces that lead to a network. */
export function networkStats(text: string): ReadonlyMap<string, NetworkStats> {
  const found = new Map<string, NetworkStats>();
  for (const line of text.split('\n')) {
    const [, name, rest] = /^\s*(eth\d+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || rest === undefined) continue;
    const counters = rest.trim().split(/\s+/).map(Number);
    const at = (index: number): number => counters[index] ?? 0;
    found.set(name, {
      rx_bytes: at(0),
      rx_packets: at(1),
      rx_errors: at(2),
      rx_dropped: at(3),
      tx_bytes: at(8),
      tx_packets: at(9),
      tx_errors: at(10),
      tx_dropped: at(11),
    });
  }
  return found;
}

/** Lines `key number`. */
function keyed(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [key, value] = line.split(' ');
    if (key !== undefined && value !== undefined && /^\d+$/.test(value)) values.set(key, Number(value));
  }
  return values;
}

/** A file with one number; `unlimited` is what `max` means. */
function number(text: string, unlimited = 0): number {
  const trimmed = text.trim();
  return /^\d+$/.test(trimmed) ? Number(trimmed) : unlimited;
}
