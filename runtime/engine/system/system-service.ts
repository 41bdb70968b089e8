// `/info` and `/version`: the truth about this engine and its machine, under the names that Docker's clients read.
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { EngineConfig } from '../config.ts';
import type { ContainerService, EventBus, ImageService, SwarmService, SystemService } from '../services.ts';
import { readRecord, writeRecord } from '../store/records.ts';
import { drivers } from '../drivers.ts';
import { untrustedMap, type SystemInfo } from '../types.ts';
import { engineVersion, maxApiMinor, minApiMinor } from '../version.ts';
import type { CgroupFeatures } from '../containers/cgroup-features.ts';
import { runtimeNames } from '../containers/unsupported.ts';
import { fileSystemOf, inspectMachine, type Machine } from './machine.ts';

/** Docker Hub's address as clients know it: credentials are kept under it. */
const dockerHub = 'https://index.docker.io/v1/';

const identitySchema = z.object({ schema: z.literal(1), id: z.string() });

/** Go's names of Node's architectures. */
const goArchitectures: ReadonlyMap<string, string> = new Map([
  ['x64', 'amd64'],
  ['ia32', '386'],
]);

/** What the service speaks about. */
export interface SystemParts {
  readonly config: EngineConfig;
  readonly containers: Pick<ContainerService, 'list'>;
  readonly images: Pick<ImageService, 'count'>;
  readonly events: Pick<EventBus, 'listeners'>;
  readonly swarm: Pick<SwarmService, 'info'>;
  /** What limits this machine can enforce. */
  readonly features: CgroupFeatures;
  /** Sentences about this machine that `docker info` shows, beside those about missing kernel features. */
  readonly warnings?: () => readonly string[];
}

/** The service; the engine's id is made once per data-root. */
export async function createSystemService(parts: SystemParts): Promise<SystemService> {
  const { config, containers, images, events, features } = parts;
  const identityFile = path.join(config.dataRoot, 'engine-id.json');
  let identity = await readRecord(identityFile, identitySchema);
  if (identity === undefined) {
    identity = { schema: 1, id: randomUUID() };
    await writeRecord(identityFile, identity);
  }
  const { id } = identity;

  return {
    async info(): Promise<SystemInfo> {
      const [machine, fileSystem, all] = await Promise.all([
        inspectMachine(),
        fileSystemOf(config.dataRoot),
        containers.list({ all: true, limit: undefined, filters: new Map() }),
      ]);
      const counted = (...states: readonly string[]) =>
        all.filter((container) => states.includes(container.State)).length;
      const running = counted('running', 'restarting');
      const paused = counted('paused');
      const debug = config.logLevel === 'debug';
      return {
        ID: id,
        Containers: all.length,
        ContainersRunning: running,
        ContainersPaused: paused,
        ContainersStopped: all.length - running - paused,
        Images: images.count(),
        Driver: 'overlay2',
        DriverStatus: [
          ['Backing Filesystem', fileSystem],
          ['Supports d_type', 'true'],
          ['userxattr', 'false'],
        ],
        DockerRootDir: config.dataRoot,
        Plugins: { Volume: drivers.Volume, Network: drivers.Network, Authorization: null, Log: drivers.Log },
        MemoryLimit: features.memory,
        SwapLimit: features.swap,
        KernelMemoryTCP: features.kernelMemoryTcp,
        CpuCfsPeriod: features.cpuCfs,
        CpuCfsQuota: features.cpuCfs,
        CPUShares: features.cpuShares,
        CPUSet: features.cpuset,
        PidsLimit: features.pids,
        OomKillDisable: features.oomKillDisable,
        IPv4Forwarding: machine.forwardsIpv4,
        BridgeNfIptables: machine.bridgeCallsIptables,
        BridgeNfIp6tables: machine.bridgeCallsIp6tables,
        Debug: debug,
        // Docker tells these in debug mode; what waits in Node's loop comes closest to a goroutine.
        NFd: debug ? (await readdir('/proc/self/fd')).length : 0,
        NGoroutines: debug ? process.getActiveResourcesInfo().length : 0,
        SystemTime: new Date().toISOString(),
        LoggingDriver: 'json-file',
        CgroupDriver: 'cgroupfs',
        CgroupVersion: features.version,
        NEventsListener: events.listeners,
        KernelVersion: machine.kernel,
        OperatingSystem: machine.operatingSystem,
        OSVersion: machine.osVersion,
        OSType: 'linux',
        Architecture: machine.architecture,
        NCPU: machine.cpus,
        MemTotal: machine.memoryBytes,
        IndexServerAddress: dockerHub,
        RegistryConfig: registryConfig(config),
        GenericResources: null,
        HttpProxy: withoutPassword(process.env['HTTP_PROXY'] ?? process.env['http_proxy'] ?? ''),
        HttpsProxy: withoutPassword(process.env['HTTPS_PROXY'] ?? process.env['https_proxy'] ?? ''),
        NoProxy: process.env['NO_PROXY'] ?? process.env['no_proxy'] ?? '',
        Name: machine.hostName,
        Labels: [],
        ExperimentalBuild: false,
        ServerVersion: engineVersion,
        Runtimes: untrustedMap(runtimeNames.map((name) => [name, { path: 'berth-spawn' }] as const)),
        DefaultRuntime: 'berth',
        Swarm: parts.swarm.info(),
        // Containers outlive the engine, always.
        LiveRestoreEnabled: true,
        Isolation: '',
        InitBinary: 'berth-monitor',
        ContainerdCommit: { ID: '' },
        RuncCommit: { ID: '' },
        InitCommit: { ID: '' },
        SecurityOptions: [
          ...(machine.seccomp ? ['name=seccomp,profile=builtin'] : []),
          'name=cgroupns', // private unless asked otherwise
        ],
        CDISpecDirs: [],
        Warnings: [...kernelWarnings(machine, features), ...(parts.warnings?.() ?? [])],
      };
    },

    version() {
      const architecture = goArchitectures.get(process.arch) ?? process.arch;
      const details = {
        ApiVersion: `1.${String(maxApiMinor)}`,
        MinAPIVersion: `1.${String(minApiMinor)}`,
        Os: 'linux',
        Arch: architecture,
        KernelVersion: os.release(),
        // Docker's clients print these of the Go program they expect.
        GitCommit: '',
        GoVersion: `node ${process.versions.node}`,
        BuildTime: '',
        Experimental: 'false',
      };
      return Promise.resolve({
        Platform: { Name: 'Berth' },
        Components: [{ Name: 'Engine', Version: engineVersion, Details: details }],
        Version: engineVersion,
        ApiVersion: details.ApiVersion,
        MinAPIVersion: details.MinAPIVersion,
        GitCommit: details.GitCommit,
        GoVersion: details.GoVersion,
        Os: details.Os,
        Arch: details.Arch,
        KernelVersion: details.KernelVersion,
        BuildTime: details.BuildTime,
      });
    },
  };
}

/** Docker's sentences for what the kernel lacks; what cannot be had on a version is not worth a word. */
export function kernelWarnings(
  { forwardsIpv4 }: Pick<Machine, 'forwardsIpv4'>,
  features: CgroupFeatures,
): string[] {
  const onV1 = features.version === '1';
  const throttle = (v1: string, v2: string): readonly [boolean, string] => [
    features.blkioThrottle,
    `No ${onV1 ? `blkio throttle.${v1}_device` : `io.max (${v2})`} support`,
  ];
  const lacks: readonly (readonly [boolean, string])[] = [
    [features.memory, 'No memory limit support'],
    [features.swap, 'No swap limit support'],
    [features.kernelMemoryTcp || !onV1, 'No kernel memory TCP limit support'],
    [features.oomKillDisable || !onV1, 'No oom kill disable support'],
    [features.cpuCfs, 'No cpu cfs quota support'],
    [features.cpuCfs, 'No cpu cfs period support'],
    [features.cpuShares, 'No cpu shares support'],
    [features.cpuset, 'No cpuset support'],
    [features.pids, 'No pids limit support'],
    [features.blkioWeight || onV1, 'No io.weight support'],
    [features.blkioWeight || onV1, 'No io.weight (per device) support'],
    throttle('read_bps', 'rbps'),
    throttle('write_bps', 'wbps'),
    throttle('read_iops', 'riops'),
    throttle('write_iops', 'wiops'),
    [features.devices, 'No device access control support'],
    [forwardsIpv4, 'IPv4 forwarding is disabled'],
  ];
  return lacks.flatMap(([there, sentence]) => (there ? [] : [`WARNING: ${sentence}`]));
}

function registryConfig(config: EngineConfig): SystemInfo['RegistryConfig'] {
  type Index = SystemInfo['RegistryConfig']['IndexConfigs'][string];
  const mirrors = config.registryMirrors.map((mirror) => mirror + '/');
  const indexes = new Map<string, Index>();
  indexes.set('docker.io', { Name: 'docker.io', Mirrors: mirrors, Secure: true, Official: true });
  for (const name of config.insecureRegistries) {
    indexes.set(name, { Name: name, Mirrors: [], Secure: false, Official: false });
  }
  return { InsecureRegistryCIDRs: [], IndexConfigs: untrustedMap(indexes), Mirrors: mirrors };
}

/** A proxy's address as it may be shown. */
function withoutPassword(proxy: string): string {
  return proxy.replace(/\/\/[^@/]*@/, '//xxxxx:xxxxx@');
}
