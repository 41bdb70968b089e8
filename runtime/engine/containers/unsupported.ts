// What a client may ask of a container and this engine cannot do yet: refused with a sentence, never ignored.
// The table names every field of HostConfig, so that a new one cannot slip through.
import { EngineError } from '../errors.ts';
import { logConfigProblem } from './log-options.ts';
import type { ContainerCreateBody, HostConfig } from '../types.ts';
import { parseDeviceRule } from './device-rules.ts';

/** What is wrong with a field's value: a sentence for notImplemented, an error, or undefined when it is fine. */
type Check<T> = (value: T, host: HostConfig) => string | EngineError | undefined;

const takesEffect = (): undefined => undefined;
const notYet = (option: string): string => `${option} is not implemented yet`;
const refuseText =
  (option: string, ...allowed: readonly string[]): Check<string> =>
  (value) =>
    value === '' || allowed.includes(value) ? undefined : notYet(`${option} ${value}`);
/** Named with their reasons, so that none slips through unread: other files check them. */
const checkedAsLimit = takesEffect;
const forWindows = takesEffect;

const namespacedSysctl = /^(net\.[a-zA-Z0-9_./-]+|kernel\.(msg\w+|sem|shm\w+|domainname)|fs\.mqueue\.\w+)$/;

type Checks = { readonly [Field in keyof HostConfig]: Check<HostConfig[Field]> };

const checks: Checks = {
  Binds: takesEffect,
  ContainerIDFile: takesEffect, // the client writes it; the engine only shows it
  LogConfig: logConfigProblem,
  NetworkMode: takesEffect, // an unknown network is found missing when the mode is parsed
  PortBindings: takesEffect,
  RestartPolicy: takesEffect, // checked by restart-policy.ts
  AutoRemove: takesEffect,
  VolumeDriver: takesEffect, // an unknown one is found missing as the volume is made
  VolumesFrom: takesEffect,
  Mounts: takesEffect, // by type, in mount-requests.ts
  ConsoleSize: takesEffect,
  Annotations: takesEffect, // shown by inspect; there is no hook that would read them
  CapAdd: takesEffect,
  CapDrop: takesEffect,
  CgroupnsMode: takesEffect,
  Dns: takesEffect,
  DnsOptions: takesEffect,
  DnsSearch: takesEffect,
  ExtraHosts: takesEffect,
  GroupAdd: takesEffect,
  IpcMode: takesEffect,
  Cgroup: refuseText('the cgroup specification'),
  Links: takesEffect, // found and checked by container-links.ts
  OomScoreAdj: (value) =>
    value < -1000 || value > 1000
      ? new EngineError('invalid', `Invalid value ${String(value)}, range for oom score adj is [-1000, 1000]`)
      : undefined,
  PidMode: takesEffect,
  Privileged: takesEffect,
  PublishAllPorts: takesEffect,
  ReadonlyRootfs: takesEffect,
  SecurityOpt: takesEffect,
  StorageOpt: (options) => {
    const [name] = Object.keys(options);
    if (name === undefined) return undefined;
    return new EngineError(
      'invalid',
      name.toLowerCase() === 'size'
        ? "--storage-opt is supported only for overlay over xfs with 'pquota' mount option"
        : `Unknown option ${name}`,
    );
  },
  Tmpfs: takesEffect,
  UTSMode: takesEffect,
  UsernsMode: takesEffect,
  ShmSize: (value) => (value < 0 ? new EngineError('invalid', 'SHM size can not be less than 0') : undefined),
  Sysctls: (sysctls, host) => {
    for (const name of Object.keys(sysctls)) {
      const inNamespace = namespacedSysctl.test(name) && !name.includes('..');
      const sharesHost =
        (name.startsWith('net.') && host.NetworkMode === 'host') ||
        (name === 'kernel.domainname' && host.UTSMode === 'host') ||
        (!/^net\.|^kernel\.domainname$/.test(name) && host.IpcMode === 'host');
      if (!inNamespace || sharesHost) {
        return new EngineError('invalid', `sysctl "${name}" is not in a separate kernel namespace`);
      }
    }
    return undefined;
  },
  Runtime: (value) =>
    value === '' || runtimeNames.includes(value)
      ? undefined
      : new EngineError('invalid', `unknown or invalid runtime name: ${value}`),
  Isolation: (value) =>
    value === '' || value === 'default'
      ? undefined
      : new EngineError('invalid', `Invalid isolation: "${value}" - linux only supports 'default'`),
  MaskedPaths: takesEffect,
  ReadonlyPaths: takesEffect,
  Init: takesEffect,
  CpuShares: checkedAsLimit,
  Memory: checkedAsLimit,
  NanoCpus: checkedAsLimit,
  CgroupParent: (value) =>
    /[\0\n]/.test(value) || value.split('/').includes('..')
      ? new EngineError('invalid', `invalid cgroup parent: ${JSON.stringify(value)}`)
      : undefined,
  BlkioWeight: checkedAsLimit,
  BlkioWeightDevice: checkedAsLimit,
  BlkioDeviceReadBps: checkedAsLimit,
  BlkioDeviceWriteBps: checkedAsLimit,
  BlkioDeviceReadIOps: checkedAsLimit,
  BlkioDeviceWriteIOps: checkedAsLimit,
  CpuPeriod: checkedAsLimit,
  CpuQuota: checkedAsLimit,
  CpuRealtimePeriod: checkedAsLimit,
  CpuRealtimeRuntime: checkedAsLimit,
  CpusetCpus: checkedAsLimit,
  CpusetMems: checkedAsLimit,
  Devices: (devices) => {
    for (const { PathOnHost, PathInContainer, CgroupPermissions } of devices) {
      if (!/^[rwm]{0,3}$/.test(CgroupPermissions)) {
        return new EngineError('invalid', `invalid device mode: ${CgroupPermissions}`);
      }
      const wrong = [PathOnHost, PathInContainer].find((file) => file !== '' && !file.startsWith('/'));
      if (wrong !== undefined || PathOnHost === '' || PathInContainer.includes('\0')) {
        return new EngineError('invalid', `invalid device path: ${JSON.stringify(wrong ?? '')}`);
      }
    }
    return undefined;
  },
  DeviceCgroupRules: (rules) => {
    for (const rule of rules) parseDeviceRule(rule);
    return undefined;
  },
  DeviceRequests: ([request]) =>
    request === undefined
      ? undefined
      : new EngineError(
          'invalid',
          `could not select device driver "${request.Driver}" with capabilities: [${request.Capabilities.map(
            (set) => `[${set.join(' ')}]`,
          ).join(' ')}]`,
        ),
  KernelMemory: checkedAsLimit,
  KernelMemoryTCP: checkedAsLimit,
  MemoryReservation: checkedAsLimit,
  MemorySwap: checkedAsLimit,
  MemorySwappiness: checkedAsLimit,
  OomKillDisable: checkedAsLimit,
  PidsLimit: checkedAsLimit,
  Ulimits: takesEffect,
  CpuCount: forWindows,
  CpuPercent: checkedAsLimit,
  IOMaximumIOps: checkedAsLimit,
  IOMaximumBandwidth: checkedAsLimit,
};

/** Names under which the engine's one runtime may be asked for: clients write Docker's default out. */
export const runtimeNames: readonly string[] = ['berth', 'runc', 'io.containerd.runc.v2'];

/** The fields of HostConfig this table decides on: all of them. */
export const decidedHostFields: readonly string[] = Object.keys(checks);

/** Refuses what the engine cannot do. */
export function refuseUnsupported(body: ContainerCreateBody): void {
  const host = body.HostConfig;
  for (const field of Object.keys(checks)) refuse(checkField(field as keyof HostConfig, host));
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
