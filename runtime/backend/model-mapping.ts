// From an engine's answers to the model's entities: pure functions.
import type { ContainerAnswer, ImageAnswer, NetworkAnswer, VolumeAnswer } from '../client/engine-answers.ts';
import type {
  ContainerModel,
  ContainerState,
  ImageModel,
  NetworkModel,
  PortBinding,
  VolumeModel,
} from '../contract/model.ts';

const states: ReadonlyMap<string, ContainerState> = new Map([
  ['created', 'created'],
  ['running', 'running'],
  ['paused', 'paused'],
  ['restarting', 'restarting'],
  ['removing', 'removing'],
  ['exited', 'exited'],
  ['dead', 'dead'],
  // Podman's own names.
  ['configured', 'created'],
  ['initialized', 'created'],
  ['stopping', 'running'],
  ['stopped', 'exited'],
]);

const healths: ReadonlyMap<string, ContainerModel['health']> = new Map([
  ['starting', 'starting'],
  ['healthy', 'healthy'],
  ['unhealthy', 'unhealthy'],
]);

/** What the UI shows of a container, from its inspection. */
export function toContainerModel(answer: ContainerAnswer): ContainerModel {
  const state = states.get(answer.State.Status) ?? 'dead';
  const networks = answer.NetworkSettings?.Networks ?? [];
  return {
    id: answer.Id,
    name: answer.Name.replace(/^\//, ''),
    image: answer.Config.Image,
    imageId: answer.Image,
    command: [answer.Path, ...answer.Args]
      .filter((word) => word !== '')
      .map(quoteWord)
      .join(' '),
    createdMs: typeof answer.Created === 'number' ? answer.Created * 1000 : (parseTime(answer.Created) ?? 0),
    state,
    exitCode: state === 'exited' || state === 'dead' ? answer.State.ExitCode : null,
    health: healths.get(answer.State.Health?.Status ?? '') ?? 'none',
    startedMs: parseTime(answer.State.StartedAt),
    finishedMs: parseTime(answer.State.FinishedAt),
    tty: answer.Config.Tty,
    ports: toPorts(answer),
    mounts: answer.Mounts.map((mount) => ({
      type: mount.Type,
      source: mount.Type === 'volume' && mount.Name !== '' ? mount.Name : mount.Source,
      destination: mount.Destination,
      readOnly: !mount.RW,
    })),
    networks: networks.map(([name, endpoint]) => ({
      id: endpoint.NetworkID,
      name,
      address: endpoint.IPAddress,
      address6: endpoint.GlobalIPv6Address,
      mac: endpoint.MacAddress,
      aliases: endpoint.Aliases.filter((alias) => alias !== answer.Id.slice(0, 12)),
    })),
    labels: Object.fromEntries(answer.Config.Labels),
    error: answer.State.Error,
  };
}

/** An image without the count of its users, which the model keeps itself: engines leave it out of their lists. */
export function toImageModel(answer: ImageAnswer): ImageModel {
  return {
    id: answer.Id,
    tags: answer.RepoTags.filter((tag) => tag !== '<none>:<none>'),
    createdMs: answer.Created * 1000,
    sizeBytes: Math.max(0, answer.Size),
    sharedBytes: answer.SharedSize < 0 ? null : answer.SharedSize,
    containers: 0,
    labels: Object.fromEntries(answer.Labels),
  };
}

/** A volume without the count of its users, which the model keeps itself. */
export function toVolumeModel(answer: VolumeAnswer): VolumeModel {
  return {
    id: answer.Name,
    driver: answer.Driver,
    mountpoint: answer.Mountpoint,
    createdMs: parseTime(answer.CreatedAt),
    labels: Object.fromEntries(answer.Labels),
    containers: 0,
  };
}

/** A network without the count of its containers, which the model keeps itself. */
export function toNetworkModel(answer: NetworkAnswer): NetworkModel {
  return {
    id: answer.Id,
    name: answer.Name,
    driver: answer.Driver,
    scope: answer.Scope,
    internal: answer.Internal,
    attachable: answer.Attachable,
    ipv6: answer.EnableIPv6,
    pools: (answer.IPAM?.Config ?? [])
      .map(({ Subnet, IPRange, Gateway }) => ({ subnet: Subnet, range: IPRange, gateway: Gateway }))
      .filter(({ subnet }) => subnet !== ''),
    options: Object.fromEntries(answer.Options),
    createdMs: parseTime(answer.Created),
    labels: Object.fromEntries(answer.Labels),
    containers: 0,
  };
}

/** Published ports, then exposed ones. A port published on all IPv4 and all IPv6 addresses is shown once. */
function toPorts(answer: ContainerAnswer): PortBinding[] {
  const ports: PortBinding[] = [];
  const known = new Map(answer.NetworkSettings?.Ports ?? []);
  for (const [key] of answer.Config.ExposedPorts) if (!known.has(key)) known.set(key, []);
  for (const [key, bindings] of known) {
    const match = /^(\d{1,5})(?:\/(tcp|udp|sctp))?$/.exec(key);
    if (match === null) continue;
    const containerPort = Number(match[1]);
    const protocol = toProtocol(match[2]);
    const published = bindings
      .map(({ HostIp, HostPort }) => ({
        hostIp: HostIp === '' ? '0.0.0.0' : HostIp,
        hostPort: Number(HostPort),
      }))
      .filter(({ hostPort }) => Number.isInteger(hostPort) && hostPort > 0);
    if (published.length === 0) ports.push({ protocol, containerPort });
    for (const { hostIp, hostPort } of published) {
      const twin = published.some((other) => other.hostIp === '0.0.0.0' && other.hostPort === hostPort);
      if (hostIp !== '::' || !twin) ports.push({ protocol, containerPort, hostIp, hostPort });
    }
  }
  return ports;
}

function toProtocol(text: string | undefined): PortBinding['protocol'] {
  return text === 'udp' || text === 'sctp' ? text : 'tcp';
}

/** A time in ms; null for none, which Docker writes as the year 1. */
function parseTime(text: string): number | null {
  const ms = Date.parse(text);
  return Number.isNaN(ms) || ms <= 0 ? null : ms;
}

/** A word as a shell would need it, so that the boundaries of words can be seen. */
function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
