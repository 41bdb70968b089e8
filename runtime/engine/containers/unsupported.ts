// What a client may ask of a container and this engine cannot do yet: refused with a sentence, never ignored.
// The table names every field of HostConfig, so that a new one cannot slip through.
import { EngineError } from '../errors.ts';
import type { ContainerConfig, ContainerCreateBody, HostConfig } from '../types.ts';

/** What is wrong with a field's value: a sentence for notImplemented, an error, or undefined when it is fine. */
type Check<T> = (value: T, host: HostConfig) => string | EngineError | undefined;

const takesEffect = (): undefined => undefined;
const notYet = (option: string): string => `${option} is not implemented yet`;
const refuseText =
  (option: string, ...allowed: readonly string[]): Check<string> =>
  (value) =>
    value === '' || allowed.includes(value) ? undefined : notYet(`${option} ${value}`);
const refuseNumber =
  (option: string): Check<number> =>
  (value) =>
    value === 0 ? undefined : notYet(option);
const refuseList =
  (option: string): Check<readonly unknown[]> =>
  (value) =>
    value.length === 0 ? undefined : notYet(option);
const refuseMap =
  (option: string): Check<Readonly<Record<string, unknown>>> =>
  (value) =>
    Object.keys(value).length === 0 ? undefined : notYet(option);
const windowsOnly =
  (option: string): Check<number> =>
  (value) =>
    value === 0
      ? undefined
      : new EngineError('invalid', `invalid option: ${option} is for Windows containers`);

const namespacedSysctl = /^(net\.[a-zA-Z0-9_./-]+|kernel\.(msg\w+|sem|shm\w+)|fs\.mqueue\.\w+)$/;

type Checks = { readonly [Field in keyof HostConfig]: Check<HostConfig[Field]> };

const checks: Checks = {
  Binds: takesEffect,
  ContainerIDFile: takesEffect, // the client writes it; the engine only shows it
  LogConfig: ({ Type, Config }) => {
    if (Type === '' || Type === 'none') return undefined;
    if (Type !== 'json-file') {
      return new EngineError('invalid', `logger: no log driver named '${Type}' is registered`);
    }
    const unknown = Object.keys(Config).find((option) => !['max-size', 'max-file'].includes(option));
    if (unknown === undefined) return undefined;
    return new EngineError('invalid', `unknown log opt '${unknown}' for json-file log driver`);
  },
  NetworkMode: takesEffect, // an unknown network is found missing when the mode is parsed
  PortBindings: takesEffect,
  RestartPolicy: takesEffect, // checked by restart-policy.ts
  AutoRemove: takesEffect,
  VolumeDriver: refuseText('the volume driver', 'local'),
  VolumesFrom: refuseList('--volumes-from'),
  Mounts: takesEffect, // by type, in container-mounts.ts
  ConsoleSize: takesEffect,
  Annotations: takesEffect, // shown by inspect; there is no hook that would read them
  CapAdd: takesEffect,
  CapDrop: takesEffect,
  CgroupnsMode: (value) =>
    ['', 'private', 'host'].includes(value)
      ? undefined
      : new EngineError('invalid', `invalid cgroup namespace mode: ${value}`),
  Dns: takesEffect,
  DnsOptions: takesEffect,
  DnsSearch: takesEffect,
  ExtraHosts: takesEffect,
  GroupAdd: takesEffect,
  IpcMode: refuseText('the IPC mode', 'private', 'none', 'host'),
  Cgroup: refuseText('the cgroup specification'),
  Links: refuseList('--link'),
  OomScoreAdj: (value) =>
    value < -1000 || value > 1000
      ? new EngineError('invalid', `Invalid value ${String(value)}, range for oom score adj is [-1000, 1000]`)
      : undefined,
  PidMode: refuseText('the PID mode', 'host'),
  Privileged: takesEffect,
  PublishAllPorts: takesEffect,
  ReadonlyRootfs: takesEffect,
  SecurityOpt: (options) => {
    for (const option of options) {
      const verdict = checkSecurityOption(option);
      if (verdict !== undefined) return verdict;
    }
    return undefined;
  },
  StorageOpt: refuseMap('--storage-opt'),
  Tmpfs: takesEffect,
  UTSMode: refuseText('the UTS mode', 'host'),
  UsernsMode: refuseText('the user namespace mode', 'host'), // without remapping, host is what every container has
  ShmSize: (value) => (value < 0 ? new EngineError('invalid', 'SHM size can not be less than 0') : undefined),
  Sysctls: (sysctls, host) => {
    for (const name of Object.keys(sysctls)) {
      const inNamespace = namespacedSysctl.test(name) && !name.includes('..');
      const sharesHost =
        (name.startsWith('net.') && host.NetworkMode === 'host') ||
        (!name.startsWith('net.') && host.IpcMode === 'host');
      if (!inNamespace || sharesHost) {
        return new EngineError('invalid', `sysctl "${name}" is not in a separate kernel namespace`);
      }
    }
    return undefined;
  },
  Runtime: (value) =>
    value === '' || value === 'berth'
      ? undefined
      : new EngineError('invalid', `unknown or invalid runtime name: ${value}`),
  Isolation: (value) =>
    value === '' || value === 'default'
      ? undefined
      : new EngineError('invalid', `invalid isolation ("${value}") on linux`),
  MaskedPaths: takesEffect,
  ReadonlyPaths: takesEffect,
  Init: takesEffect,
  CpuShares: (value) => (value < 0 ? new EngineError('invalid', 'CPU shares cannot be negative') : undefined),
  Memory: (value) =>
    value !== 0 && value < 6 * 1024 * 1024
      ? new EngineError('invalid', 'Minimum memory limit allowed is 6MB')
      : undefined,
  NanoCpus: (value, host) =>
    value !== 0 && (host.CpuPeriod !== 0 || host.CpuQuota !== 0)
      ? new EngineError(
          'invalid',
          'Conflicting options: Nano CPUs and CPU Period or Quota cannot both be set',
        )
      : undefined,
  CgroupParent: refuseText('--cgroup-parent'),
  BlkioWeight: refuseNumber('--blkio-weight'),
  BlkioWeightDevice: refuseList('--blkio-weight-device'),
  BlkioDeviceReadBps: refuseList('--device-read-bps'),
  BlkioDeviceWriteBps: refuseList('--device-write-bps'),
  BlkioDeviceReadIOps: refuseList('--device-read-iops'),
  BlkioDeviceWriteIOps: refuseList('--device-write-iops'),
  CpuPeriod: (value) =>
    value !== 0 && (value < 1000 || value > 1_000_000)
      ? new EngineError(
          'invalid',
          'CPU cfs period cannot be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)',
        )
      : undefined,
  CpuQuota: (value) =>
    value > 0 && value < 1000
      ? new EngineError('invalid', 'CPU cfs quota cannot be less than 1ms (i.e. 1000)')
      : undefined,
  CpuRealtimePeriod: refuseNumber('--cpu-rt-period'),
  CpuRealtimeRuntime: refuseNumber('--cpu-rt-runtime'),
  CpusetCpus: (value) => checkCpuSet(value, 'cpuset cpus'),
  CpusetMems: (value) => checkCpuSet(value, 'cpuset mems'),
  Devices: refuseList('--device'),
  DeviceCgroupRules: refuseList('--device-cgroup-rule'),
  DeviceRequests: ([request]) =>
    request === undefined
      ? undefined
      : new EngineError(
          'invalid',
          `could not select device driver "${request.Driver}" with capabilities: [${request.Capabilities.map(
            (set) => `[${set.join(' ')}]`,
          ).join(' ')}]`,
        ),
  KernelMemory: refuseNumber('--kernel-memory'),
  KernelMemoryTCP: refuseNumber('a kernel memory limit for TCP'),
  MemoryReservation: (value, host) =>
    host.Memory !== 0 && value > host.Memory
      ? new EngineError(
          'invalid',
          'Minimum memory limit can not be less than memory reservation limit, see usage',
        )
      : undefined,
  MemorySwap: (value, host) => {
    if (value > 0 && host.Memory === 0) {
      return new EngineError(
        'invalid',
        'You should always set the Memory limit when using Memoryswap limit, see usage',
      );
    }
    if (value > 0 && value < host.Memory) {
      return new EngineError(
        'invalid',
        'Minimum memoryswap limit should be larger than memory limit, see usage',
      );
    }
    return undefined;
  },
  MemorySwappiness: (value) =>
    value !== null && (value < -1 || value > 100)
      ? new EngineError('invalid', `Invalid value: ${String(value)}, valid memory swappiness range is 0-100`)
      : undefined,
  OomKillDisable: (value) => (value === true ? notYet('--oom-kill-disable') : undefined),
  PidsLimit: takesEffect,
  Ulimits: takesEffect,
  CpuCount: windowsOnly('CpuCount'),
  CpuPercent: windowsOnly('CpuPercent'),
  IOMaximumIOps: windowsOnly('IOMaximumIOps'),
  IOMaximumBandwidth: windowsOnly('IOMaximumBandwidth'),
};

/** The fields of HostConfig this table decides on: all of them. */
export const decidedHostFields: readonly string[] = Object.keys(checks);

/** Refuses what the engine cannot do. `image` is the image's own configuration: what it asks for is not the user's doing. */
export function refuseUnsupported(body: ContainerCreateBody, image: ContainerConfig): void {
  const host = body.HostConfig;
  for (const field of Object.keys(checks)) refuse(checkField(field as keyof HostConfig, host));
  if (body.NetworkDisabled) refuse(notYet('NetworkDisabled'));
  for (const folder of Object.keys(body.Volumes)) {
    if (!(folder in image.Volumes)) refuse(notYet(`an anonymous volume (${folder})`));
  }
}

function checkField<Field extends keyof HostConfig>(
  field: Field,
  host: HostConfig,
): string | EngineError | undefined {
  const check: Check<HostConfig[Field]> = checks[field];
  return check(host[field], host);
}

function refuse(verdict: string | EngineError | undefined): void {
  if (verdict === undefined) return;
  throw verdict instanceof EngineError ? verdict : new EngineError('notImplemented', verdict);
}

function checkSecurityOption(option: string): string | EngineError | undefined {
  if (/^no-new-privileges([:=](true|false))?$/.test(option)) return undefined;
  const separator = option.search(/[:=]/);
  const name = separator < 0 ? option : option.slice(0, separator);
  const value = separator < 0 ? '' : option.slice(separator + 1);
  switch (name) {
    case 'seccomp':
      if (value === 'unconfined' || value === 'builtin') return undefined;
      return notYet('a seccomp profile of your own');
    case 'apparmor':
      return value === 'unconfined' ? undefined : notYet('an AppArmor profile');
    case 'label':
      return value === 'disable' ? undefined : notYet('an SELinux label');
    default:
      return new EngineError('invalid', `invalid --security-opt 2: "${option}"`);
  }
}

function checkCpuSet(value: string, what: string): EngineError | undefined {
  if (value === '' || /^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(value)) return undefined;
  return new EngineError('invalid', `Invalid value ${value} for ${what}`);
}
