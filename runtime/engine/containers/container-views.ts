// What the API shows of a container: inspect and the list entry. Pure.
import { isBuiltIn } from '../networks/built-in-networks.ts';
import {
  endpointSettings,
  untrustedMap,
  type ContainerInspect,
  type ContainerState,
  type ContainerSummary,
  type EndpointSettings,
  type Health,
  type NetworkSettings,
  type UntrustedMap,
} from '../types.ts';
import { bridgeEndpoint, dnsNames } from './container-endpoints.ts';
import { mountPoints } from './container-mounts.ts';
import { createdState, type ContainerRecord, type Endpoint, type HealthRecord } from './container-record.ts';
import type { Folders } from './folders.ts';
import { portList, portMap } from './port-bindings.ts';

/** What a view needs beside the record. */
export interface ViewContext {
  readonly folders: Pick<Folders, 'container' | 'log' | 'volume'>;
  /** A network's id by its name; empty when there is none. */
  readonly networkId: (name: string) => string;
  /** Whether a network is the swarm's, which tells a container's address as if it had been asked for. */
  readonly isOverlay: (name: string) => boolean;
  /** Path of the folder with the image's layers; shown as where the container's root comes from. */
  readonly lower: readonly string[];
  /** Names that links of others give it, `/web/db`. */
  readonly linkedNames: readonly string[];
  /** Its own links, `/db:/web/alias`. */
  readonly links: readonly string[];
}

/** `GET /containers/{id}/json`. */
export function inspectView(
  record: ContainerRecord,
  execIds: readonly string[],
  context: ViewContext,
): ContainerInspect {
  const folder = context.folders.container(record.id);
  const joined = record.hostConfig.NetworkMode.startsWith('container:');
  // They are written at the first start, be it refused then.
  const started = record.state.startedAt !== createdState.startedAt || record.state.error !== '';
  const etc = (name: string): string => (joined || !started ? '' : `${folder}/${name}`);
  return {
    Id: record.id,
    Created: record.created,
    Path: record.path,
    Args: record.args,
    State: stateView(record),
    Image: record.imageId,
    ResolvConfPath: etc('resolv.conf'),
    HostnamePath: etc('hostname'),
    HostsPath: etc('hosts'),
    // Docker tells it of json-file only.
    LogPath:
      started && record.hostConfig.LogConfig.Type === 'json-file'
        ? context.folders.log(record.id, 'json-file')
        : '',
    Name: `/${record.name}`,
    RestartCount: record.state.restartCount,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: appArmorProfile(record),
    ExecIDs: execIds.length === 0 ? null : execIds,
    HostConfig: { ...record.hostConfig, Links: [...context.links] },
    GraphDriver: {
      Name: 'overlay2',
      Data: {
        LowerDir: [`${folder}/init`, ...context.lower].join(':'),
        UpperDir: `${folder}/upper`,
        WorkDir: `${folder}/work`,
      },
    },
    Mounts: mountPoints(record.mounts, (name) => context.folders.volume(name)),
    Config: record.config,
    NetworkSettings: networkView(record, context),
  };
}

/** One entry of `GET /containers/json`. `image` is what to show as its image's name. */
export function summaryView(
  record: ContainerRecord,
  image: string,
  nowMs: number,
  context: ViewContext,
): ContainerSummary {
  return {
    Id: record.id,
    Names: [`/${record.name}`, ...context.linkedNames],
    Image: image,
    ImageID: record.imageId,
    // As Docker: what holds blanks is shown in quotes, and nothing else.
    Command: [record.path, ...record.args.map((word) => (word.includes(' ') ? `'${word}'` : word))].join(' '),
    Created: Math.floor(Date.parse(record.created) / 1000),
    Ports: portList(exposedPorts(record), record.state.ports),
    Labels: record.config.Labels,
    State: record.state.status,
    Status: statusText(record, nowMs),
    HostConfig: { NetworkMode: record.hostConfig.NetworkMode },
    NetworkSettings: { Networks: endpointViews(record, context) },
    Mounts: mountPoints(record.mounts, (name) => context.folders.volume(name)),
  };
}

/** The ports that a container has as long as it runs. */
function exposedPorts(record: ContainerRecord): ContainerRecord['config']['ExposedPorts'] {
  const { ExposedPorts, NetworkDisabled } = record.config;
  return isRunning(record) && !NetworkDisabled ? ExposedPorts : untrustedMap();
}

/** None is ever loaded here; that none was wanted is told as it was said. */
function appArmorProfile({ hostConfig: { SecurityOpt } }: ContainerRecord): string {
  return SecurityOpt.some((option) => /^apparmor[=:]unconfined$/.test(option)) ? 'unconfined' : '';
}

function isRunning({ state: { status } }: ContainerRecord): boolean {
  return status === 'running' || status === 'paused';
}

function stateView(record: ContainerRecord): ContainerState {
  const { state } = record;
  return {
    Status: state.status,
    Running: isRunning(record) || state.status === 'restarting',
    Paused: state.status === 'paused',
    Restarting: state.status === 'restarting',
    OOMKilled: state.oomKilled,
    Dead: state.status === 'dead',
    Pid: state.pid,
    ExitCode: state.exitCode,
    Error: state.error,
    StartedAt: state.startedAt,
    FinishedAt: state.finishedAt,
    ...(state.health === undefined ? {} : { Health: healthView(state.health) }),
  };
}

function healthView({ status, failingStreak, log }: HealthRecord): Health {
  return {
    Status: status,
    FailingStreak: failingStreak,
    Log: log.map(({ start, end, exitCode, output }) => ({
      Start: start,
      End: end,
      ExitCode: exitCode,
      Output: output,
    })),
  };
}

function networkView(record: ContainerRecord, context: ViewContext): NetworkSettings {
  const { endpoints, ports } = record.state;
  // The fields beside `Networks` are of the default bridge alone.
  const endpoint = bridgeEndpoint(record);
  const running = isRunning(record);
  const networks = endpointViews(record, context);
  return {
    Bridge: '',
    SandboxID: endpoints[0]?.endpointId ?? '',
    SandboxKey: running ? `/proc/${String(record.state.pid)}/ns/net` : '',
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    Ports: running ? portMap(exposedPorts(record), ports) : untrustedMap(),
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: endpoint?.endpointId ?? '',
    Gateway: endpoint?.gateway ?? '',
    GlobalIPv6Address: '',
    GlobalIPv6PrefixLen: 0,
    IPAddress: endpoint?.address ?? '',
    IPPrefixLen: endpoint?.prefixLength ?? 0,
    IPv6Gateway: '',
    MacAddress: endpoint?.mac ?? '',
    Networks: networks,
  };
}

const emptyEndpoint = endpointSettings.parse({});

function endpointViews(record: ContainerRecord, context: ViewContext): UntrustedMap<EndpointSettings> {
  return untrustedMap(
    record.networks.map((wish): [string, EndpointSettings] => {
      const builtIn = isBuiltIn(wish.name);
      const endpoint = record.state.endpoints.find(({ network }) => network === wish.name);
      const settings: EndpointSettings = {
        ...emptyEndpoint,
        IPAMConfig: wish.askedIpam
          ? { IPv4Address: wish.ipv4, IPv6Address: wish.ipv6, LinkLocalIPs: wish.linkLocal }
          : null,
        Links: wish.links.length === 0 ? null : wish.links,
        Aliases: wish.aliases.length === 0 ? null : wish.aliases,
        DNSNames: builtIn ? null : dnsNames(record, wish),
        GwPriority: wish.gwPriority,
        MacAddress: wish.mac,
        DriverOpts: untrustedMap(Object.entries(wish.driverOpts)),
        NetworkID: context.networkId(wish.name),
      };
      if (endpoint === undefined) return [wish.name, settings];
      return [
        wish.name,
        {
          ...settings,
          EndpointID: endpoint.endpointId,
          IPAMConfig: context.isOverlay(wish.name) ? overlayIpam(endpoint) : settings.IPAMConfig,
          Gateway: endpoint.gateway,
          IPAddress: endpoint.address,
          IPPrefixLen: endpoint.address === '' ? 0 : endpoint.prefixLength,
          IPv6Gateway: endpoint.gateway6,
          GlobalIPv6Address: endpoint.address6,
          GlobalIPv6PrefixLen: endpoint.address6 === '' ? 0 : endpoint.prefixLength6,
          MacAddress: endpoint.mac,
        },
      ];
    }),
  );
}

function overlayIpam({ address, address6 }: Endpoint): EndpointSettings['IPAMConfig'] {
  return { IPv4Address: address, IPv6Address: address6, LinkLocalIPs: [] };
}

/** `Up 3 minutes`, `Exited (0) 2 hours ago`, as Docker words it. */
export function statusText(record: ContainerRecord, nowMs: number): string {
  const { status, startedAt, finishedAt, exitCode, health } = record.state;
  const since = (time: string): string => humanDuration(nowMs - Date.parse(time));
  switch (status) {
    case 'created':
      return 'Created';
    case 'running':
      return `Up ${since(startedAt)}${health === undefined ? '' : ` (${healthText(health)})`}`;
    case 'paused':
      return `Up ${since(startedAt)} (Paused)`;
    case 'restarting':
      return `Restarting (${String(exitCode)}) ${since(finishedAt)} ago`;
    case 'removing':
      return 'Removal In Progress';
    case 'dead':
      return 'Dead';
    case 'exited':
      return `Exited (${String(exitCode)}) ${since(finishedAt)} ago`;
  }
}

function healthText({ status }: HealthRecord): string {
  return status === 'starting' ? 'health: starting' : status;
}

/** Docker's approximate durations. */
export function humanDuration(durationMs: number): string {
  const seconds = Math.floor(durationMs / 1000);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${String(seconds)} seconds`;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${String(minutes)} minutes`;
  const hours = Math.floor(seconds / 3600 + 0.5);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${String(hours)} hours`;
  if (hours < 24 * 7 * 2) return `${String(Math.floor(hours / 24))} days`;
  if (hours < 24 * 30 * 2) return `${String(Math.floor(hours / 24 / 7))} weeks`;
  if (hours < 24 * 365 * 2) return `${String(Math.floor(hours / 24 / 30))} months`;
  return `${String(Math.floor(hours / 24 / 365))} years`;
}
