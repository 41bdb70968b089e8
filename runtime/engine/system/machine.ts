// What this machine is: kernel, distribution, processors, memory, and what its cgroups can do. Read when asked for.
import { access, readFile, statfs } from 'node:fs/promises';
import os from 'node:os';

/** Magic of a cgroup2 file system, statfs(2). */
const cgroup2Magic = 0x63677270;

export interface Machine {
  readonly hostName: string;
  readonly kernel: string;
  readonly operatingSystem: string;
  readonly osVersion: string;
  /** As uname says it: `x86_64`. */
  readonly architecture: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly forwardsIpv4: boolean;
  readonly cgroups: Cgroups;
}

export interface Cgroups {
  readonly version: '1' | '2';
  readonly memory: boolean;
  readonly swap: boolean;
  readonly cpuPeriod: boolean;
  readonly cpuShares: boolean;
  readonly cpuSet: boolean;
  readonly pids: boolean;
  readonly oomKillDisable: boolean;
}

/** Looks at the machine. */
export async function inspectMachine(): Promise<Machine> {
  const [release, forwarding, cgroups] = await Promise.all([
    readOsRelease(),
    readFile('/proc/sys/net/ipv4/ip_forward', 'utf8').catch(() => ''),
    inspectCgroups(),
  ]);
  return {
    hostName: os.hostname(),
    kernel: os.release(),
    operatingSystem: release.get('PRETTY_NAME') ?? 'Linux',
    osVersion: release.get('VERSION_ID') ?? '',
    architecture: os.machine(),
    cpus: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    forwardsIpv4: forwarding.trim() === '1',
    cgroups,
  };
}

async function readOsRelease(): Promise<ReadonlyMap<string, string>> {
  const text = (await readText('/etc/os-release')) ?? (await readText('/usr/lib/os-release')) ?? '';
  return parseOsRelease(text);
}

/** os-release(5): shell assignments, quoted or not. */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^([A-Z0-9_]+)=(.*)$/.exec(line.trim()) ?? [];
    if (name === undefined || value === undefined) continue;
    const quote = value[0];
    const quoted = value.length > 1 && (quote === '"' || quote === "'") && value.endsWith(quote);
    values.set(name, quoted ? value.slice(1, -1).replaceAll(/\\(.)/g, '$1') : value);
  }
  return values;
}

async function inspectCgroups(): Promise<Cgroups> {
  const root = '/sys/fs/cgroup';
  const kind = await statfs(root).then(
    ({ type }) => type,
    () => 0,
  );
  if (kind === cgroup2Magic) {
    const controllers = new Set(((await readText(`${root}/cgroup.controllers`)) ?? '').trim().split(' '));
    return {
      version: '2',
      memory: controllers.has('memory'),
      swap: controllers.has('memory'),
      cpuPeriod: controllers.has('cpu'),
      cpuShares: controllers.has('cpu'),
      cpuSet: controllers.has('cpuset'),
      pids: controllers.has('pids'),
      // cgroup v2 has no switch for it.
      oomKillDisable: false,
    };
  }
  const [memory, swap, cpuPeriod, cpuShares, cpuSet, pids, oomKillDisable] = await Promise.all([
    exists(`${root}/memory/memory.limit_in_bytes`),
    exists(`${root}/memory/memory.memsw.limit_in_bytes`),
    exists(`${root}/cpu/cpu.cfs_quota_us`),
    exists(`${root}/cpu/cpu.shares`),
    exists(`${root}/cpuset/cpuset.cpus`),
    exists(`${root}/pids/cgroup.procs`),
    exists(`${root}/memory/memory.oom_control`),
  ]);
  return { version: '1', memory, swap, cpuPeriod, cpuShares, cpuSet, pids, oomKillDisable };
}

const readText = (file: string): Promise<string | undefined> => readFile(file, 'utf8').catch(() => undefined);

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
