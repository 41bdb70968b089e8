// The description of a container for berth-spawn, in the terms of the OCI runtime-spec: from the container's record to
// namespaces, mounts, capabilities and the process. Pure: what must be looked up comes in as an argument.
import type { OciConfig, OciDevice, OciMount, OciNamespace, OciProcess } from '../helper/spawn-requests.ts';
import type { ContainerConfig, HostConfig } from '../types.ts';
import { ociMount, type MountSources } from './container-mounts.ts';
import type { ContainerRecord } from './container-record.ts';
import type { JoinedNamespaces } from './joined-namespaces.ts';
import { parseSecurityOptions } from './security-options.ts';

export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const defaultShmBytes = 64 * 1024 * 1024;

/** Paths that no container but a privileged one may read: Docker's list. */
export const defaultMaskedPaths: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];

/** Paths that no container but a privileged one may write: Docker's list. */
export const defaultReadonlyPaths: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

const device = (path: string, major: number, minor: number): OciDevice => ({
  path,
  type: 'c',
  major,
  minor,
  fileMode: 0o666,
  uid: 0,
  gid: 0,
});

/** The devices of every container. */
export const defaultDevices: readonly OciDevice[] = [
  device('/dev/null', 1, 3),
  device('/dev/zero', 1, 5),
  device('/dev/full', 1, 7),
  device('/dev/random', 1, 8),
  device('/dev/urandom', 1, 9),
  device('/dev/tty', 5, 0),
];

/** What the container's surroundings decide. */
export interface OciContext {
  readonly capabilities: readonly string[];
  readonly hostsPath: string;
  readonly hostnamePath: string;
  readonly resolvConfPath: string;
  /** The container's hostname; the host's own with UTSMode host. */
  readonly hostname: string;
  /** Shares the host's network, has one of its own, or joins another's by a path of /proc. */
  readonly network: 'own' | 'host' | { readonly path: string };
  /** Variables that tell of the containers it is linked to. */
  readonly linkEnv: readonly string[];
  /** Namespaces of other containers. */
  readonly joined: JoinedNamespaces;
  /** Devices beside those of every container. */
  readonly devices: readonly OciDevice[];
  /** Where volumes and images are. */
  readonly mountSources: MountSources;
}

/** The description of a container. */
export function ociConfig(record: ContainerRecord, context: OciContext): OciConfig {
  const { config, hostConfig: host } = record;
  return {
    process: {
      ...processOf(host, context.capabilities, {
        args: [record.path, ...record.args],
        env: containerEnv(config, context.hostname, config.Tty, context.linkEnv),
        cwd: config.WorkingDir === '' ? '/' : config.WorkingDir,
        tty: config.Tty,
        consoleSize: host.ConsoleSize,
      }),
      oomScoreAdj: host.OomScoreAdj,
    },
    root: { path: 'rootfs', readonly: host.ReadonlyRootfs },
    hostname: host.UTSMode === 'host' ? '' : context.hostname,
    domainname: config.Domainname,
    mounts: containerMounts(record, context),
    linux: {
      namespaces: namespaces(host, context),
      devices: devicesOf(context.devices),
      maskedPaths: host.MaskedPaths ?? (host.Privileged ? [] : defaultMaskedPaths),
      readonlyPaths: host.ReadonlyPaths ?? (host.Privileged ? [] : defaultReadonlyPaths),
      sysctl: sysctls(host, context.network === 'own'),
      rootfsPropagation: 'rprivate',
    },
  };
}

/** A process in a container, its first or an exec. */
export function processOf(
  host: HostConfig,
  capabilities: readonly string[],
  what: {
    readonly args: readonly string[];
    readonly env: readonly string[];
    readonly cwd: string;
    readonly tty: boolean;
    readonly consoleSize: readonly [number, number] | null;
  },
): OciProcess {
  const [height, width] = what.consoleSize ?? [0, 0];
  return {
    terminal: what.tty,
    ...(what.tty && height > 0 && width > 0 ? { consoleSize: { height, width } } : {}),
    // The user is resolved by name in the container's own files; see `berth.user`.
    user: { uid: 0, gid: 0, additionalGids: [] },
    args: what.args,
    env: what.env,
    cwd: what.cwd,
    capabilities: {
      bounding: capabilities,
      effective: capabilities,
      permitted: capabilities,
      inheritable: [], // CVE-2022-24769
      ambient: [],
    },
    rlimits: host.Ulimits.map((limit) => ({
      type: `RLIMIT_${limit.Name.toUpperCase()}`,
      hard: limit.Hard,
      soft: limit.Soft,
    })),
    noNewPrivileges: parseSecurityOptions(host.SecurityOpt).noNewPrivileges,
    oomScoreAdj: 0,
  };
}

/** The environment: the engine's defaults and what links tell, then the container's own over it. An entry without `=` takes a name away. */
export function containerEnv(
  config: Pick<ContainerConfig, 'Env'>,
  hostname: string,
  tty: boolean,
  links: readonly string[] = [],
  more: readonly string[] = [],
): string[] {
  const entries = new Map<string, string>([
    ['PATH', `PATH=${defaultPath}`],
    ['HOSTNAME', `HOSTNAME=${hostname}`],
  ]);
  if (tty) entries.set('TERM', 'TERM=xterm');
  for (const entry of [...links, ...config.Env, ...more]) {
    const equals = entry.indexOf('=');
    if (equals < 0) entries.delete(entry);
    else entries.set(entry.slice(0, equals), entry);
  }
  return [...entries.values()];
}

/** The default devices and the container's own; a node of its own replaces the default one of that path. */
function devicesOf(own: readonly OciDevice[]): OciDevice[] {
  const paths = new Set(own.map((node) => node.path));
  return [...defaultDevices.filter((node) => !paths.has(node.path)), ...own];
}

function namespaces(host: HostConfig, { network, joined }: OciContext): OciNamespace[] {
  const list: OciNamespace[] = [{ type: 'mount' }];
  if (host.PidMode !== 'host') {
    list.push(joined.pid === undefined ? { type: 'pid' } : { type: 'pid', path: joined.pid });
  }
  if (host.IpcMode !== 'host') {
    list.push(joined.ipc === undefined ? { type: 'ipc' } : { type: 'ipc', path: joined.ipc.path });
  }
  if (host.UTSMode !== 'host') list.push({ type: 'uts' });
  if (network !== 'host')
    list.push(network === 'own' ? { type: 'network' } : { type: 'network', ...network });
  if (host.CgroupnsMode !== 'host') list.push({ type: 'cgroup' });
  return list;
}

function sysctls(host: HostConfig, ownNetwork: boolean): Record<string, string> {
  const map = new Map<string, string>();
  if (ownNetwork) {
    // As Docker: ports below 1024 and ICMP echo need no capability in a network of one's own.
    map.set('net.ipv4.ip_unprivileged_port_start', '0');
    map.set('net.ipv4.ping_group_range', '0 2147483647');
  }
  for (const [name, value] of Object.entries(host.Sysctls)) map.set(name, value);
  return Object.fromEntries(map);
}

function containerMounts(record: ContainerRecord, context: OciContext): OciMount[] {
  const host = record.hostConfig;
  const writable = host.Privileged ? 'rw' : 'ro';
  const shmBytes = host.ShmSize === 0 ? defaultShmBytes : host.ShmSize;
  const mount = (
    destination: string,
    type: string,
    source: string,
    options: readonly string[],
  ): OciMount => ({ destination, type, source, options });
  const bind = (destination: string, source: string): OciMount =>
    mount(destination, 'bind', source, ['rbind', 'rw', 'rprivate']);

  const mounts: OciMount[] = [
    mount('/proc', 'proc', 'proc', ['nosuid', 'noexec', 'nodev']),
    mount('/dev', 'tmpfs', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k']),
    mount('/dev/pts', 'devpts', 'devpts', [
      'nosuid',
      'noexec',
      'newinstance',
      'ptmxmode=0666',
      'mode=0620',
      'gid=5',
    ]),
    context.network === 'host' && !host.Privileged
      ? mount('/sys', 'bind', '/sys', ['rbind', 'nosuid', 'noexec', 'nodev', 'ro', 'rprivate'])
      : mount('/sys', 'sysfs', 'sysfs', ['nosuid', 'noexec', 'nodev', writable]),
    mount('/sys/fs/cgroup', 'cgroup', 'cgroup', [writable, 'nosuid', 'noexec', 'nodev']),
  ];
  // A mount of this type shows the queues of the IPC namespace it is made in, whosever that is.
  mounts.push(mount('/dev/mqueue', 'mqueue', 'mqueue', ['nosuid', 'noexec', 'nodev']));
  if (host.IpcMode === 'host') {
    mounts.push(bind('/dev/shm', '/dev/shm'));
  } else if (context.joined.ipc !== undefined) {
    mounts.push({ ...bind('/dev/shm', '/dev/shm'), namespace: context.joined.ipc.mounts });
  } else if (host.IpcMode !== 'none') {
    mounts.push(
      mount('/dev/shm', 'tmpfs', 'shm', [
        'nosuid',
        'noexec',
        'nodev',
        'mode=1777',
        `size=${String(shmBytes)}`,
      ]),
    );
  }
  mounts.push(
    bind('/etc/resolv.conf', context.resolvConfPath),
    bind('/etc/hostname', context.hostnamePath),
    bind('/etc/hosts', context.hostsPath),
  );
  const chosen = new Set(record.mounts.map((own) => own.destination));
  // Parents before what is mounted inside them: a volume on /etc does not hide the files of the engine's own.
  return [
    ...mounts.filter((standard) => !chosen.has(standard.destination)),
    ...record.mounts.map((own) => ociMount(own, context.mountSources)),
  ].toSorted((a, b) => depth(a.destination) - depth(b.destination));
}

function depth(destination: string): number {
  return destination.split('/').length;
}
