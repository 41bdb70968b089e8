// Runs containers: from the intent of a start to the end of the monitor. What the next request may need is given back
// as a container ends; everything else is torn down behind the answer, and the next start of it waits for that.
// Small files that need not survive a power cut are written synchronously: a few microseconds each, where a trip through
// Node's thread pool costs a start several times as much.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import { z } from 'zod';
import { EngineError, messageOf } from '../errors.ts';
import {
  connectMonitor,
  readExitRecord,
  type ExitRecord,
  type MonitorConnection,
} from '../helper/monitor-client.ts';
import { SpawnError, type Started } from '../helper/spawn-client.ts';
import type { StartRequest } from '../helper/spawn-requests.ts';
import { writeRecord } from '../store/records.ts';
import { containerCapabilities } from './capabilities.ts';
import { containerCgroups } from './cgroup-files.ts';
import { killCgroups } from './cgroup-kill.ts';
import { publishContainerEvent, publishNetworkEvent } from './container-events.ts';
import { settlePause } from './container-pauser.ts';
import { cgroupPlaceSchema, endpointSchema, type Endpoint } from './container-record.ts';
import { logOption } from './container-creator.ts';
import type { Container, Run } from './container.ts';
import { hostsFile, parseExtraHost, resolvConfFile } from './etc-files.ts';
import { hostDevices } from './host-devices.ts';
import { parseNetworkMode, type NetworkMode } from './network-mode.ts';
import { ociConfig } from './oci-config.ts';
import { portRequests, type PortRequest } from './port-bindings.ts';
import { resourceLimits } from './resource-limits.ts';
import { startFailure } from './start-error.ts';
import type { Surroundings } from './surroundings.ts';
import { UndoList } from './undo-list.ts';

/** Exit code of a container whose monitor vanished: as if it had been killed. */
const monitorLostExitCode = 137;
const SIGKILL = 9;

/** What a start is about to make, written before the first kernel call; a restarted engine undoes it. */
export const intentSchema = z.object({
  schema: z.literal(1),
  endpoint: endpointSchema.optional(),
  cgroups: z.array(cgroupPlaceSchema),
});

/** Starts containers and takes notice of their ends. */
export class ContainerRunner {
  readonly #around: Surroundings;
  /** Removes a container that ended and was to be removed; set by the service. */
  readonly #autoRemove: (container: Container) => Promise<void>;
  /** Teardowns and writes that nobody waits for. */
  readonly #background = new Set<Promise<void>>();

  constructor(around: Surroundings, autoRemove: (container: Container) => Promise<void>) {
    this.#around = around;
    this.#autoRemove = autoRemove;
  }

  /** Starts a container that does not run. The caller holds its lock. */
  async start(container: Container): Promise<void> {
    const undo = new UndoList(this.#around.log);
    try {
      await container.teardown;
      await this.#start(container, undo);
    } catch (cause) {
      await undo.rollBack();
      const { error, exitCode } = startFailure(cause, 'start');
      for (const pending of container.pendingAttaches) pending.cancel();
      container.pendingAttaches.clear();
      const status = container.record.state.status === 'created' ? 'created' : 'exited';
      container.become({
        status,
        exitCode,
        error: error.message,
        pid: 0,
        ports: [],
        cgroups: [],
        endpoint: undefined,
      });
      if (container.record.hostConfig.AutoRemove && !container.restarting) await this.#autoRemove(container);
      else await this.save(container);
      throw error;
    }
  }

  /** Resolves when no teardown or write is under way. */
  async settled(): Promise<void> {
    while (this.#background.size > 0) await Promise.allSettled(this.#background);
  }

  /** Writes a container's record. One that is removed at its end anyway is not synced: a power cut removes it too. */
  async save(container: Container): Promise<void> {
    const write = async (): Promise<void> => {
      if (container.removing) return;
      const { record } = container;
      const file = this.#around.folders.record(container.id);
      if (record.hostConfig.AutoRemove) replaceFile(file, JSON.stringify(record));
      else await writeRecord(file, record);
    };
    const written = container.saved.then(write);
    container.saved = written.catch(() => undefined);
    await written;
  }

  /** Takes over a running container from an earlier engine. */
  async adopt(container: Container): Promise<void> {
    const { bridge, folders } = this.#around;
    const { endpoint, ports } = container.record.state;
    if (endpoint !== undefined) bridge.adopt(endpoint);
    let control: MonitorConnection;
    try {
      control = await connectMonitor(folders.room(container.id), { control: true });
    } catch {
      await this.#lost(container);
      return;
    }
    this.#watch(container, control);
    if (settlePause(container)) await this.save(container);
    if (endpoint !== undefined) await bridge.publish(endpoint, ports);
  }

  async #start(container: Container, undo: UndoList): Promise<void> {
    const { bridge, folders, images, spawn, names, cgroups } = this.#around;
    const { record } = container;
    const { hostConfig: host, config } = record;
    const mode = parseNetworkMode(host.NetworkMode);
    const image = await images.runnable(record.imageId);
    const capabilities = containerCapabilities(
      { add: host.CapAdd, drop: host.CapDrop, privileged: host.Privileged },
      this.#around.capabilities,
    );
    const seccomp = usesSeccomp(host.SecurityOpt, host.Privileged)
      ? await this.#around.seccomp.forCapabilities(capabilities)
      : undefined;
    const requests = mode.type === 'bridge' ? portRequests(host, config.ExposedPorts) : [];
    const endpoint = mode.type === 'bridge' ? bridge.connect(record.macAddress) : undefined;
    if (endpoint !== undefined) undo.add('address', () => bridge.release(endpoint));
    this.#checkPorts(container, endpoint, requests);
    const places = containerCgroups(cgroups, names.cgroupParent, container.id, resourceLimits(host));

    const room = folders.room(container.id);
    mkdirSync(room, { mode: 0o700 });
    undo.add('room', () => rm(room, { recursive: true, force: true }));
    const intent: z.infer<typeof intentSchema> = {
      schema: 1,
      ...(endpoint === undefined ? {} : { endpoint }),
      cgroups: places.map(({ path, version }) => ({ path, version })),
    };
    // Not replaced atomically: when it is torn, no kernel call has been made yet.
    writeFileSync(folders.intent(container.id), JSON.stringify(intent), { mode: 0o600 });
    const files = this.#writeFiles(container, mode, endpoint);
    await makeSources(container);
    const devices = host.Privileged ? await hostDevices() : [];

    const hold = container.pendingAttaches.size > 0;
    const folder = folders.container(container.id);
    const request: StartRequest = {
      config: ociConfig(record, {
        capabilities,
        ...files,
        network: this.#networkNamespace(mode),
        hostDevices: devices,
      }),
      berth: {
        id: container.id,
        dir: room,
        user: config.User,
        groups: host.GroupAdd,
        overlay: {
          layers: images.layersFolder,
          lower: image.lower,
          init: `${folder}/init`,
          upper: `${folder}/upper`,
          work: `${folder}/work`,
          volatile: host.AutoRemove,
        },
        cgroups: places,
        ...(seccomp === undefined ? {} : { seccomp }),
        ...(endpoint === undefined ? {} : { network: bridge.place(endpoint) }),
        ports: requests.map(({ protocol, hostIp, hostPort, port }) => ({
          proto: protocol === 'udp' ? 'udp' : 'tcp',
          hostIp,
          hostPort,
          address: endpoint?.address ?? '',
          port,
        })),
        ...logPlace(container, folders.log(container.id)),
        stdin: config.OpenStdin ? (config.StdinOnce ? 'once' : 'open') : 'none',
        hold,
        init: host.Init === true,
      },
    };
    const started = await this.#spawn(container, endpoint, request);
    const ports = requests.map((asked, index) => ({
      ...asked,
      hostPort: started.ports[index] ?? asked.hostPort,
    }));

    let control: MonitorConnection | undefined;
    let ended: ExitRecord | undefined;
    try {
      const attached = [...container.pendingAttaches].map((pending) => pending.begin(room));
      container.pendingAttaches.clear();
      control = await connectMonitor(room, { control: true });
      await Promise.all(attached);
      if (endpoint !== undefined && ports.length > 0) await bridge.publish(endpoint, ports);
      if (hold) control.go();
    } catch (error) {
      // A program that has ended already leaves its exit record and no monitor.
      ended = control === undefined ? await readExitRecord(room) : undefined;
      if (ended === undefined) {
        control?.signal(SIGKILL);
        await control?.closed;
        const paths = pathsOf(intent.cgroups);
        await killCgroups(paths);
        await spawn.deleteCgroups(paths);
        throw error;
      }
    }
    container.become({
      status: 'running',
      pid: started.pid,
      exitCode: 0,
      oomKilled: false,
      error: '',
      startedAt: control?.greeting.startedAt ?? new Date().toISOString(),
      finishedAt: '0001-01-01T00:00:00Z',
      endpoint,
      ports,
      cgroups: intent.cgroups,
    });
    container.record = { ...container.record, bootId: this.#around.bootId };
    this.#publishNetwork(container, mode, 'connect');
    publishContainerEvent(this.#around.events, container, 'start');
    if (control !== undefined) {
      const run = this.#watch(container, control);
      // A run that is over already has written the record itself.
      if (container.run === run) await this.save(container);
    } else {
      this.#ended(container, ended, Promise.resolve());
    }
  }

  /** Asks spawn; a port that a monitor on its way out still holds is waited for once. */
  async #spawn(
    container: Container,
    endpoint: Endpoint | undefined,
    request: StartRequest,
  ): Promise<Started> {
    try {
      return await this.#around.spawn.start(request);
    } catch (error) {
      if (!(error instanceof SpawnError) || error.step !== 'port') throw error;
      if (error.code === 'EADDRINUSE' && this.#background.size > 0) {
        await this.settled();
        try {
          return await this.#around.spawn.start(request);
        } catch (again) {
          throw this.#portError(container, endpoint, request, again);
        }
      }
      throw this.#portError(container, endpoint, request, error);
    }
  }

  #portError(
    container: Container,
    endpoint: Endpoint | undefined,
    request: StartRequest,
    error: unknown,
  ): unknown {
    if (!(error instanceof SpawnError) || error.step !== 'port') return error;
    const { ports } = request.berth;
    const port = ports.find(({ hostPort }) => error.message.includes(`:${String(hostPort)}`)) ?? ports[0];
    const place = `${port?.hostIp ?? ''}:${String(port?.hostPort ?? '')}`;
    const reason = error.code === 'EADDRINUSE' ? 'address already in use' : error.message;
    const detail = `Error starting userland proxy: listen tcp4 ${place}: bind: ${reason}`;
    return new EngineError('internal', portPrefix(container, endpoint) + detail, { cause: error });
  }

  /** A port that another container has. */
  #checkPorts(container: Container, endpoint: Endpoint | undefined, requests: readonly PortRequest[]): void {
    if (requests.length === 0) return;
    for (const other of this.#around.index.values()) {
      for (const held of other.record.state.ports) {
        const clash = requests.find(
          (wanted) =>
            wanted.hostPort === held.hostPort &&
            wanted.protocol === held.protocol &&
            (wanted.hostIp === held.hostIp || wanted.hostIp === '0.0.0.0' || held.hostIp === '0.0.0.0'),
        );
        if (clash === undefined) continue;
        throw new EngineError(
          'internal',
          `${portPrefix(container, endpoint)}Bind for ${clash.hostIp}:${String(clash.hostPort)} failed: port is already allocated`,
        );
      }
    }
  }

  /** The container runs from here on: its exit will be noticed. */
  #watch(container: Container, control: MonitorConnection): Run {
    const run: Run = {
      control,
      killed: false,
      exited: control.exited.then(async (record) => {
        if (this.#closed || container.run !== run) return;
        if (record === undefined) await this.#lost(container);
        else this.#ended(container, record, control.closed);
      }),
    };
    container.run = run;
    return run;
  }

  #closed = false;

  /** Lets go of all containers, which go on, and waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const container of this.#around.index.values()) container.run?.control.close();
    await this.settled();
  }

  /** The connection broke without an exit record: the record may be on disk, else nothing of it may go on. */
  async #lost(container: Container): Promise<void> {
    const { folders } = this.#around;
    const record = await readExitRecord(folders.room(container.id)).catch(() => undefined);
    if (!container.running) return;
    if (record !== undefined) {
      this.#ended(container, record, Promise.resolve());
      return;
    }
    await killCgroups(pathsOf(container.record.state.cgroups));
    this.#ended(container, undefined, Promise.resolve());
  }

  /** Takes notice of an exit: state, address, ports, events and waiters at once, the rest behind. */
  #ended(container: Container, record: ExitRecord | undefined, monitorGone: Promise<void>): void {
    if (!container.running) return;
    const { bridge, events, log } = this.#around;
    const { endpoint, ports, cgroups } = container.record.state;
    const mode = parseNetworkMode(container.record.hostConfig.NetworkMode);
    const exitCode = record?.exitCode ?? monitorLostExitCode;
    container.run = undefined;
    container.become({
      status: 'exited',
      pid: 0,
      exitCode,
      oomKilled: record?.oomKilled ?? false,
      error: record === undefined ? 'monitor lost' : '',
      finishedAt: record?.finishedAt ?? new Date().toISOString(),
      endpoint: undefined,
      ports: [],
      cgroups: [],
    });
    const unpublished =
      endpoint === undefined || ports.length === 0 ? Promise.resolve() : bridge.unpublish(endpoint, ports);
    if (endpoint !== undefined) bridge.release(endpoint);
    if (record?.oomKilled === true) publishContainerEvent(events, container, 'oom');
    publishContainerEvent(events, container, 'die', { exitCode: String(exitCode), ...lifetime(container) });
    this.#publishNetwork(container, mode, 'disconnect');
    container.notify('exit');

    container.teardown = this.#tearDown(container, unpublished, monitorGone, pathsOf(cgroups));
    this.#track(container.teardown);
    if (container.record.hostConfig.AutoRemove && !container.restarting) {
      this.#track(this.#autoRemove(container));
    } else {
      this.#track(
        this.save(container).catch((error: unknown) => {
          log.error('a container record cannot be written', {
            container: container.id,
            error: messageOf(error),
          });
        }),
      );
    }
  }

  async #tearDown(
    container: Container,
    unpublished: Promise<void>,
    monitorGone: Promise<void>,
    cgroups: readonly string[],
  ): Promise<void> {
    const { folders, log, spawn } = this.#around;
    const steps: readonly [string, () => Promise<unknown>][] = [
      ['ports', () => unpublished],
      ['monitor', () => monitorGone],
      ['cgroups', () => spawn.deleteCgroups(cgroups)],
      ['room', () => rm(folders.room(container.id), { recursive: true, force: true })],
    ];
    for (const [step, work] of steps) {
      try {
        await work();
      } catch (error) {
        log.warn('teardown is incomplete', { container: container.id, step, error: messageOf(error) });
      }
    }
  }

  #track(work: Promise<void>): void {
    this.#background.add(work);
    const done = (): void => void this.#background.delete(work);
    work.then(done, done);
  }

  #publishNetwork(container: Container, mode: NetworkMode, action: 'connect' | 'disconnect'): void {
    if (mode.type === 'container') return;
    const { networks, events } = this.#around;
    publishNetworkEvent(events, container, action, {
      id: networks.ids[mode.type],
      name: mode.type,
      type: mode.type === 'none' ? 'null' : mode.type,
    });
  }

  #networkNamespace(mode: NetworkMode): 'own' | 'host' | { readonly path: string } {
    if (mode.type === 'host') return 'host';
    if (mode.type !== 'container') return 'own';
    return { path: `/proc/${String(this.#joined(mode.container).record.state.pid)}/ns/net` };
  }

  #joined(nameOrId: string): Container {
    const other = this.#around.index.find(nameOrId);
    if (!other.running) {
      throw new EngineError('conflict', `cannot join network of a non running container: ${other.id}`);
    }
    return other;
  }

  /** Writes hosts, hostname and resolv.conf, or takes those of the container whose network is joined. */
  #writeFiles(
    container: Container,
    mode: NetworkMode,
    endpoint: Endpoint | undefined,
  ): { hostname: string; hostsPath: string; hostnamePath: string; resolvConfPath: string } {
    const { folders, bridge } = this.#around;
    const { config, hostConfig: host } = container.record;
    const owner = mode.type === 'container' ? this.#joined(mode.container) : container;
    const folder = folders.container(owner.id);
    const paths = {
      hostsPath: `${folder}/hosts`,
      hostnamePath: `${folder}/hostname`,
      resolvConfPath: `${folder}/resolv.conf`,
    };
    if (owner !== container) return { hostname: owner.record.config.Hostname, ...paths };
    const hostname = config.Hostname === '' ? os.hostname() : config.Hostname;
    const extra = host.ExtraHosts.map(parseExtraHost)
      .filter((entry) => entry !== undefined)
      .map(({ name, address }) => ({
        address: address === 'host-gateway' ? bridge.gateway : address,
        names: [name],
      }));
    const ownNames = config.Domainname === '' ? [hostname] : [`${hostname}.${config.Domainname}`, hostname];
    const own = endpoint === undefined ? [] : [{ address: endpoint.address, names: ownNames }];
    const hosts =
      mode.type === 'host'
        ? readText('/etc/hosts') +
          extra.map((entry) => `${entry.address}\t${entry.names.join(' ')}\n`).join('')
        : hostsFile([...extra, ...own]);
    const resolvConf = resolvConfFile(
      readText('/etc/resolv.conf'),
      { servers: host.Dns, search: host.DnsSearch, options: host.DnsOptions },
      mode.type !== 'host',
    );
    writeFileSync(paths.hostsPath, hosts, { mode: 0o644 });
    writeFileSync(paths.hostnamePath, `${hostname}\n`, { mode: 0o644 });
    writeFileSync(paths.resolvConfPath, resolvConf, { mode: 0o644 });
    return { hostname, ...paths };
  }
}

function pathsOf(cgroups: readonly { readonly path: string }[]): string[] {
  return cgroups.map(({ path }) => path);
}

/** Whether a container gets the default filter. */
export function usesSeccomp(options: readonly string[], privileged: boolean): boolean {
  const choice = options.findLast((option) => /^seccomp[=:]/.test(option));
  if (choice !== undefined) return !choice.endsWith('unconfined');
  return !privileged;
}

function portPrefix(container: Container, endpoint: Endpoint | undefined): string {
  return `driver failed programming external connectivity on endpoint ${container.name} (${endpoint?.endpointId ?? ''}): `;
}

function logPlace(container: Container, path: string): Pick<StartRequest['berth'], 'log'> {
  const { Type, Config } = container.record.hostConfig.LogConfig;
  if (Type === 'none') return {};
  const option = (name: string, otherwise: number): number => {
    const value = Config[name];
    return value === undefined ? otherwise : logOption(name, value);
  };
  return {
    log: { driver: 'json-file', path, maxSize: option('max-size', 0), maxFile: option('max-file', 1) },
  };
}

/** Replaces a file at once for every reader, without syncing it. */
function replaceFile(file: string, text: string): void {
  const temporary = `${file}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, file);
}

/** Makes missing bind sources folders, as Docker does for --volume; for --mount they must be there. */
async function makeSources(container: Container): Promise<void> {
  for (const mount of container.record.mounts) {
    if (mount.type !== 'bind') continue;
    if (mount.createSource) {
      const there = await stat(mount.source).then(
        () => true,
        () => false,
      );
      if (!there) await mkdir(mount.source, { recursive: true, mode: 0o755 });
    } else {
      await stat(mount.source).catch((cause: unknown) => {
        throw new EngineError(
          'invalid',
          `invalid mount config for type "bind": bind source path does not exist: ${mount.source}`,
          { cause },
        );
      });
    }
  }
}

function lifetime(container: Container): { execDuration: string } {
  const { startedAt, finishedAt } = container.record.state;
  const seconds = Math.max(0, Math.floor((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000));
  return { execDuration: String(Number.isNaN(seconds) ? 0 : seconds) };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
