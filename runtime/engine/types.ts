// The JSON shapes of Docker Engine API 1.51, as its public specification gives them. What comes in is a zod schema
// whose result is complete: absent and null mean the zero value, as they do for Docker, and unknown keys are dropped.
// What only goes out is an interface. Whether an option has an effect is the services' business, not this file's.
import { z } from 'zod';
import type { SwarmInfo } from './swarm/swarm-types.ts';

/** A map with keys from outside: it has no prototype, so that no key of it means anything but itself. */
export type UntrustedMap<T> = Record<string, T>;

/** An empty {@link UntrustedMap}, or one with these entries. */
export function untrustedMap<T>(entries: Iterable<readonly [string, T]> = []): UntrustedMap<T> {
  const map: UntrustedMap<T> = Object.create(null) as UntrustedMap<T>;
  for (const [key, value] of entries) map[key] = value;
  return map;
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A JSON object as an {@link UntrustedMap}; zod's own record loses the key `__proto__`. */
export function mapOf<T>(values: z.ZodType<T>) {
  return z
    .unknown()
    .optional()
    .transform((input, context): UntrustedMap<T> => {
      const map = untrustedMap<T>();
      if (input === null || input === undefined) return map;
      if (!isObject(input)) {
        context.addIssue({ code: 'custom', message: 'expected an object' });
        return map;
      }
      for (const [key, value] of Object.entries(input)) {
        const result = values.safeParse(value);
        if (result.success) map[key] = result.data;
        else
          for (const issue of result.error.issues) context.addIssue({ ...issue, path: [key, ...issue.path] });
      }
      return map;
    });
}

/** Texts, switches and numbers that may be absent or null. */
export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
export const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
/** An int64; JSON numbers that a double cannot hold exactly are refused. */
export const integer = z
  .int()
  .nullish()
  .transform((value) => value ?? 0);
const optionalInteger = z
  .int()
  .nullish()
  .transform((value) => value ?? null);
const optionalFlag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? null);
const listOf = <T>(item: z.ZodType<T>) =>
  z
    .array(item)
    .nullish()
    .transform((value): T[] => value ?? []);
export const texts = listOf(text);
const optionalTexts = z
  .array(text)
  .nullish()
  .transform((value) => value ?? null);
/** A command: a list, or one string for a list of one. null and [] differ: null inherits the image's. */
const command = z
  .union([z.string().transform((value) => [value]), z.array(text)])
  .nullish()
  .transform((value) => value ?? null);
/** A list, or one string for a list of one. */
const oneOrMore = command.transform((value) => value ?? []);
const textMap = mapOf(text);
/** null is kept apart from an empty map, where Docker shows each as it was given. */
export const textMapOrNull = z
  .unknown()
  .optional()
  .transform((value): unknown => value ?? null)
  .pipe(z.union([z.null(), textMap]));
/** A Go set, `{"80/tcp": {}}`: only the keys count. */
const set = mapOf(z.unknown().transform((): Record<string, never> => ({})));
const consoleSize = z
  .tuple([z.int().min(0), z.int().min(0)])
  .nullish()
  .transform((value) => value ?? null);

export const healthConfig = z.object({
  Test: texts,
  Interval: integer,
  Timeout: integer,
  StartPeriod: integer,
  StartInterval: integer,
  Retries: integer,
});
export type HealthConfig = z.infer<typeof healthConfig>;

/** What a container runs, apart from the host it runs on. Also the `config` of an image. */
export const containerConfig = z.object({
  Hostname: text,
  Domainname: text,
  User: text,
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  ExposedPorts: set,
  Tty: flag,
  OpenStdin: flag,
  StdinOnce: flag,
  Env: texts,
  Cmd: command,
  Healthcheck: healthConfig.nullish().transform((value) => value ?? null),
  ArgsEscaped: flag,
  Image: text,
  Volumes: set,
  WorkingDir: text,
  Entrypoint: command,
  NetworkDisabled: flag,
  MacAddress: text,
  OnBuild: optionalTexts,
  Labels: textMap,
  StopSignal: text,
  StopTimeout: optionalInteger,
  Shell: command,
});
export type ContainerConfig = z.infer<typeof containerConfig>;

export const portBinding = z.object({ HostIp: text, HostPort: text });
export type PortBinding = z.infer<typeof portBinding>;

const throttleDevices = listOf(z.object({ Path: text, Rate: integer }));

export const mount = z.object({
  Type: text,
  Source: text,
  Target: text,
  ReadOnly: flag,
  Consistency: text,
  BindOptions: z
    .object({
      Propagation: text,
      NonRecursive: flag,
      CreateMountpoint: flag,
      ReadOnlyNonRecursive: flag,
      ReadOnlyForceRecursive: flag,
    })
    .nullish()
    .transform((value) => value ?? null),
  VolumeOptions: z
    .object({
      NoCopy: flag,
      Labels: textMap,
      Subpath: text,
      DriverConfig: z
        .object({ Name: text, Options: textMap })
        .nullish()
        .transform((value) => value ?? null),
    })
    .nullish()
    .transform((value) => value ?? null),
  ImageOptions: z
    .object({ Subpath: text })
    .nullish()
    .transform((value) => value ?? null),
  TmpfsOptions: z
    .object({ SizeBytes: integer, Mode: integer, Options: listOf(texts) })
    .nullish()
    .transform((value) => value ?? null),
  ClusterOptions: z
    .unknown()
    .optional()
    .transform((value) => (isObject(value) ? value : null)),
});
export type Mount = z.infer<typeof mount>;

/** How a container is tied to its host. Every field of the API is here, so that one without effect can be refused. */
export const hostConfig = z.object({
  // What it sees of the host
  Binds: texts,
  ContainerIDFile: text,
  LogConfig: z
    .object({ Type: text, Config: textMap })
    .nullish()
    .transform((value) => value ?? { Type: '', Config: untrustedMap<string>() }),
  NetworkMode: text,
  PortBindings: mapOf(listOf(portBinding)),
  RestartPolicy: z
    .object({ Name: text, MaximumRetryCount: integer })
    .nullish()
    .transform((value) => value ?? { Name: '', MaximumRetryCount: 0 }),
  AutoRemove: flag,
  VolumeDriver: text,
  VolumesFrom: texts,
  Mounts: listOf(mount),
  ConsoleSize: consoleSize,
  Annotations: textMap,
  CapAdd: oneOrMore,
  CapDrop: oneOrMore,
  CgroupnsMode: text,
  Dns: texts,
  DnsOptions: texts,
  DnsSearch: texts,
  ExtraHosts: texts,
  GroupAdd: texts,
  IpcMode: text,
  Cgroup: text,
  Links: texts,
  OomScoreAdj: integer,
  PidMode: text,
  Privileged: flag,
  PublishAllPorts: flag,
  ReadonlyRootfs: flag,
  SecurityOpt: texts,
  StorageOpt: textMap,
  Tmpfs: textMap,
  UTSMode: text,
  UsernsMode: text,
  ShmSize: integer,
  Sysctls: textMap,
  Runtime: text,
  Isolation: text,
  /** null takes the default set; [] masks nothing. */
  MaskedPaths: optionalTexts,
  ReadonlyPaths: optionalTexts,
  Init: optionalFlag,
  // Resources
  CpuShares: integer,
  Memory: integer,
  NanoCpus: integer,
  CgroupParent: text,
  BlkioWeight: integer,
  BlkioWeightDevice: listOf(z.object({ Path: text, Weight: integer })),
  BlkioDeviceReadBps: throttleDevices,
  BlkioDeviceWriteBps: throttleDevices,
  BlkioDeviceReadIOps: throttleDevices,
  BlkioDeviceWriteIOps: throttleDevices,
  CpuPeriod: integer,
  CpuQuota: integer,
  CpuRealtimePeriod: integer,
  CpuRealtimeRuntime: integer,
  CpusetCpus: text,
  CpusetMems: text,
  Devices: listOf(z.object({ PathOnHost: text, PathInContainer: text, CgroupPermissions: text })),
  DeviceCgroupRules: texts,
  DeviceRequests: listOf(
    z.object({
      Driver: text,
      Count: integer,
      DeviceIDs: texts,
      Capabilities: listOf(texts),
      Options: textMap,
    }),
  ),
  KernelMemory: integer,
  KernelMemoryTCP: integer,
  MemoryReservation: integer,
  MemorySwap: integer,
  /** null and -1 leave it as it is. */
  MemorySwappiness: optionalInteger,
  OomKillDisable: optionalFlag,
  /** null, 0 and -1 are unlimited. */
  PidsLimit: optionalInteger,
  Ulimits: listOf(z.object({ Name: text, Soft: integer, Hard: integer })),
  // Windows only
  CpuCount: integer,
  CpuPercent: integer,
  IOMaximumIOps: integer,
  IOMaximumBandwidth: integer,
});
export type HostConfig = z.infer<typeof hostConfig>;

/** `POST /containers/{id}/update`. */
export const containerUpdateBody = hostConfig.pick({
  BlkioWeight: true,
  CpuShares: true,
  NanoCpus: true,
  CpuPeriod: true,
  CpuQuota: true,
  CpuRealtimePeriod: true,
  CpuRealtimeRuntime: true,
  CpusetCpus: true,
  CpusetMems: true,
  Memory: true,
  MemorySwap: true,
  MemoryReservation: true,
  KernelMemory: true,
  PidsLimit: true,
  RestartPolicy: true,
});
export type ContainerUpdateBody = z.infer<typeof containerUpdateBody>;

/** One container's place in one network: wishes on the way in, facts on the way out. */
export const endpointSettings = z.object({
  IPAMConfig: z
    .object({ IPv4Address: text, IPv6Address: text, LinkLocalIPs: texts })
    .nullish()
    .transform((value) => value ?? null),
  Links: optionalTexts,
  Aliases: optionalTexts,
  MacAddress: text,
  DriverOpts: textMap,
  GwPriority: integer,
  NetworkID: text,
  EndpointID: text,
  Gateway: text,
  IPAddress: text,
  IPPrefixLen: integer,
  IPv6Gateway: text,
  GlobalIPv6Address: text,
  GlobalIPv6PrefixLen: integer,
  DNSNames: optionalTexts,
});
export type EndpointSettings = z.infer<typeof endpointSettings>;

/** `POST /networks/create`. */
export const networkCreateBody = z.object({
  Name: text,
  CheckDuplicate: flag,
  Driver: text,
  Scope: text,
  Internal: flag,
  Attachable: flag,
  Ingress: flag,
  ConfigOnly: flag,
  ConfigFrom: z
    .object({ Network: text })
    .nullish()
    .transform((value) => value ?? { Network: '' }),
  EnableIPv4: optionalFlag,
  EnableIPv6: optionalFlag,
  IPAM: z
    .object({
      Driver: text,
      Options: z
        .record(z.string(), z.string())
        .nullish()
        .transform((value) => (value == null ? null : untrustedMap(Object.entries(value)))),
      Config: listOf(z.object({ Subnet: text, IPRange: text, Gateway: text, AuxiliaryAddresses: textMap })),
    })
    .nullish()
    .transform((value) => value ?? { Driver: '', Options: null, Config: [] }),
  Options: textMap,
  Labels: textMap,
});
export type NetworkCreateBody = z.infer<typeof networkCreateBody>;

/** `POST /networks/{id}/connect` and `/disconnect`. */
export const networkConnectBody = z.object({
  Container: text,
  EndpointConfig: endpointSettings.nullish().transform((value) => value ?? endpointSettings.parse({})),
});
export const networkDisconnectBody = z.object({ Container: text, Force: flag });

/** `POST /containers/create`. A HostConfig and a NetworkingConfig are always there after parsing. */
export const containerCreateBody = containerConfig.extend({
  HostConfig: hostConfig.nullish().transform((value) => value ?? hostConfig.parse({})),
  NetworkingConfig: z
    .object({
      EndpointsConfig: mapOf(
        endpointSettings.nullish().transform((value) => value ?? endpointSettings.parse({})),
      ),
    })
    .nullish()
    .transform((value) => value ?? { EndpointsConfig: untrustedMap<EndpointSettings>() }),
});
export type ContainerCreateBody = z.infer<typeof containerCreateBody>;

/** `POST /containers/{id}/exec`. */
export const execCreateBody = z.object({
  User: text,
  Privileged: flag,
  Tty: flag,
  ConsoleSize: consoleSize,
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  DetachKeys: text,
  Env: texts,
  WorkingDir: text,
  Cmd: command,
});
export type ExecCreateBody = z.infer<typeof execCreateBody>;

/** `POST /exec/{id}/start`. */
export const execStartBody = z.object({ Detach: flag, Tty: flag, ConsoleSize: consoleSize });

export interface ExecInspect {
  readonly CanRemove: boolean;
  readonly ContainerID: string;
  readonly DetachKeys: string;
  /** null until it has ended. */
  readonly ExitCode: number | null;
  readonly ID: string;
  readonly OpenStderr: boolean;
  readonly OpenStdin: boolean;
  readonly OpenStdout: boolean;
  readonly ProcessConfig: {
    readonly arguments: readonly string[];
    readonly entrypoint: string;
    readonly privileged: boolean;
    readonly tty: boolean;
    readonly user?: string;
  };
  readonly Running: boolean;
  /** 0 until it was started; kept when it has ended. */
  readonly Pid: number;
}

/** A mount of a container as inspect shows it. */
export interface MountPoint {
  readonly Type: 'bind' | 'volume' | 'tmpfs' | 'image';
  readonly Name?: string;
  readonly Source: string;
  readonly Destination: string;
  readonly Driver?: string;
  readonly Mode: string;
  readonly RW: boolean;
  readonly Propagation: string;
}

/** `POST /volumes/create`. */
export const volumeCreateBody = z.object({
  Name: text,
  Driver: text,
  DriverOpts: textMapOrNull,
  Labels: textMapOrNull,
  ClusterVolumeSpec: z.unknown().optional(),
});
export type VolumeCreateBody = z.infer<typeof volumeCreateBody>;

/** A volume, listed or inspected. */
export interface Volume {
  readonly CreatedAt: string;
  readonly Driver: string;
  readonly Labels: Readonly<UntrustedMap<string>> | null;
  readonly Mountpoint: string;
  readonly Name: string;
  readonly Options: Readonly<UntrustedMap<string>> | null;
  readonly Scope: 'local';
  /** Only in `/system/df`. */
  readonly UsageData?: {
    /** Bytes; -1 when it is not known, as of a volume with a file system of its own. */
    readonly Size: number;
    /** Containers that refer to it, whether they run or not. */
    readonly RefCount: number;
  };
}

/** A port of a container as the list shows it. */
export interface Port {
  readonly IP?: string;
  readonly PrivatePort: number;
  readonly PublicPort?: number;
  readonly Type: 'tcp' | 'udp' | 'sctp';
}

export type ContainerStatus =
  'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

/** `GET /containers/{id}/top`: a table. */
export interface ContainerTop {
  readonly Titles: readonly string[];
  readonly Processes: readonly (readonly string[])[];
}

export interface CpuStats {
  /** Nanoseconds. */
  readonly cpu_usage: {
    readonly total_usage: number;
    readonly percpu_usage?: readonly number[];
    readonly usage_in_kernelmode: number;
    readonly usage_in_usermode: number;
  };
  readonly system_cpu_usage?: number;
  readonly online_cpus?: number;
  readonly throttling_data: {
    readonly periods: number;
    readonly throttled_periods: number;
    readonly throttled_time: number;
  };
}

/** Bytes; empty when the container does not run. */
export interface MemoryStats {
  readonly usage?: number;
  readonly max_usage?: number;
  readonly stats?: Readonly<UntrustedMap<number>>;
  readonly failcnt?: number;
  readonly limit?: number;
}

export interface BlkioEntry {
  readonly major: number;
  readonly minor: number;
  readonly op: string;
  readonly value: number;
}

type BlkioEntries = readonly BlkioEntry[] | null;

export interface BlkioStats {
  readonly io_service_bytes_recursive: BlkioEntries;
  readonly io_serviced_recursive: BlkioEntries;
  readonly io_queue_recursive: BlkioEntries;
  readonly io_service_time_recursive: BlkioEntries;
  readonly io_wait_time_recursive: BlkioEntries;
  readonly io_merged_recursive: BlkioEntries;
  readonly io_time_recursive: BlkioEntries;
  readonly sectors_recursive: BlkioEntries;
}

export interface NetworkStats {
  readonly rx_bytes: number;
  readonly rx_packets: number;
  readonly rx_errors: number;
  readonly rx_dropped: number;
  readonly tx_bytes: number;
  readonly tx_packets: number;
  readonly tx_errors: number;
  readonly tx_dropped: number;
}

/** One sample of `GET /containers/{id}/stats`. */
export interface ContainerStats {
  readonly name: string;
  readonly id: string;
  readonly read: string;
  readonly preread: string;
  readonly pids_stats: { readonly current?: number; readonly limit?: number };
  readonly blkio_stats: BlkioStats;
  readonly num_procs: number;
  readonly storage_stats: Readonly<Record<never, never>>;
  readonly cpu_stats: CpuStats;
  readonly precpu_stats: CpuStats;
  readonly memory_stats: MemoryStats;
  readonly networks?: Readonly<UntrustedMap<NetworkStats>>;
}

export interface HealthcheckResult {
  readonly Start: string;
  readonly End: string;
  readonly ExitCode: number;
  readonly Output: string;
}

export interface Health {
  readonly Status: 'none' | 'starting' | 'healthy' | 'unhealthy';
  readonly FailingStreak: number;
  readonly Log: readonly HealthcheckResult[];
}

/** Times are RFC 3339 with nanoseconds; `0001-01-01T00:00:00Z` is never. */
export interface ContainerState {
  readonly Status: ContainerStatus;
  readonly Running: boolean;
  readonly Paused: boolean;
  readonly Restarting: boolean;
  readonly OOMKilled: boolean;
  readonly Dead: boolean;
  readonly Pid: number;
  readonly ExitCode: number;
  readonly Error: string;
  readonly StartedAt: string;
  readonly FinishedAt: string;
  readonly Health?: Health;
}

export interface NetworkSettings {
  readonly Bridge: string;
  readonly SandboxID: string;
  readonly SandboxKey: string;
  readonly HairpinMode: boolean;
  readonly LinkLocalIPv6Address: string;
  readonly LinkLocalIPv6PrefixLen: number;
  /** `80/tcp` to where it is published; null when it is only exposed. */
  readonly Ports: Readonly<UntrustedMap<readonly PortBinding[] | null>>;
  readonly SecondaryIPAddresses: null;
  readonly SecondaryIPv6Addresses: null;
  readonly EndpointID: string;
  readonly Gateway: string;
  readonly GlobalIPv6Address: string;
  readonly GlobalIPv6PrefixLen: number;
  readonly IPAddress: string;
  readonly IPPrefixLen: number;
  readonly IPv6Gateway: string;
  readonly MacAddress: string;
  readonly Networks: Readonly<UntrustedMap<EndpointSettings>>;
}

export interface GraphDriver {
  readonly Name: string;
  readonly Data: Readonly<Record<string, string>> | null;
}

export interface ContainerInspect {
  readonly Id: string;
  readonly Created: string;
  readonly Path: string;
  readonly Args: readonly string[];
  readonly State: ContainerState;
  /** `sha256:<hex>`. */
  readonly Image: string;
  readonly ResolvConfPath: string;
  readonly HostnamePath: string;
  readonly HostsPath: string;
  readonly LogPath: string;
  /** With a leading slash. */
  readonly Name: string;
  readonly RestartCount: number;
  readonly Driver: string;
  readonly Platform: string;
  readonly MountLabel: string;
  readonly ProcessLabel: string;
  readonly AppArmorProfile: string;
  readonly ExecIDs: readonly string[] | null;
  readonly HostConfig: HostConfig;
  readonly GraphDriver: GraphDriver;
  readonly SizeRw?: number;
  readonly SizeRootFs?: number;
  readonly Mounts: readonly MountPoint[];
  readonly Config: ContainerConfig;
  readonly NetworkSettings: NetworkSettings;
}

export interface ContainerSummary {
  readonly Id: string;
  /** With a leading slash. */
  readonly Names: readonly string[];
  /** As it was typed at creation; the id when that name now means another image. */
  readonly Image: string;
  readonly ImageID: string;
  readonly Command: string;
  /** Seconds since the epoch. */
  readonly Created: number;
  readonly Ports: readonly Port[];
  readonly SizeRw?: number;
  readonly SizeRootFs?: number;
  readonly Labels: Readonly<UntrustedMap<string>>;
  readonly State: ContainerStatus;
  /** `Up 3 minutes`, `Exited (0) 2 hours ago`. */
  readonly Status: string;
  readonly HostConfig: {
    readonly NetworkMode: string;
    readonly Annotations?: Readonly<UntrustedMap<string>>;
  };
  readonly NetworkSettings: { readonly Networks: Readonly<UntrustedMap<EndpointSettings>> };
  readonly Mounts: readonly MountPoint[];
}

export interface ImageInspect {
  readonly Id: string;
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
  readonly Parent: string;
  readonly Comment: string;
  readonly Created?: string;
  /** The container it was committed from, and that container's config; until 1.44. */
  readonly Container: string;
  readonly ContainerConfig: ContainerConfig;
  readonly DockerVersion: string;
  readonly Author: string;
  readonly Config: ContainerConfig;
  readonly Architecture: string;
  readonly Variant?: string;
  readonly Os: string;
  readonly OsVersion?: string;
  readonly Size: number;
  readonly GraphDriver: GraphDriver;
  /** `Type` is `layers`; the diffIDs, lowest first. */
  readonly RootFS: { readonly Type: string; readonly Layers: readonly string[] };
  readonly Metadata: { readonly LastTagTime: string };
}

/** A step of `GET /images/{name}/history`. */
export interface ImageHistoryItem {
  /** `<missing>` for a step that is no image here. */
  readonly Id: string;
  /** Seconds since the epoch. */
  readonly Created: number;
  readonly CreatedBy: string;
  readonly Tags: readonly string[] | null;
  readonly Size: number;
  readonly Comment: string;
}

export interface ImageSummary {
  readonly Id: string;
  readonly ParentId: string;
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
  /** Seconds since the epoch. */
  readonly Created: number;
  readonly Size: number;
  /** -1 when it was not asked for. */
  readonly SharedSize: number;
  readonly Labels: Readonly<UntrustedMap<string>> | null;
  /** -1 when it is not known. */
  readonly Containers: number;
}

export type ImageDeleteItem = { readonly Untagged: string } | { readonly Deleted: string };

export interface IpamConfig {
  readonly Subnet: string;
  readonly IPRange?: string;
  readonly Gateway?: string;
  readonly AuxiliaryAddresses?: Readonly<UntrustedMap<string>>;
}

export interface NetworkInspect {
  readonly Name: string;
  readonly Id: string;
  readonly Created: string;
  readonly Scope: 'local' | 'swarm';
  readonly Driver: string;
  readonly EnableIPv4: boolean;
  readonly EnableIPv6: boolean;
  readonly IPAM: {
    readonly Driver: string;
    readonly Options: Readonly<UntrustedMap<string>> | null;
    readonly Config: readonly IpamConfig[];
  };
  readonly Internal: boolean;
  readonly Attachable: boolean;
  readonly Ingress: boolean;
  readonly ConfigFrom: { readonly Network: string };
  readonly ConfigOnly: boolean;
  /** By container id. */
  readonly Containers: Readonly<
    UntrustedMap<{
      readonly Name: string;
      readonly EndpointID: string;
      readonly MacAddress: string;
      /** With its prefix length, `172.17.0.2/16`. */
      readonly IPv4Address: string;
      readonly IPv6Address: string;
    }>
  > | null;
  readonly Options: Readonly<UntrustedMap<string>>;
  readonly Labels: Readonly<UntrustedMap<string>> | null;
  /** The nodes that have somebody in a network of the swarm. */
  readonly Peers?: readonly { readonly Name: string; readonly IP: string }[];
}

/** `status`, `id` and `from` are the older form of the same, for containers and images. */
export interface EventMessage {
  readonly status?: string;
  readonly id?: string;
  readonly from?: string;
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<UntrustedMap<string>> };
  readonly scope: 'local' | 'swarm';
  /** Seconds since the epoch. */
  readonly time: number;
  /** Nanoseconds since the epoch: more than a double can hold. */
  readonly timeNano: bigint;
  /** Its place among all events of this engine, from 1 without a gap: a client sees whether it missed one. Not Docker's. */
  readonly sequence: number;
}

/** `GET /info`, without what only swarm or containerd would fill. */
export interface SystemInfo {
  readonly ID: string;
  readonly Containers: number;
  readonly ContainersRunning: number;
  readonly ContainersPaused: number;
  readonly ContainersStopped: number;
  readonly Images: number;
  readonly Driver: string;
  readonly DriverStatus: readonly (readonly [string, string])[];
  readonly DockerRootDir: string;
  readonly Plugins: {
    readonly Volume: readonly string[];
    readonly Network: readonly string[];
    readonly Authorization: readonly string[] | null;
    readonly Log: readonly string[];
  };
  readonly MemoryLimit: boolean;
  readonly SwapLimit: boolean;
  readonly KernelMemoryTCP: boolean;
  readonly CpuCfsPeriod: boolean;
  readonly CpuCfsQuota: boolean;
  readonly CPUShares: boolean;
  readonly CPUSet: boolean;
  readonly PidsLimit: boolean;
  readonly OomKillDisable: boolean;
  readonly IPv4Forwarding: boolean;
  readonly BridgeNfIptables: boolean;
  readonly BridgeNfIp6tables: boolean;
  readonly Debug: boolean;
  readonly NFd: number;
  readonly NGoroutines: number;
  readonly SystemTime: string;
  readonly LoggingDriver: string;
  readonly CgroupDriver: string;
  readonly CgroupVersion: '1' | '2';
  readonly NEventsListener: number;
  readonly KernelVersion: string;
  readonly OperatingSystem: string;
  readonly OSVersion: string;
  readonly OSType: 'linux';
  readonly Architecture: string;
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly IndexServerAddress: string;
  readonly RegistryConfig: {
    readonly InsecureRegistryCIDRs: readonly string[];
    readonly IndexConfigs: Readonly<
      UntrustedMap<{
        readonly Name: string;
        readonly Mirrors: readonly string[];
        readonly Secure: boolean;
        readonly Official: boolean;
      }>
    >;
    readonly Mirrors: readonly string[];
  };
  readonly GenericResources: null;
  readonly HttpProxy: string;
  readonly HttpsProxy: string;
  readonly NoProxy: string;
  readonly Name: string;
  readonly Labels: readonly string[];
  readonly ExperimentalBuild: boolean;
  readonly ServerVersion: string;
  readonly Runtimes: Readonly<UntrustedMap<{ readonly path: string }>>;
  readonly DefaultRuntime: string;
  readonly Swarm: SwarmInfo;
  readonly LiveRestoreEnabled: boolean;
  readonly Isolation: string;
  readonly InitBinary: string;
  readonly ContainerdCommit: { readonly ID: string };
  readonly RuncCommit: { readonly ID: string };
  readonly InitCommit: { readonly ID: string };
  readonly SecurityOptions: readonly string[];
  readonly DefaultAddressPools?: readonly { readonly Base: string; readonly Size: number }[];
  readonly CDISpecDirs: readonly string[];
  readonly Warnings: readonly string[];
}
