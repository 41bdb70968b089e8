// The container service: what the API asks, one method each. Starting and ending is the runner's, showing is the views'.
import { mkdirSync } from 'node:fs';
import { Readable, type Duplex } from 'node:stream';
import { EngineError } from '../errors.ts';
import type {
  AttachRequest,
  ContainerService,
  Filters,
  ListContainersRequest,
  LogRequest,
  LogSearchRequest,
  OutputStream,
  RunnableImage,
  StatsRequest,
} from '../services.ts';
import type {
  ContainerCreateBody,
  ContainerInspect,
  ContainerStats,
  ContainerSummary,
  ContainerTop,
  ContainerUpdateBody,
} from '../types.ts';
import { cgroupPids } from './cgroup-pids.ts';
import { attachContainer } from './container-attach.ts';
import { createRecord, newContainerId } from './container-creator.ts';
import { publishContainerEvent } from './container-events.ts';
import { releaseLinks, removeLink, reserveLinks, resolveLinks } from './container-links.ts';
import { inspectContainer, inspectContainers, listContainers } from './container-list.ts';
import { logSource } from './container-logs.ts';
import { checkName } from './container-names.ts';
import { pauseContainer, unpauseContainer } from './container-pauser.ts';
import type { ContainerRecord } from './container-record.ts';
import type { ContainerRemover } from './container-remover.ts';
import { renameContainer } from './container-rename.ts';
import type { ContainerRunner } from './container-runner.ts';
import { sampleStats } from './container-stats.ts';
import { ContainerStopper } from './container-stopper.ts';
import { checkPsArgs, topProcesses } from './container-top.ts';
import { checkUpdate, updateContainer } from './container-update.ts';
import { Container, demandRunning, type WaitCondition } from './container.ts';
import { parseDetachKeys } from './detach-keys.ts';
import { readLog } from './log-reader.ts';
import { parseSignal } from './signals.ts';
import type { Surroundings } from './surroundings.ts';

/** Containers, for the API. */
export class Containers implements ContainerService {
  readonly #around: Surroundings;
  readonly #runner: ContainerRunner;
  readonly #remover: ContainerRemover;
  readonly #stopper: ContainerStopper;

  constructor(around: Surroundings, runner: ContainerRunner, remover: ContainerRemover) {
    this.#around = around;
    this.#runner = runner;
    this.#remover = remover;
    this.#stopper = new ContainerStopper(around, runner);
  }

  async create(
    name: string | undefined,
    body: ContainerCreateBody,
    build?: { readonly id: string; readonly image: RunnableImage },
  ): Promise<{ Id: string; Warnings: string[] }> {
    const { bootId, abilities, capabilities, events, folders, images, index, networks, volumes } =
      this.#around;
    const wanted = name === undefined || name === '' ? undefined : checkName(name);
    const image = build?.image ?? (await images.runnable(body.Image));
    const id = build?.id ?? newContainerId();
    if (wanted !== undefined) index.reserve(wanted, id);
    const reserved = wanted ?? index.reserveRandom(id);
    let linked: ContainerRecord['links'] = [];
    let mounts: ContainerRecord['mounts'] = [];
    try {
      const { record, warnings } = await createRecord(id, reserved, body, image, {
        bootId,
        abilities,
        capabilities,
        resolveContainer: (other) => {
          try {
            return index.find(other).id;
          } catch {
            return undefined;
          }
        },
        resolveNetwork: (network) => {
          try {
            return networks.find(network).name;
          } catch {
            return network;
          }
        },
        resolveLinks: (host) => resolveLinks(index, host),
        provideMounts: async (wishes) => (mounts = await volumes.provide(id, wishes)),
      });
      reserveLinks(index, reserved, record.links);
      linked = record.links;
      const container = new Container(record);
      container.passing = build !== undefined;
      const folder = folders.container(id);
      mkdirSync(folder, { mode: 0o700 });
      for (const part of ['init', 'upper', 'work']) mkdirSync(`${folder}/${part}`, { mode: 0o755 });
      await volumes.fill(container);
      await this.#runner.save(container);
      index.add(container);
      volumes.settle(id);
      publishContainerEvent(events, container, 'create');
      return { Id: id, Warnings: warnings };
    } catch (error) {
      releaseLinks(index, reserved, linked);
      index.release(reserved, id);
      await volumes.abandon(id, mounts);
      await this.#around.trash.discard(folders.container(id));
      throw error;
    }
  }

  async start(nameOrId: string, detachKeys?: string): Promise<void> {
    if (detachKeys !== undefined) parseDetachKeys(detachKeys);
    const container = this.#find(nameOrId);
    await this.#around.locks.run(container.id, async () => {
      if (container.removing) {
        throw new EngineError('conflict', 'Container is marked for removal and cannot be started.');
      }
      if (container.paused) {
        throw new EngineError('conflict', 'cannot start a paused container, try unpause instead');
      }
      if (container.running || container.waitsForRestart) {
        throw new EngineError('notModified', 'Container already started');
      }
      await this.#runner.start(container);
    });
  }

  async stop(
    nameOrId: string,
    signal: string | undefined,
    timeoutSeconds: number | undefined,
  ): Promise<void> {
    const number = signal === undefined ? undefined : parseSignal(signal);
    const container = this.#find(nameOrId);
    if (!container.running && !container.waitsForRestart) {
      throw new EngineError('notModified', 'Container already stopped');
    }
    await this.#stopper.stop(container, { signal: number, timeoutSeconds });
  }

  async restart(
    nameOrId: string,
    signal: string | undefined,
    timeoutSeconds: number | undefined,
  ): Promise<void> {
    const number = signal === undefined ? undefined : parseSignal(signal);
    const container = this.#find(nameOrId);
    await this.#around.locks.run(container.id, async () => {
      container.beingRestarted = true;
      try {
        if (container.waitsForRestart) await this.#runner.restarts.cancelLocked(container);
        if (container.running) await this.#stopper.stop(container, { signal: number, timeoutSeconds });
        await this.#runner.start(container);
      } finally {
        container.beingRestarted = false;
      }
    });
    publishContainerEvent(this.#around.events, container, 'restart');
  }

  async kill(nameOrId: string, signal: string): Promise<void> {
    const number = parseSignal(signal === '' ? 'SIGKILL' : signal);
    const container = this.#around.index.find(nameOrId, `Cannot kill container: ${nameOrId}: `);
    await this.#stopper.kill(container, nameOrId, number);
  }

  async wait(
    nameOrId: string,
    condition: WaitCondition,
    ready: () => void,
    signal: AbortSignal,
  ): Promise<{ StatusCode: number }> {
    const container = this.#find(nameOrId);
    if (condition === 'not-running' && !container.running && !container.waitsForRestart) {
      ready();
    } else {
      const waiting = container.wait(condition, signal);
      ready();
      await waiting;
      await container.whenRead();
    }
    return { StatusCode: container.record.state.exitCode };
  }

  async remove(
    nameOrId: string,
    options: { force: boolean; volumes: boolean; link: boolean },
  ): Promise<void> {
    const container = this.#find(nameOrId);
    if (options.link) {
      await this.#runner.save(removeLink(this.#around.index, nameOrId));
      return;
    }
    await this.#around.locks.run(container.id, () =>
      this.#remover.remove(container, nameOrId, options, this.#stopper),
    );
  }

  list(request: ListContainersRequest): Promise<ContainerSummary[]> {
    return listContainers(this.#around, request);
  }

  async inspect(nameOrId: string): Promise<ContainerInspect> {
    return inspectContainer(this.#around, this.#find(nameOrId));
  }

  async inspectAll(): Promise<ContainerInspect[]> {
    return inspectContainers(this.#around);
  }

  async logs(nameOrId: string, request: LogRequest, signal: AbortSignal): Promise<OutputStream> {
    const container = this.#find(nameOrId);
    const stream = Readable.from(readLog(logSource(this.#around.folders, container), request, signal), {
      objectMode: false,
    });
    return { tty: container.record.config.Tty, stream };
  }

  async searchLogs(
    nameOrId: string,
    request: LogSearchRequest,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Buffer>> {
    const { folders, logWorker } = this.#around;
    const { file, format } = logSource(folders, this.#find(nameOrId));
    return logWorker.search(file, format, request, signal);
  }

  async attach(
    nameOrId: string,
    request: AttachRequest,
  ): Promise<{ tty: boolean; connect(socket: Duplex): Promise<void> }> {
    return attachContainer(this.#around, this.#find(nameOrId), nameOrId, request);
  }

  async resize(nameOrId: string, rows: number, columns: number): Promise<void> {
    const container = this.#find(nameOrId);
    if (!container.running || container.run === undefined) {
      throw new EngineError('conflict', `Container ${container.id} is not running`);
    }
    container.run.control.resize(rows, columns);
    publishContainerEvent(this.#around.events, container, 'resize', {
      height: String(rows),
      width: String(columns),
    });
  }

  async rename(nameOrId: string, name: string | undefined): Promise<void> {
    if (name === undefined) throw new EngineError('invalid', 'Neither old nor new names may be empty');
    await renameContainer(this.#around, this.#runner, this.#find(nameOrId), name);
  }

  async top(nameOrId: string, psArgs: string): Promise<ContainerTop> {
    checkPsArgs(psArgs);
    const container = this.#find(nameOrId);
    demandRunning(container);
    const { cgroups, pid } = container.record.state;
    const pids = cgroups.length === 0 ? new Set([pid]) : await cgroupPids(cgroups);
    const table = await topProcesses(psArgs, pids);
    publishContainerEvent(this.#around.events, container, 'top');
    return table;
  }

  async stats(
    nameOrId: string,
    request: StatsRequest,
    signal: AbortSignal,
  ): Promise<AsyncIterable<ContainerStats>> {
    const container = this.#find(nameOrId);
    if (request.stream && request.oneShot) {
      throw new EngineError('invalid', 'cannot have stream=true and one-shot=true');
    }
    return sampleStats(container, request, signal);
  }

  async update(nameOrId: string, body: ContainerUpdateBody): Promise<{ Warnings: string[] }> {
    const { update, warnings } = checkUpdate(this.#around.abilities, body);
    const container = this.#find(nameOrId);
    await this.#around.locks.run(container.id, () =>
      updateContainer(this.#around, this.#runner, container, update),
    );
    return { Warnings: warnings };
  }

  async prune(filters: Filters): Promise<{ ContainersDeleted: string[] | null; SpaceReclaimed: number }> {
    const { removed, reclaimedBytes } = await this.#remover.prune(filters);
    return { ContainersDeleted: removed.length > 0 ? removed : null, SpaceReclaimed: reclaimedBytes };
  }

  async pause(nameOrId: string): Promise<void> {
    const container = this.#find(nameOrId);
    await this.#around.locks.run(container.id, () => pauseContainer(this.#around, this.#runner, container));
  }

  async unpause(nameOrId: string): Promise<void> {
    const container = this.#find(nameOrId);
    await this.#around.locks.run(container.id, () => unpauseContainer(this.#around, this.#runner, container));
  }

  #find(nameOrId: string): Container {
    return this.#around.index.find(nameOrId);
  }
}
