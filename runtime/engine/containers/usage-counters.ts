// What a container uses, reduced to the figures that are shown beside each other: counters from the kernel's files, and
// percentages from two looks at them. Pure; statistics as Docker's API has them are stats-counters.ts.
import type { UsageSample } from '../services.ts';
import { blkioV1, blkioV2, networkStats } from './stats-counters.ts';

/** What is read of a container, as text; empty where the kernel does not tell. */
export interface UsageTexts {
  /** cpuacct.usage of cgroup v1, or cpu.stat of v2. */
  readonly cpu: string;
  readonly memory: string;
  readonly memoryStat: string;
  readonly pids: string;
  readonly blkio: string;
  /** /proc/PID/net/dev; empty for a container that has the host's network. */
  readonly network: string;
}

/** Counters at one moment. */
export type UsageCounters = Omit<UsageSample, 'id' | 'cpuPercent' | 'memoryLimitBytes'> & {
  readonly cpuNanoseconds: number;
};

/** Counters of the files' texts. */
export function usageCounters(texts: UsageTexts): UsageCounters {
  let receivedBytes = 0;
  let sentBytes = 0;
  for (const { rx_bytes, tx_bytes } of networkStats(texts.network).values()) {
    receivedBytes += rx_bytes;
    sentBytes += tx_bytes;
  }
  let readBytes = 0;
  let writtenBytes = 0;
  for (const { op, value } of [...blkioV1(texts.blkio), ...blkioV2(texts.blkio)]) {
    if (/^read$/i.test(op)) readBytes += value;
    else if (/^write$/i.test(op)) writtenBytes += value;
  }
  // The page cache that the kernel may take back is not counted, as in `docker stats`.
  const cache =
    keyed(texts.memoryStat, 'total_inactive_file') ?? keyed(texts.memoryStat, 'inactive_file') ?? 0;
  const microseconds = keyed(texts.cpu, 'usage_usec');
  return {
    cpuNanoseconds: microseconds === undefined ? Number(texts.cpu) : microseconds * 1000,
    memoryBytes: Math.max(0, Number(texts.memory) - cache),
    receivedBytes,
    sentBytes,
    readBytes,
    writtenBytes,
    pids: Number(texts.pids),
  };
}

/** Of one processor, to a hundredth; counters that were set back say nothing. */
export function cpuPercent(nanoseconds: number, elapsedMs: number): number | null {
  if (elapsedMs <= 0 || nanoseconds < 0) return null;
  return Math.round((nanoseconds / (elapsedMs * 1e6)) * 10_000) / 100;
}

/** The ticks that all processors were busy, and that have passed, from /proc/stat. */
export function machineTicks(text: string): { readonly busy: number; readonly all: number } {
  // user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already (proc(5)).
  const ticks = text
    .slice(0, text.indexOf('\n'))
    .split(/\s+/)
    .slice(1, 9)
    .map((tick) => Number(tick));
  const all = ticks.reduce((sum, tick) => sum + tick, 0);
  return { busy: all - (ticks[3] ?? 0) - (ticks[4] ?? 0), all };
}

/** Memory that is in use and that there is, from /proc/meminfo. */
export function machineMemory(text: string): {
  readonly memoryBytes: number;
  readonly memoryTotalBytes: number;
} {
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(text)?.[1] ?? 0);
  const total = kilobytes('MemTotal') * 1024;
  return { memoryBytes: total - kilobytes('MemAvailable') * 1024, memoryTotalBytes: total };
}

/** The number behind `key ` at the beginning of a line: memory.stat has forty lines of which one is wanted. */
function keyed(text: string, key: string): number | undefined {
  const line = text.startsWith(`${key} `) ? 0 : text.indexOf(`\n${key} `) + 1;
  if (line === 0 && !text.startsWith(`${key} `)) return undefined;
  return Number.parseInt(text.slice(line + key.length + 1), 10) || 0;
}
