// From a create request and an image to a container's record: everything is checked here, so that what is recorded can
// be started. Its only effects are those of `provideMounts`.
import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { EngineError } from '../errors.ts';
import type { RunnableImage } from '../services.ts';
import { untrustedMap, type ContainerConfig, type ContainerCreateBody, type HostConfig } from '../types.ts';
import { containerCapabilities } from './capabilities.ts';
import { wantedNetworks } from './container-endpoints.ts';
import type { Abilities } from './abilities.ts';
import type { ContainerMount } from './container-mounts.ts';
import type { MountWishes } from './container-volumes.ts';
import { parseMounts } from './mount-requests.ts';
import { createdState, recordSchemaVersion, type ContainerRecord } from './container-record.ts';
import { parseExtraHost } from './etc-files.ts';
import { mergeHealthCheck, validateHealthCheck } from './health-check.ts';
import { checkLimits } from './limit-checks.ts';
import { checkNamespaceModes } from './namespace-modes.ts';
import { checkNetworkOptions, parseNetworkMode } from './network-mode.ts';
import { defaultMaskedPaths, defaultReadonlyPaths } from './oci-config.ts';
import { parsePort, portRequests } from './port-bindings.ts';
import { checkRestartPolicy } from './restart-policy.ts';
import { processWarnings, ulimitNames } from './process-limits.ts';
import { parseSecurityOptions, securityWarnings } from './security-options.ts';
import { parseSignal } from './signals.ts';
import { refuseUnsupported } from './unsupported.ts';

/** What the engine knows that a record depends on. */
export interface CreationContext {
  readonly bootId: string;
  /** What this machine and this engine can enforce. */
  readonly abilities: Abilities;
  /** The engine's own capabilities. */
  readonly capabilities: readonly string[];
  /** `container:<id>` needs the other's full id; undefined when there is no such container. */
  readonly resolveContainer: (nameOrId: string) => string | undefined;
  /** The name of the network that a name or id stands for; the text itself when there is none. */
  readonly resolveNetwork: (nameOrId: string) => string;
  /** Finds those that `--link` names. Throws invalid. */
  readonly resolveLinks: (host: HostConfig) => ContainerRecord['links'];
  /** Finds or makes volumes and finds images. Throws invalid or notFound. */
  readonly provideMounts: (wishes: MountWishes) => Promise<ContainerMount[]>;
}

/** A new container's id. Docker never makes one of digits alone: it would be a valid number in a shell or a host name. */
export function newContainerId(): string {
  for (;;) {
    const id = randomBytes(32).toString('hex');
    if (!/^\d+$/.test(id.slice(0, 12))) return id;
  }
}

/** The record of a new container, and what its user should know. Throws invalid, notImplemented or notFound. */
export async function createRecord(
  id: string,
  name: string,
  body: ContainerCreateBody,
  image: RunnableImage,
  context: CreationContext,
): Promise<{ record: ContainerRecord; warnings: string[] }> {
  refuseUnsupported(body);
  const warnings: string[] = [];
  const network = parseNetworkMode(body.HostConfig.NetworkMode);
  checkNetworkOptions(body, network);
  checkNamespaceModes(body.HostConfig);
  const security = parseSecurityOptions(body.HostConfig.SecurityOpt);
  warnings.push(...securityWarnings(security, context.abilities.securityModules));
  const limited = checkLimits(body.HostConfig, context.abilities);
  warnings.push(...limited.warnings);
  const { host } = limited;
  if (host.UTSMode === 'host' && body.Hostname !== '') {
    throw new EngineError('invalid', 'conflicting options: hostname and the UTS mode');
  }
  const hostname = network.type === 'host' ? os.hostname() : id.slice(0, 12);
  const config = mergeConfig(body, image.config, hostname);
  checkConfig(config);
  checkHost(host, network.type);
  containerCapabilities(
    { add: host.CapAdd, drop: host.CapDrop, privileged: host.Privileged },
    context.capabilities,
  );
  const requests = portRequests(host, config.ExposedPorts, { defaultIp: '', ipv6: false });
  if (requests.length > 0 && network.type === 'host') {
    warnings.push('Published ports are discarded when using host network mode');
  }
  parseMounts(host);
  const [program, ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  if (program === undefined || program === '') throw new EngineError('invalid', 'no command specified');
  warnings.push(...processWarnings(host, context.abilities));
  const networks = body.NetworkDisabled ? [] : wantedNetworks(body, network, context.resolveNetwork);
  const links = context.resolveLinks(host);
  const hostConfig = { ...completeHost(host, context), Links: [] }; // shown as what `links` are now
  // Last, because it makes volumes: nothing else is refused after it.
  const mounts = await context.provideMounts({ ...host, Volumes: config.Volumes });
  const record: ContainerRecord = {
    schema: recordSchemaVersion,
    bootId: context.bootId,
    id,
    name,
    created: new Date().toISOString(),
    imageId: image.id,
    path: program,
    args,
    config,
    hostConfig,
    mounts,
    networks,
    links,
    state: createdState,
  };
  return { record, warnings };
}

/** The image's configuration with the user's over it, by Docker's rules; `hostname` is used when none is given. */
export function mergeConfig(
  body: ContainerCreateBody,
  image: ContainerConfig,
  hostname: string,
): ContainerConfig {
  const names = new Set(body.Env.map((entry) => entry.split('=')[0]));
  const env = [...body.Env, ...image.Env.filter((entry) => !names.has(entry.split('=')[0]))];
  // A new entrypoint makes the image's command meaningless; [""] takes the image's entrypoint away.
  const cleared = body.Entrypoint?.length === 1 && body.Entrypoint[0] === '';
  const entrypoint = cleared ? null : (body.Entrypoint ?? image.Entrypoint);
  const cmd =
    body.Cmd !== null && body.Cmd.length > 0 ? body.Cmd : body.Entrypoint === null ? image.Cmd : body.Cmd;
  const workingDir = body.WorkingDir === '' ? image.WorkingDir : body.WorkingDir;
  return {
    Hostname: body.Hostname === '' ? hostname : body.Hostname,
    Domainname: body.Domainname,
    User: body.User === '' ? image.User : body.User,
    AttachStdin: body.AttachStdin,
    AttachStdout: body.AttachStdout,
    AttachStderr: body.AttachStderr,
    ExposedPorts: exposedPorts(body, image),
    Tty: body.Tty,
    OpenStdin: body.OpenStdin,
    StdinOnce: body.StdinOnce,
    Env: env,
    Cmd: cmd,
    Healthcheck: mergeHealthCheck(body.Healthcheck, image.Healthcheck),
    ArgsEscaped: body.ArgsEscaped || image.ArgsEscaped,
    Image: body.Image,
    Volumes: untrustedMap([...Object.entries(image.Volumes), ...Object.entries(body.Volumes)]),
    WorkingDir: workingDir === '' ? '' : path.posix.normalize(workingDir),
    Entrypoint: entrypoint !== null && entrypoint.length === 0 ? null : entrypoint,
    NetworkDisabled: body.NetworkDisabled,
    MacAddress: body.MacAddress,
    OnBuild: body.OnBuild,
    Labels: untrustedMap([...Object.entries(image.Labels), ...Object.entries(body.Labels)]),
    StopSignal: body.StopSignal === '' ? image.StopSignal : body.StopSignal,
    StopTimeout: body.StopTimeout,
    Shell: body.Shell ?? image.Shell,
  };
}

function exposedPorts(body: ContainerCreateBody, image: ContainerConfig): ContainerConfig['ExposedPorts'] {
  const ports = untrustedMap<Record<string, never>>();
  const published = Object.keys(body.HostConfig.PortBindings);
  for (const key of [...Object.keys(image.ExposedPorts), ...Object.keys(body.ExposedPorts), ...published]) {
    const { port, protocol } = parsePort(key);
    ports[`${String(port)}/${protocol}`] = {};
  }
  return ports;
}

function checkConfig(config: ContainerConfig): void {
  const invalid = (message: string): EngineError => new EngineError('invalid', message);
  if (
    config.Hostname.length > 64 ||
    !/^([a-zA-Z0-9]([a-zA-Z0-9_.-]*[a-zA-Z0-9_])?\.?)?$/.test(config.Hostname)
  ) {
    throw invalid(`invalid hostname format: ${config.Hostname}`);
  }
  if (/[^a-zA-Z0-9_.-]/.test(config.Domainname))
    throw invalid(`invalid domainname format: ${config.Domainname}`);
  for (const entry of config.Env) {
    if (entry === '' || entry.startsWith('=')) throw invalid(`invalid environment variable: ${entry}`);
    if (entry.includes('\0')) throw invalid('an environment variable holds a NUL byte');
  }
  validateHealthCheck(config.Healthcheck);
  if (config.StopSignal !== '') parseSignal(config.StopSignal);
  if (config.WorkingDir !== '' && !config.WorkingDir.startsWith('/')) {
    throw invalid(`the working directory '${config.WorkingDir}' is invalid, it needs to be an absolute path`);
  }
}

function checkHost(host: HostConfig, network: string): void {
  const invalid = (message: string): EngineError => new EngineError('invalid', message);
  for (const entry of host.ExtraHosts) {
    const parsed = parseExtraHost(entry);
    if (parsed === undefined) throw invalid(`bad format for add-host: "${entry}"`);
    if (parsed.address !== 'host-gateway' && isIP(parsed.address) === 0) {
      throw invalid(`invalid IP address in add-host: "${parsed.address}"`);
    }
    if (parsed.address === 'host-gateway' && network !== 'bridge' && network !== 'user') {
      throw invalid('unable to derive the IP value for host-gateway');
    }
  }
  for (const server of host.Dns) {
    if (isIP(server) === 0) throw invalid(`invalid nameserver address: ${server}`);
  }
  for (const word of [...host.DnsSearch, ...host.DnsOptions]) {
    if (/[\s\0]/.test(word)) throw invalid(`invalid DNS option: ${JSON.stringify(word)}`);
  }
  for (const limit of host.Ulimits) {
    if (!ulimitNames.has(limit.Name)) throw invalid(`invalid ulimit type: ${limit.Name}`);
    if (limit.Hard !== -1 && (limit.Soft > limit.Hard || limit.Soft === -1)) {
      throw invalid(
        `ulimit soft limit must be less than or equal to hard limit: ${String(limit.Soft)} > ${String(limit.Hard)}`,
      );
    }
  }
  checkRestartPolicy(host.RestartPolicy);
  if (host.AutoRemove && host.RestartPolicy.Name !== '' && host.RestartPolicy.Name !== 'no') {
    throw invalid("can't create 'AutoRemove' container with restart policy");
  }
}

/** Fills in what Docker shows when nothing was asked for. */
function completeHost(host: HostConfig, context: CreationContext): HostConfig {
  const network = host.NetworkMode === '' || host.NetworkMode === 'default' ? 'bridge' : host.NetworkMode;
  const { oomKillDisable } = context.abilities.features;
  const withoutLabels = host.Privileged || host.PidMode === 'host' || host.IpcMode === 'host';
  return {
    ...host,
    // One that is not there is found missing at the start: a client takes a 404 from a create for a missing image.
    NetworkMode: joinedMode(network, context, () => network),
    PidMode: joinedMode(host.PidMode, context, noSuchContainer),
    IpcMode: host.IpcMode === '' ? 'private' : joinedMode(host.IpcMode, context, noSuchContainer),
    LogConfig:
      host.LogConfig.Type === '' ? { Type: 'json-file', Config: host.LogConfig.Config } : host.LogConfig,
    RestartPolicy:
      host.RestartPolicy.Name === '' ? { ...host.RestartPolicy, Name: 'no' } : host.RestartPolicy,
    CgroupnsMode: host.CgroupnsMode === '' ? 'private' : host.CgroupnsMode,
    ShmSize: host.ShmSize === 0 ? 64 * 1024 * 1024 : host.ShmSize,
    Runtime: host.Runtime === '' ? 'berth' : host.Runtime,
    OomKillDisable: oomKillDisable ? (host.OomKillDisable ?? false) : null,
    SecurityOpt: host.SecurityOpt.length === 0 && withoutLabels ? ['label=disable'] : host.SecurityOpt,
    MaskedPaths: host.MaskedPaths ?? (host.Privileged ? null : [...defaultMaskedPaths]),
    ReadonlyPaths: host.ReadonlyPaths ?? (host.Privileged ? null : [...defaultReadonlyPaths]),
    // Docker: no limit is null here, and 0 once an update took a limit away.
    PidsLimit: (host.PidsLimit ?? 0) > 0 ? host.PidsLimit : null,
    // Docker: swap as much as memory unless told otherwise.
    MemorySwap: host.Memory > 0 && host.MemorySwap === 0 ? host.Memory * 2 : host.MemorySwap,
  };
}

/** `container:<name>` with the other's full id. */
function joinedMode(
  mode: string,
  { resolveContainer }: CreationContext,
  missing: (name: string) => string,
): string {
  const [, name] = /^container:(.+)$/s.exec(mode) ?? [];
  if (name === undefined) return mode;
  const id = resolveContainer(name);
  return id === undefined ? missing(name) : `container:${id}`;
}

function noSuchContainer(name: string): never {
  throw new EngineError('invalid', `No such container: ${name}`);
}
