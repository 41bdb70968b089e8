// Runs containers: from the intent of a start to the end of the monitor. What the next request may need is given back
// as a container ends; everything else is torn down behind the answer, and the next start of it waits for that.
import { renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { messageOf } from '../errors.ts';
import {
  connectMonitor,
  readExitRecord,
  type ExitRecord,
  type MonitorConnection,
} from '../helper/monitor-client.ts';
import { SpawnError, type Started } from '../helper/spawn-client.ts';
import { writeRecord } from '../store/records.ts';
import { killCgroups } from './cgroup-kill.ts';
import { networkActor, publishContainerEvent, publishNetworkEvent } from './container-events.ts';
import { forwardsOf, gatewayEndpoint, memberOf } from './container-endpoints.ts';
import { announceAddress } from './container-links.ts';
import { settlePause } from './container-pauser.ts';
import type { ContainerStateRecord } from './container-record.ts';
import { ContainerRestarts } from './container-restarts.ts';
import type { Container, Run } from './container.ts';
import type { HealthMonitor } from './health-monitor.ts';
import { parsePidMode } from './namespace-modes.ts';
import { startsAgain } from './restart-policy.ts';
import { startFailure } from './start-error.ts';
import { planStart, type StartPlan } from './start-plan.ts';
import { portFailure } from './start-ports.ts';
import type { Surroundings } from './surroundings.ts';
import { UndoList } from './undo-list.ts';

/** Exit code of a container whose monitor vanished: as if it had been killed. */
const monitorLostExitCode = 137;
const SIGKILL = 9;

/** Starts containers and takes notice of their ends. */
export class ContainerRunner {
  readonly #around: Surroundings;
  /** Removes a container that ended and was to be removed; set by the service. */
  readonly #autoRemove: (container: Container) => Promise<void>;
  /** Teardowns and writes that nobody waits for. */
  readonly #background = new Set<Promise<void>>();
  /** Those that wait for a restart by their policy. */
  readonly restarts: ContainerRestarts;
  readonly health: HealthMonitor;

  constructor(
    around: Surroundings,
    health: HealthMonitor,
    autoRemove: (container: Container) => Promise<void>,
  ) {
    this.#around = around;
    this.health = health;
    this.#autoRemove = autoRemove;
    this.restarts = new ContainerRestarts(around, this);
  }

  /** Starts a container that does not run, for somebody who asked for it. The caller holds its lock. */
  async start(container: Container): Promise<void> {
    container.restartDelayMs = 0;
    container.restartCanceled = false;
    await this.#begin(container, { restartCount: 0, manuallyStopped: false });
  }

  /** Starts a container by its restart policy. The caller holds its lock. */
  async startAgain(container: Container): Promise<void> {
    const { exitCode, finishedAt } = container.record.state;
    try {
      await this.#begin(container, {});
    } catch (error) {
      // As Docker: how the last run ended stays to be seen, beside the error of the start.
      container.become({ status: 'exited', exitCode, finishedAt });
      await this.save(container);
      throw error;
    }
  }

  async #begin(container: Container, counts: Partial<ContainerStateRecord>): Promise<void> {
    const undo = new UndoList(this.#around.log);
    try {
      await container.teardown;
      await this.#start(container, counts, undo);
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
        endpoints: [],
      });
      if (container.record.hostConfig.AutoRemove && !container.beingRestarted)
        await this.#autoRemove(container);
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
      if (record.hostConfig.AutoRemove || container.passing) replaceFile(file, JSON.stringify(record));
      else await writeRecord(file, record);
    };
    const written = container.saved.then(write);
    container.saved = written.catch(() => undefined);
    await written;
  }

  /** Takes over a running container from an earlier engine. */
  async adopt(container: Container): Promise<void> {
    const { folders, networks } = this.#around;
    const { endpoints, ports } = container.record.state;
    for (const endpoint of endpoints) {
      const wish = container.record.networks.find(({ name }) => name === endpoint.network);
      networks.byId(endpoint.networkId)?.adopt(endpoint, memberOf(container.record, wish));
    }
    this.#around.volumes.adopt(container);
    let control: MonitorConnection;
    try {
      control = await connectMonitor(folders.room(container.id), { control: true });
    } catch {
      await this.#lost(container);
      return;
    }
    this.#watch(container, control);
    const changed = settlePause(container);
    this.health.begin(container);
    if (changed) await this.save(container);
    await networks.publish(forwardsOf(endpoints, ports));
  }

  async #start(container: Container, counts: Partial<ContainerStateRecord>, undo: UndoList): Promise<void> {
    const { folders, networks, spawn } = this.#around;
    const room = folders.room(container.id);
    const plan = await planStart(this.#around, container, undo);
    const { endpoints, requests, cgroups } = plan;
    const started = await this.#spawn(container, plan);
    const ports = requests.map(({ port, protocol, hostIp, hostPort }, index) => ({
      port,
      protocol,
      hostIp,
      hostPort: started.ports[index] ?? hostPort,
    }));

    let control: MonitorConnection | undefined;
    let ended: ExitRecord | undefined;
    try {
      const attached = [...container.pendingAttaches].map((pending) => pending.begin(room));
      container.pendingAttaches.clear();
      control = await connectMonitor(room, { control: true });
      await Promise.all(attached);
      if (ports.length > 0) await networks.publish(forwardsOf(endpoints, ports));
      if (plan.request.berth.hold) control.go();
    } catch (error) {
      // A program that has ended already leaves its exit record and no monitor.
      ended = control === undefined ? await readExitRecord(room) : undefined;
      if (ended === undefined) {
        control?.signal(SIGKILL);
        await control?.closed;
        const paths = pathsOf(cgroups);
        await killCgroups(paths);
        await spawn.deleteCgroups(paths);
        throw error;
      }
    }
    container.become({
      ...counts,
      status: 'running',
      pid: started.pid,
      exitCode: 0,
      oomKilled: false,
      error: '',
      startedAt: control?.greeting.startedAt ?? new Date().toISOString(),
      finishedAt: '0001-01-01T00:00:00Z',
      endpoints: [...endpoints],
      ports,
      cgroups: cgroups,
    });
    container.record = { ...container.record, bootId: this.#around.bootId };
    announceAddress(this.#around, container);
    this.health.begin(container);
    this.#publishNetworks(container, 'connect');
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
  async #spawn(container: Container, { endpoints, request }: StartPlan): Promise<Started> {
    try {
      return await this.#around.spawn.start(request);
    } catch (error) {
      if (!(error instanceof SpawnError) || error.step !== 'port') throw error;
      if (error.code === 'EADDRINUSE' && this.#background.size > 0) {
        await this.settled();
        try {
          return await this.#around.spawn.start(request);
        } catch (again) {
          throw portFailure(container, gatewayEndpoint(endpoints), again);
        }
      }
      throw portFailure(container, gatewayEndpoint(endpoints), error);
    }
  }

  /** The container runs from here on: its exit will be noticed. */
  #watch(container: Container, control: MonitorConnection): Run {
    const run: Run = {
      control,
      killed: false,
      toldOutOfMemory: false,
      exited: control.exited.then(async (record) => {
        if (this.#closed || container.run !== run) return;
        if (record === undefined) await this.#lost(container);
        else this.#ended(container, record, control.closed);
      }),
    };
    container.run = run;
    control.onOutOfMemory = () => {
      run.toldOutOfMemory = true;
      publishContainerEvent(this.#around.events, container, 'oom');
    };
    control.onRotated = () => this.#around.logs.check(container);
    this.#around.logs.check(container);
    return run;
  }

  #closed = false;

  /** Lets go of all containers, which go on, and waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    this.restarts.close();
    this.health.close();
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
    const { events, folders, networks, spawn } = this.#around;
    const { endpoints, ports, cgroups } = container.record.state;
    const exitCode = record?.exitCode ?? monitorLostExitCode;
    const restarts = this.#restarts(container, exitCode);
    this.health.end(container);
    const toldOutOfMemory = container.run?.toldOutOfMemory === true;
    container.run = undefined;
    container.become({
      status: restarts ? 'restarting' : 'exited',
      restartCount: container.record.state.restartCount + (restarts ? 1 : 0),
      pid: 0,
      exitCode,
      oomKilled: record?.oomKilled ?? false,
      error: record === undefined ? 'monitor lost' : '',
      finishedAt: record?.finishedAt ?? new Date().toISOString(),
      endpoints: [],
      ports: [],
      cgroups: [],
    });
    const unpublished = networks.unpublish(forwardsOf(endpoints, ports));
    for (const endpoint of endpoints) networks.byId(endpoint.networkId)?.release(endpoint);
    if (record?.oomKilled === true && !toldOutOfMemory) publishContainerEvent(events, container, 'oom');
    publishContainerEvent(events, container, 'die', {
      exitCode: String(exitCode),
      execDuration: String(Math.floor(lifetimeMs(container) / 1000)),
    });
    this.#publishNetworks(container, 'disconnect');
    const unmounted = this.#around.volumes.end(container);
    container.notify('exit');

    const removed = container.record.hostConfig.AutoRemove && !container.beingRestarted;
    const recorded = removed ? Promise.resolve() : this.save(container);
    recorded.catch(() => undefined); // awaited below, when the monitor is gone
    container.teardown = this.#tearDown(container, [
      ['ports', () => unpublished],
      ['volumes', () => unmounted],
      // Without a PID namespace of its own, its other processes do not end with its first one.
      ['processes', async () => (ownsPids(container) ? undefined : await killCgroups(pathsOf(cgroups)))],
      ['monitor', () => monitorGone],
      ['cgroups', () => spawn.deleteCgroups(pathsOf(cgroups))],
      // How it ended is told by the room until it is told by the record.
      ['record', () => recorded],
      ['room', () => rm(folders.room(container.id), { recursive: true, force: true })],
    ]);
    this.#track(container.teardown);
    if (restarts) this.restarts.schedule(container, lifetimeMs(container));
    if (removed) this.#track(this.#autoRemove(container));
  }

  #restarts(container: Container, exitCode: number): boolean {
    if (container.restartCanceled || container.beingRestarted) return false;
    const { restartCount, manuallyStopped } = container.record.state;
    return startsAgain(container.record.hostConfig.RestartPolicy, {
      exitCode,
      restartCount,
      manuallyStopped,
    });
  }

  async #tearDown(
    container: Container,
    steps: readonly (readonly [string, () => Promise<unknown>])[],
  ): Promise<void> {
    for (const [step, work] of steps) {
      try {
        await work();
      } catch (error) {
        this.#around.log.warn('teardown is incomplete', {
          container: container.id,
          step,
          error: messageOf(error),
        });
      }
    }
  }

  #track(work: Promise<void>): void {
    this.#background.add(work);
    const done = (): void => void this.#background.delete(work);
    work.then(done, done);
  }

  #publishNetworks(container: Container, action: 'connect' | 'disconnect'): void {
    const { networks, events } = this.#around;
    for (const { name } of container.record.networks) {
      try {
        publishNetworkEvent(events, container, action, networkActor(networks.find(name)));
      } catch {
        // Removed while the container ran, by force.
      }
    }
  }
}

function ownsPids(container: Container): boolean {
  return parsePidMode(container.record.hostConfig.PidMode).type === 'own';
}

function pathsOf(cgroups: readonly { readonly path: string }[]): string[] {
  return cgroups.map(({ path }) => path);
}

/** Replaces a file at once for every reader, without syncing it. */
function replaceFile(file: string, text: string): void {
  const temporary = `${file}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, file);
}

/** How long the last run was. */
function lifetimeMs(container: Container): number {
  const { startedAt, finishedAt } = container.record.state;
  const ms = Date.parse(finishedAt) - Date.parse(startedAt);
  return Number.isNaN(ms) ? 0 : Math.max(0, ms);
}
