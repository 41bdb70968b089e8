// What an answer looks like on the wire: fields that Go leaves out when they are empty are left out, and what an
// older API version lacks, or has more of, is taken back in one table.
import type {
  ContainerInspect,
  ContainerSummary,
  EventMessage,
  ImageInspect,
  ImageSummary,
  Mount,
  NetworkInspect,
  SystemInfo,
} from '../types.ts';
import {
  configJson,
  imageConfigJson,
  inside,
  nullWhenEmpty,
  without,
  withoutEmpty,
  type Json,
} from '../config-json.ts';

/** Which answers the table knows. */
type Shape = 'containerInspect' | 'containerSummary' | 'imageInspect' | 'imageSummary' | 'network' | 'info';

/** A change for clients before `before` (a minor version). */
interface Change {
  readonly shape: Shape;
  readonly before: number;
  readonly change: (value: Json) => Json;
}

const changes: readonly Change[] = [
  {
    shape: 'info',
    before: 49,
    change: (info) =>
      inside(info, 'RegistryConfig', (registry) => ({
        AllowNondistributableArtifactsCIDRs: [],
        AllowNondistributableArtifactsHostnames: [],
        ...registry,
      })),
  },
  {
    shape: 'info',
    before: 49,
    change: (info) =>
      ['ContainerdCommit', 'RuncCommit', 'InitCommit'].reduce(
        (shown, name) => inside(shown, name, (commit) => ({ ...commit, Expected: commit['ID'] })),
        info,
      ),
  },
  { shape: 'info', before: 44, change: (info) => without(info, ['CDISpecDirs']) },
  // Linux took the limit away in 5.16, and before it was never to be relied on.
  { shape: 'info', before: 42, change: (info) => ({ ...info, KernelMemory: false }) },
  {
    shape: 'info',
    before: 25,
    change: (info) => ({ ...info, SecurityOptions: plainOptions(info['SecurityOptions']) }),
  },
  { shape: 'imageSummary', before: 51, change: (image) => ({ ...image, Containers: -1 }) },
  { shape: 'network', before: 47, change: (network) => without(network, ['EnableIPv4']) },
  {
    shape: 'containerSummary',
    before: 46,
    change: (container) => inside(container, 'HostConfig', (host) => without(host, ['Annotations'])),
  },
  { shape: 'imageInspect', before: 44, change: (image) => ({ ...image, VirtualSize: image['Size'] }) },
  { shape: 'imageSummary', before: 44, change: (image) => ({ ...image, VirtualSize: image['Size'] }) },
  {
    shape: 'containerInspect',
    before: 48,
    change: (container) => withEndpoints(container, (endpoint) => without(endpoint, ['GwPriority'])),
  },
  {
    shape: 'containerInspect',
    before: 44,
    change: (container) =>
      withEndpoints(
        inside(container, 'Config', (config) =>
          inside(config, 'Healthcheck', (check) => without(check, ['StartInterval'])),
        ),
        (endpoint) => without(endpoint, ['DNSNames']),
      ),
  },
  {
    shape: 'containerSummary',
    before: 48,
    change: (container) => withEndpoints(container, (endpoint) => without(endpoint, ['GwPriority'])),
  },
  {
    shape: 'containerSummary',
    before: 44,
    change: (container) => withEndpoints(container, (endpoint) => without(endpoint, ['DNSNames'])),
  },
  {
    shape: 'containerInspect',
    before: 43,
    change: (container) => inside(container, 'HostConfig', (host) => without(host, ['Annotations'])),
  },
];

/** Fields that are not there when they are empty (`omitempty`). */
const hostOmitsEmpty = ['Annotations', 'Mounts', 'StorageOpt', 'Tmpfs', 'Sysctls', 'Runtime'];
const hostOmitsOld = ['KernelMemory', 'KernelMemoryTCP'];
/** Lists that are null when nobody gave them: Docker keeps what its CLI sends. */
const hostNullWhenEmpty = [
  ...[
    'Binds',
    'Links',
    'VolumesFrom',
    'CapAdd',
    'CapDrop',
    'ExtraHosts',
    'GroupAdd',
    'SecurityOpt',
    'Ulimits',
  ],
  ...['BlkioDeviceReadBps', 'BlkioDeviceReadIOps', 'BlkioDeviceWriteBps', 'BlkioDeviceWriteIOps'],
  ...['DeviceCgroupRules', 'DeviceRequests'],
];
const mountOmitsEmpty = [
  'Source',
  'ReadOnly',
  'Consistency',
  'BindOptions',
  'VolumeOptions',
  'ImageOptions',
  'TmpfsOptions',
  'ClusterOptions',
];

/** A container as inspect shows it. */
export function containerInspectJson(container: ContainerInspect, minor: number): Json {
  const host: Json = container.HostConfig;
  const { Id } = container;
  const endpoints = withEndpoints({ ...container }, (endpoint) =>
    endpointJson(minor < 45 ? withShortId(endpoint, Id) : endpoint),
  );
  return shaped('containerInspect', minor, {
    ...endpoints,
    Config: configJson(container.Config),
    HostConfig: {
      ...nullWhenEmpty(withoutEmpty(host, [...hostOmitsEmpty, ...hostOmitsOld]), hostNullWhenEmpty),
      // That it was said is told, whatever was said.
      Init: container.HostConfig.Init ?? undefined,
      ConsoleSize: container.HostConfig.ConsoleSize ?? [0, 0],
      ...(container.HostConfig.Mounts.length > 0 && {
        Mounts: container.HostConfig.Mounts.map(mountJson),
      }),
    },
  });
}

function endpointJson(endpoint: Json): Json {
  const shown = inside(endpoint, 'IPAMConfig', (asked) => withoutEmpty(asked, Object.keys(asked)));
  return nullWhenEmpty(shown, ['DriverOpts']);
}

/** Until 1.45 the names that a network somebody made finds a container by held the beginning of its id. */
function withShortId(endpoint: Json, id: string): Json {
  const { Aliases, DNSNames } = endpoint;
  if (DNSNames === null) return endpoint;
  return { ...endpoint, Aliases: [...(Array.isArray(Aliases) ? Aliases : []), id.slice(0, 12)] };
}

function mountJson(mount: Mount): Json {
  let shown: Json = withoutEmpty(mount, mountOmitsEmpty);
  for (const options of ['BindOptions', 'VolumeOptions', 'ImageOptions', 'TmpfsOptions']) {
    shown = inside(shown, options, (inner) => withoutEmpty(inner, Object.keys(inner)));
  }
  return shown;
}

/** A container as the list shows it. */
export function containerSummaryJson(container: ContainerSummary, minor: number): Json {
  // Go leaves out a size of nothing, here and not in inspect.
  const shown = withoutEmpty({ ...container }, ['SizeRw', 'SizeRootFs']);
  return shaped('containerSummary', minor, withEndpoints(shown, endpointJson));
}

/** What a container's config has and an image's has not; an image that was committed brings it along. */
const ofContainersAlone: readonly string[] = [
  'Hostname',
  'Domainname',
  'AttachStdin',
  'AttachStdout',
  'AttachStderr',
  'Tty',
  'OpenStdin',
  'StdinOnce',
  'Image',
  'NetworkDisabled',
  'MacAddress',
  'StopTimeout',
];

/** An image as inspect shows it; since 1.50 its config has only what images have, and that not when empty. */
export function imageInspectJson(image: ImageInspect, minor: number): Json {
  const config =
    minor >= 50
      ? withoutEmpty(without(image.Config, ofContainersAlone), Object.keys(image.Config))
      : imageConfigJson(image.Config);
  const { Container, ContainerConfig, ...rest } = image;
  const of = minor < 45 ? { Container, ContainerConfig: imageConfigJson(ContainerConfig) } : {};
  return shaped('imageInspect', minor, { ...rest, ...of, Config: config });
}

/** An image as the list shows it. */
export function imageSummaryJson(image: ImageSummary, minor: number): Json {
  return shaped('imageSummary', minor, { ...image });
}

/** A network, listed or inspected. */
export function networkJson(network: NetworkInspect, minor: number): Json {
  return shaped('network', minor, { ...network });
}

/** `/info`; what bridges do with packets was told until 1.49. */
export function infoJson(info: SystemInfo, minor: number): Json {
  const told = minor < 50 ? info : without({ ...info }, ['BridgeNfIptables', 'BridgeNfIp6tables']);
  return shaped('info', minor, nullWhenEmpty({ ...told }, ['Warnings']));
}

/** `name=seccomp,profile=builtin` was `seccomp` once. */
function plainOptions(options: unknown): string[] {
  return Array.isArray(options)
    ? options.map((option: unknown) => /^name=([^,]*)/.exec(String(option))?.[1] ?? String(option))
    : [];
}

/** An event as a line; its nanoseconds are more than a double holds. */
export function eventLine(event: EventMessage): string {
  const { timeNano, ...rest } = event;
  return `${JSON.stringify(rest).slice(0, -1)},"timeNano":${String(timeNano)}}\n`;
}

/** Changes each of a container's endpoints. */
function withEndpoints(container: Json, change: (endpoint: Json) => Json): Json {
  return inside(container, 'NetworkSettings', (settings) =>
    inside(settings, 'Networks', (networks) =>
      Object.keys(networks).reduce((shown, name) => inside(shown, name, change), networks),
    ),
  );
}

function shaped(shape: Shape, minor: number, value: Json): Json {
  let result = value;
  for (const change of changes) {
    if (change.shape === shape && minor < change.before) result = change.change(result);
  }
  return result;
}
