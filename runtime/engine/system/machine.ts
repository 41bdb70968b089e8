// What this machine is: kernel, distribution, processors, memory, switches of its network. Read when asked for.
import { access, readFile, statfs } from 'node:fs/promises';
import os from 'node:os';

/** File systems by their magic in statfs(2), under the names that Docker gives them. */
const fileSystems: ReadonlyMap<number, string> = new Map([
  [0xef53, 'extfs'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x01021994, 'tmpfs'],
  [0x794c7630, 'overlayfs'],
  [0xf2f52010, 'f2fs'],
  [0x2fc12fc1, 'zfs'],
]);

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
  /** Whether bridged packets pass the firewall's tables for IPv4 and IPv6. */
  readonly bridgeCallsIptables: boolean;
  readonly bridgeCallsIp6tables: boolean;
  /** Whether the kernel has seccomp filters. */
  readonly seccomp: boolean;
}

/** Looks at the machine. */
export async function inspectMachine(): Promise<Machine> {
  const [release, forwardsIpv4, bridgeCallsIptables, bridgeCallsIp6tables, seccomp] = await Promise.all([
    readOsRelease(),
    isOn('/proc/sys/net/ipv4/ip_forward'),
    isOn('/proc/sys/net/bridge/bridge-nf-call-iptables'),
    isOn('/proc/sys/net/bridge/bridge-nf-call-ip6tables'),
    exists('/proc/sys/kernel/seccomp/actions_avail'),
  ]);
  return {
    hostName: os.hostname(),
    kernel: os.release(),
    operatingSystem: release.get('PRETTY_NAME') ?? 'Linux',
    osVersion: release.get('VERSION_ID') ?? '',
    architecture: os.machine(),
    cpus: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    forwardsIpv4,
    bridgeCallsIptables,
    bridgeCallsIp6tables,
    seccomp,
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

/** The kind of file system a folder lies on. */
export async function fileSystemOf(folder: string): Promise<string> {
  const { type } = await statfs(folder);
  return fileSystems.get(type) ?? `<unknown> (0x${type.toString(16)})`;
}

const isOn = async (file: string): Promise<boolean> => (await readText(file))?.trim() === '1';

const readText = (file: string): Promise<string | undefined> => readFile(file, 'utf8').catch(() => undefined);

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
