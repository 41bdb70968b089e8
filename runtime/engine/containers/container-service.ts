// The container service: what the API asks, one method each. Starting and ending is the runner's, showing is the views'.
import { mkdirSync } from 'node:fs';
import { Readable, type Duplex } from 'node:stream';
import { EngineError } from '../errors.ts';
import type {
  AttachRequest,
  ContainerService,
  ListContainersRequest,
  LogRequest,
  OutputStream,
  StatsRequest,
} from '../services.ts';
import type {
  ContainerCreateBody,
  ContainerInspect,
  ContainerStats,
  ContainerSummary,
  ContainerTop,
} from '../types.ts';
import { beginAttach, type AttachOptions } from './attach-session.ts';
import { cgroupPids } from './cgroup-pids.ts';
import { createRecord, newContainerId } from './container-creator.ts';
import { publishContainerEvent } from './container-events.ts';
import { asksForAll, containerFilter } from './container-filters.ts';
import { checkName } from './container-names.ts';
import { pauseContainer, thawForSignal, unpauseContainer } from './container-pauser.ts';
import { renameContainer } from './container-rename.ts';
import type { ContainerRunner } from './container-runner.ts';
import { sampleStats } from './container-stats.ts';
import { checkPsArgs, topProcesses } from './container-top.ts';
import { inspectView, summaryView, type ViewContext } from './container-views.ts';
import { Container, type PendingAttach, type WaitCondition } from './container.ts';
import { parseDetachKeys } from './detach-keys.ts';
import { readLog, type LogSource } from './json-log.ts';
import { parseSignal } from './signals.ts';
import type { Surroundings } from './surroundings.ts';

const SIGTERM = 15;
const SIGKILL = 9;
const defaultStopSeconds = 10;

/** Told when a container is gone, so that what belongs to it goes too. */
export type RemovalListener = (container: Container) => void;

/** Containers, for the API. */
export class Containers implements ContainerService {
  readonly #around: Surroundings;
  readonly #runner: ContainerRunner;
  readonly #onRemoved: RemovalListener;

  constructor(around: Surroundings, runner: ContainerRunner, onRemoved: RemovalListener) {
    this.#around = around;
    this.#runner = runner;
    this.#onRemoved = onRemoved;
  }

  async create(
    name: string | undefined,
    body: ContainerCreateBody,
  ): Promise<{ Id: string; Warnings: string[] }> {
    const { bootId, cgroups, capabilities, events, folders, images, index } = this.#around;
    const wanted = name === undefined || name === '' ? undefined : checkName(name);
    const image = await images.runnable(body.Image);
    const id = newContainerId();
    if (wanted !== undefined) index.reserve(wanted, id);
    const reserved = wanted ?? index.reserveRandom(id);
    try {
      const { record, warnings } = await createRecord(id, reserved, body, image, {
        bootId,
        cgroups,
        capabilities,
        resolveContainer: (other) => index.find(other).id,
      });
      const container = new Container(record);
      const folder = folders.container(id);
      mkdirSync(folder, { mode: 0o700 });
      for (const part of ['init', 'upper', 'work']) mkdirSync(`${folder}/${part}`, { mode: 0o755 });
      await this.#runner.save(container);
      index.add(container);
      publishContainerEvent(events, container, 'create');
      return { Id: id, Warnings: warnings };
    } catch (error) {
      index.release(reserved, id);
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
      if (container.running) throw new EngineError('notModified', 'Container already started');
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
    if (!container.running) throw new EngineError('notModified', 'Container already stopped');
    await this.#stop(container, number, timeoutSeconds);
  }

  async restart(
    nameOrId: string,
    signal: string | undefined,
    timeoutSeconds: number | undefined,
  ): Promise<void> {
    const number = signal === undefined ? undefined : parseSignal(signal);
    const container = this.#find(nameOrId);
    await this.#around.locks.run(container.id, async () => {
      container.restarting = true;
      try {
        if (container.running) await this.#stop(container, number, timeoutSeconds);
        await this.#runner.start(container);
      } finally {
        container.restarting = false;
      }
    });
    publishContainerEvent(this.#around.events, container, 'restart');
  }

  async kill(nameOrId: string, signal: string): Promise<void> {
    const number = parseSignal(signal === '' ? 'SIGKILL' : signal);
    const cannot = `Cannot kill container: ${nameOrId}: `;
    const container = this.#around.index.find(nameOrId, cannot);
    const run = container.run;
    if (!container.running || run === undefined) {
      throw new EngineError('conflict', `${cannot}Container ${container.id} is not running`);
    }
    await this.#signal(container, number);
    // As Docker: a SIGKILL is answered when the container is dead.
    if (number === SIGKILL) await run.exited;
  }

  async wait(
    nameOrId: string,
    condition: WaitCondition,
    ready: () => void,
    signal: AbortSignal,
  ): Promise<{ StatusCode: number }> {
    const container = this.#find(nameOrId);
    if (condition === 'not-running' && !container.running) {
      ready();
    } else {
      const waiting = container.wait(condition, signal);
      ready();
      await waiting;
    }
    return { StatusCode: container.record.state.exitCode };
  }

  async remove(
    nameOrId: string,
    options: { force: boolean; volumes: boolean; link: boolean },
  ): Promise<void> {
    if (options.link)
      throw new EngineError('notImplemented', 'links between containers are not implemented yet');
    const container = this.#find(nameOrId);
    await this.#around.locks.run(container.id, async () => {
      if (container.removing) {
        throw new EngineError('conflict', `removal of container ${nameOrId} is already in progress`);
      }
      if (container.running) {
        if (!options.force) {
          const [state, first] = container.paused ? ['paused', 'Unpause and then stop'] : ['running', 'Stop'];
          throw new EngineError(
            'conflict',
            `You cannot remove a ${state} container ${container.id}. ${first} the container before attempting removal or force remove`,
          );
        }
        await this.#kill(container);
      }
      await this.discard(container, true);
    });
  }

  /**
   * Removes a container that does not run: out of sight at once, its files behind. `durable` moves the files before it
   * resolves, so that the container does not come back after a crash.
   */
  async discard(container: Container, durable: boolean): Promise<void> {
    if (container.removing) return;
    const { events, folders, index, trash } = this.#around;
    container.removing = true;
    const move = async (): Promise<void> => {
      await container.saved;
      await trash.discard(folders.container(container.id));
    };
    if (durable) {
      try {
        await move();
      } catch (error) {
        container.removing = false;
        throw error;
      }
    }
    index.delete(container.id);
    index.release(container.name, container.id);
    for (const pending of container.pendingAttaches) pending.cancel();
    publishContainerEvent(events, container, 'destroy');
    this.#onRemoved(container);
    container.notify('removal');
    if (durable) return;
    await container.teardown;
    await move();
  }

  async list(request: ListContainersRequest): Promise<ContainerSummary[]> {
    const { index, images, networks } = this.#around;
    const ancestors = new Set<string>();
    for (const name of request.filters.get('ancestor') ?? []) {
      try {
        ancestors.add((await images.runnable(name)).id);
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
      }
    }
    const matches = containerFilter(request.filters, {
      find: (nameOrId) => this.#find(nameOrId).record,
      ancestors,
      networkIds: new Map(Object.entries(networks.ids)),
    });
    const everything = request.all || request.limit !== undefined || asksForAll(request.filters);
    const found = [...index.values()]
      .filter((container) => everything || container.running)
      .filter((container) => matches(container.record))
      .sort((a, b) => (a.record.created < b.record.created ? 1 : -1))
      .slice(0, request.limit);
    const names = await this.#imageNames(found);
    const now = Date.now();
    return found.map(({ record }) =>
      summaryView(record, names.get(record.id) ?? record.config.Image, now, this.#viewContext([])),
    );
  }

  async inspect(nameOrId: string): Promise<ContainerInspect> {
    const container = this.#find(nameOrId);
    const { images } = this.#around;
    const lower = await images.runnable(container.record.imageId).then(
      (image) => image.lower.map((layer) => `${images.layersFolder}/${layer}`),
      () => [],
    );
    return inspectView(container.record, [...container.execIds], this.#viewContext(lower));
  }

  async logs(nameOrId: string, request: LogRequest, signal: AbortSignal): Promise<OutputStream> {
    const container = this.#find(nameOrId);
    const stream = Readable.from(readLog(this.#logSource(container), request, signal), { objectMode: false });
    return { tty: container.record.config.Tty, stream };
  }

  async attach(
    nameOrId: string,
    request: AttachRequest,
  ): Promise<{ tty: boolean; connect(socket: Duplex): Promise<void> }> {
    const keys = parseDetachKeys(request.detachKeys);
    const container = this.#find(nameOrId);
    const { config } = container.record;
    const source = request.logs ? this.#logSource(container) : undefined;
    const options: AttachOptions = {
      tty: config.Tty,
      stdin: request.stdin && config.OpenStdin,
      stdout: request.stdout,
      stderr: request.stderr,
      closeStdin: config.StdinOnce && !config.Tty,
      detachKeys: keys,
      onDetach: () => publishContainerEvent(this.#around.events, container, 'detach'),
    };
    return {
      tty: config.Tty,
      connect: async (socket) => {
        publishContainerEvent(this.#around.events, container, 'attach');
        const before = source === undefined ? undefined : () => sendLog(source, request, socket);
        if (!request.stream) {
          await before?.();
        } else if (container.running) {
          const session = await beginAttach(this.#around.folders.room(container.id), socket, options, before);
          await session.done;
        } else {
          await this.#attachLater(container, socket, options, before);
        }
      },
    };
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
    if (!container.running) {
      throw new EngineError('conflict', `Container ${container.id} is not running`);
    }
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

  async pause(nameOrId: string): Promise<void> {
    const container = this.#find(nameOrId);
    await this.#around.locks.run(container.id, () => pauseContainer(this.#around, this.#runner, container));
  }

  async unpause(nameOrId: string): Promise<void> {
    const container = this.#find(nameOrId);
    await this.#around.locks.run(container.id, () => unpauseContainer(this.#around, this.#runner, container));
  }

  /** Waits for the start; then joins the socket to the streams. */
  #attachLater(
    container: Container,
    socket: Duplex,
    options: AttachOptions,
    before: (() => Promise<void>) | undefined,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        container.pendingAttaches.delete(pending);
        resolve();
      };
      const pending: PendingAttach = {
        begin: async (room) => {
          socket.off('close', leave);
          try {
            const session = await beginAttach(room, socket, options, before);
            session.done.then(() => resolve(), reject);
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        },
        cancel: leave,
      };
      socket.once('close', leave);
      socket.on('error', () => undefined);
      container.pendingAttaches.add(pending);
      if (container.removing || socket.destroyed) leave();
    });
  }

  #find(nameOrId: string): Container {
    return this.#around.index.find(nameOrId);
  }

  /** Signals the first process. One that may end it reaches a paused container, too: it goes on, as Docker has it. */
  async #signal(container: Container, number: number): Promise<void> {
    await container.freezing;
    const { run } = container;
    run?.control.signal(number);
    if (number === SIGKILL && run !== undefined) run.killed = true;
    publishContainerEvent(this.#around.events, container, 'kill', { signal: String(number) });
    const { StopSignal } = container.record.config;
    if (number === SIGKILL || StopSignal === '' || parseSignal(StopSignal) === number) {
      thawForSignal(this.#around, this.#runner, container);
    }
  }

  async #kill(container: Container): Promise<void> {
    const run = container.run;
    await this.#signal(container, SIGKILL);
    await run?.exited;
  }

  async #stop(
    container: Container,
    signal: number | undefined,
    timeoutSeconds: number | undefined,
  ): Promise<void> {
    const run = container.run;
    if (run === undefined) return;
    const { StopSignal, StopTimeout } = container.record.config;
    const number = signal ?? (StopSignal === '' ? SIGTERM : parseSignal(StopSignal));
    const seconds = timeoutSeconds ?? StopTimeout ?? defaultStopSeconds;
    await this.#signal(container, number);
    if (!(await endsWithin(run.exited, seconds < 0 ? undefined : seconds * 1000))) {
      await this.#kill(container);
    }
    publishContainerEvent(this.#around.events, container, 'stop');
  }

  #logSource(container: Container): LogSource {
    if (container.record.hostConfig.LogConfig.Type === 'none') {
      throw new EngineError('notImplemented', 'configured logging driver does not support reading');
    }
    return {
      file: this.#around.folders.log(container.id),
      tty: container.record.config.Tty,
      isRunning: () => container.running,
      whenEnded: async (signal) => {
        if (!container.running) return;
        await container.wait('not-running', signal).catch(() => undefined);
      },
    };
  }

  /** What to show as the image: as it was typed, or its id when that name now means another image. */
  async #imageNames(containers: readonly Container[]): Promise<ReadonlyMap<string, string>> {
    const { images } = this.#around;
    const current = new Map<string, Promise<string | undefined>>();
    const names = new Map<string, string>();
    for (const { id, record } of containers) {
      const typed = record.config.Image;
      let known = current.get(typed);
      if (known === undefined) {
        known = images.runnable(typed).then(
          (image) => image.id,
          () => undefined,
        );
        current.set(typed, known);
      }
      names.set(id, (await known) === record.imageId ? typed : record.imageId);
    }
    return names;
  }

  #viewContext(lower: readonly string[]): ViewContext {
    const { folders, networks, bridge } = this.#around;
    return { folders, networks, bridge, lower };
  }
}

/** Whether a promise resolves within a time; undefined waits for ever. */
async function endsWithin(ended: Promise<void>, timeoutMs: number | undefined): Promise<boolean> {
  if (timeoutMs === undefined) {
    await ended;
    return true;
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  try {
    return await Promise.race([ended.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Sends the log so far, as attach with `logs` does. */
async function sendLog(source: LogSource, request: AttachRequest, socket: Duplex): Promise<void> {
  const all: LogRequest = {
    stdout: request.stdout,
    stderr: request.stderr,
    follow: false,
    timestamps: false,
    tail: undefined,
    since: undefined,
    until: undefined,
  };
  for await (const bytes of readLog(source, all, new AbortController().signal)) {
    if (socket.destroyed) return;
    if (socket.write(bytes)) continue;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        socket.off('drain', go).off('close', go);
        resolve();
      };
      socket.once('drain', go).once('close', go);
    });
  }
}
