// Execs: further processes in running containers. Each has a monitor and a room of its own; what is known of them is
// kept in memory, as long as their container lives.
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmdirSync, rmSync, unlinkSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError, messageOf } from '../errors.ts';
import {
  connectMonitor,
  readExitRecord,
  type ExitRecord,
  type MonitorConnection,
} from '../helper/monitor-client.ts';
import type { ExecRequest } from '../helper/spawn-requests.ts';
import type { ExecService } from '../services.ts';
import { execCreateBody, type ExecCreateBody, type ExecInspect } from '../types.ts';
import { beginAttach, type AttachSession } from './attach-session.ts';
import { containerCapabilities } from './capabilities.ts';
import { publishContainerEvent } from './container-events.ts';
import { linksEnvironment } from './container-links.ts';
import { demandRunning, type Container } from './container.ts';
import { parseDetachKeys } from './detach-keys.ts';
import { ExecOutput } from './exec-output.ts';
import { containerEnv, processOf } from './oci-config.ts';
import { startFailure } from './start-error.ts';
import type { Surroundings } from './surroundings.ts';

/** How many execs that have ended are remembered per container. */
const rememberedExecs = 100;
const monitorLostExitCode = 137;
/** An exec that is over within this time needs no connection of the engine's own. */
const briefMs = 200;
const clearAfterMs = 50;

interface Exec {
  readonly id: string;
  readonly container: Container;
  readonly body: ExecCreateBody;
  state: 'created' | 'running' | 'ended';
  pid: number;
  exitCode: number | null;
  control: MonitorConnection | undefined;
  /** Rows and columns asked for while it was being started: clients resize as soon as they are connected. */
  earlySize: readonly [number, number] | undefined;
}

/** Execs, for the API. */
export class Execs implements ExecService {
  readonly #around: Surroundings;
  readonly #execs = new Map<string, Exec>();
  #closed = false;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  async create(containerNameOrId: string, body: ExecCreateBody): Promise<{ Id: string }> {
    const container = this.#around.index.find(containerNameOrId);
    if (body.Cmd === null || body.Cmd.length === 0) {
      throw new EngineError('invalid', 'No exec command specified');
    }
    if (body.DetachKeys !== '') parseDetachKeys(body.DetachKeys, 'escape');
    if (body.WorkingDir !== '' && !body.WorkingDir.startsWith('/')) {
      throw new EngineError(
        'invalid',
        `the working directory '${body.WorkingDir}' is invalid, it needs to be an absolute path`,
      );
    }
    demandAwake(container, containerNameOrId);
    return { Id: this.#add(container, body).id };
  }

  #add(container: Container, body: ExecCreateBody): Exec {
    const exec: Exec = {
      id: randomBytes(32).toString('hex'),
      container,
      body,
      state: 'created',
      pid: 0,
      exitCode: null,
      control: undefined,
      earlySize: undefined,
    };
    this.#execs.set(exec.id, exec);
    container.execIds.add(exec.id);
    this.#forgetOld(container);
    publishContainerEvent(this.#around.events, container, `exec_create: ${commandLine(exec)}`, {
      execID: exec.id,
    });
    return exec;
  }

  async prepareStart(
    id: string,
    body: { Detach: boolean; Tty: boolean; ConsoleSize?: [number, number] },
  ): Promise<{ start(socket: Duplex | undefined): Promise<void> }> {
    const exec = this.#find(id);
    if (exec.state === 'running') {
      throw new EngineError('conflict', `Error: Exec command ${id} is already running`);
    }
    if (exec.state === 'ended')
      throw new EngineError('conflict', `Error: Exec command ${id} has already run`);
    demandAwake(exec.container, exec.container.id);
    const size = body.ConsoleSize ?? exec.body.ConsoleSize ?? null;
    return {
      start: (socket) =>
        this.#start(
          exec,
          socket === undefined ? undefined : (room) => this.#attach(exec, room, socket, body.Tty),
          size,
        ),
    };
  }

  /** Runs a command in a container and keeps its output; used by health checks. The exec is forgotten at its end. */
  async probe(
    container: Container,
    command: readonly string[],
    limits: { readonly timeoutMs: number; readonly maxOutputBytes: number; readonly signal: AbortSignal },
  ): Promise<{ exitCode: number; output: string; late: boolean }> {
    demandAwake(container, container.id);
    const exec = this.#add(
      container,
      execCreateBody.parse({ Cmd: command, AttachStdout: true, AttachStderr: true }),
    );
    const output = new ExecOutput(limits.maxOutputBytes);
    try {
      await this.#start(exec, (room) => output.collect(room, limits.timeoutMs, limits.signal), null);
    } finally {
      this.#execs.delete(exec.id);
    }
    return { exitCode: exec.exitCode ?? monitorLostExitCode, output: output.text, late: output.late };
  }

  async resize(id: string, rows: number, columns: number): Promise<void> {
    const exec = this.#find(id);
    if (exec.state !== 'running') throw new EngineError('conflict', `Exec ${id} is not running`);
    if (exec.control === undefined) exec.earlySize = [rows, columns];
    else exec.control.resize(rows, columns);
  }

  async inspect(id: string): Promise<ExecInspect> {
    const { container, body, state, pid, exitCode } = this.#find(id);
    const [entrypoint = '', ...args] = body.Cmd ?? [];
    return {
      CanRemove: false,
      ContainerID: container.id,
      DetachKeys: body.DetachKeys,
      ExitCode: exitCode,
      ID: id,
      OpenStderr: body.AttachStderr,
      OpenStdin: body.AttachStdin,
      OpenStdout: body.AttachStdout,
      ProcessConfig: {
        arguments: args,
        entrypoint,
        privileged: body.Privileged,
        tty: body.Tty,
        ...(body.User === '' ? {} : { user: body.User }),
      },
      Running: state === 'running',
      Pid: pid,
    };
  }

  /** Forgets the execs of a container that is gone. */
  forget(container: Container): void {
    for (const exec of this.#execs.values()) if (exec.container === container) this.#execs.delete(exec.id);
  }

  /** Lets go of all execs, which go on. */
  close(): void {
    this.#closed = true;
    for (const exec of this.#execs.values()) exec.control?.close();
  }

  /** Watches over the execs that an earlier engine left: their rooms go when they end. */
  async adoptRooms(): Promise<void> {
    const { folders } = this.#around;
    for (const id of await readdir(folders.execRooms)) {
      const room = folders.execRoom(id);
      const clear = (): Promise<void> => rm(room, { recursive: true, force: true }).catch(() => undefined);
      try {
        const control = await connectMonitor(room, { control: true });
        void control.closed.then(clear);
      } catch {
        await clear();
      }
    }
  }

  #attach(exec: Exec, room: string, socket: Duplex, raw: boolean): Promise<AttachSession> {
    const { container, body } = exec;
    return beginAttach(room, socket, {
      tty: body.Tty,
      raw,
      stdin: body.AttachStdin,
      stdout: body.AttachStdout,
      stderr: body.AttachStderr,
      closeStdin: !body.Tty,
      go: true,
      detachKeys: parseDetachKeys(body.DetachKeys),
      onDetach: () =>
        publishContainerEvent(this.#around.events, container, 'exec_detach', { execID: exec.id }),
    });
  }

  /** `attach` joins somebody to its streams before it says anything, and lets it speak. */
  async #start(
    exec: Exec,
    attach: ((room: string) => Promise<AttachSession>) | undefined,
    consoleSize: readonly [number, number] | null,
  ): Promise<void> {
    if (exec.state !== 'created') {
      throw new EngineError('conflict', `Error: Exec command ${exec.id} is already running`);
    }
    exec.state = 'running';
    const { container } = exec;
    const { events, folders } = this.#around;
    const room = folders.execRoom(exec.id);
    try {
      mkdirSync(room, { mode: 0o700 });
      const request = await this.#request(exec, room, attach !== undefined, consoleSize);
      exec.pid = (await this.#around.spawn.exec(request)).pid;
    } catch (cause) {
      await rm(room, { recursive: true, force: true });
      const { error, exitCode } = startFailure(cause, 'exec');
      exec.state = 'ended';
      exec.exitCode = exitCode;
      container.execIds.delete(exec.id);
      throw error;
    }
    const attaching = attach?.(room);
    attaching?.catch(() => undefined); // awaited below
    publishContainerEvent(events, container, `exec_start: ${commandLine(exec)}`, { execID: exec.id });
    // Whoever is attached hears of the end too; only a terminal may have to be told its size before.
    if (exec.body.Tty || attaching === undefined) await this.#connect(exec, room);
    const ended = this.#watch(exec, attaching, room);
    const session = await attaching;
    // Clients ask for the exit code as soon as the stream ends.
    if (session !== undefined && (await session.done) === 'program-ended') await ended;
  }

  async #request(
    exec: Exec,
    room: string,
    hold: boolean,
    consoleSize: readonly [number, number] | null,
  ): Promise<ExecRequest> {
    const { container, body } = exec;
    const { config, hostConfig: host, state } = container.record;
    const capabilitiesOf = (privileged: boolean) =>
      containerCapabilities({ add: host.CapAdd, drop: host.CapDrop, privileged }, this.#around.capabilities);
    const capabilities = capabilitiesOf(host.Privileged || body.Privileged);
    // As in Docker, the filter is the container's, whatever rights the exec asks for.
    const own = capabilitiesOf(host.Privileged);
    const seccomp = await this.#around.seccomp.forContainer(host, host.Privileged, own);
    const ownDirectory = config.WorkingDir === '' ? '/' : config.WorkingDir;
    return {
      pid: state.pid,
      process: processOf(host, capabilities, {
        args: body.Cmd ?? [],
        env: containerEnv(
          config,
          config.Hostname,
          body.Tty,
          linksEnvironment(this.#around.index, container.record),
          body.Env,
        ),
        cwd: body.WorkingDir === '' ? ownDirectory : body.WorkingDir,
        tty: body.Tty,
        consoleSize,
      }),
      berth: {
        id: exec.id,
        dir: room,
        user: body.User === '' ? config.User : body.User,
        groups: host.GroupAdd,
        cgroups: state.cgroups,
        ...(seccomp === undefined ? {} : { seccomp }),
        stdin: body.AttachStdin && hold ? 'once' : 'none',
        hold,
      },
    };
  }

  /** Opens the engine's own connection. There is none to be had when the exec has ended already. */
  async #connect(exec: Exec, room: string): Promise<void> {
    if (this.#closed) return;
    exec.control = await connectMonitor(room, { control: true }).catch(() => undefined);
    if (exec.earlySize !== undefined) exec.control?.resize(...exec.earlySize);
  }

  /** How an exec ends: told by the attachment when it is brief, else by the engine's own connection, or by the record that it left. */
  async #exitOf(
    exec: Exec,
    attaching: Promise<AttachSession> | undefined,
    room: string,
  ): Promise<ExitRecord | undefined> {
    const session = await attaching?.catch(() => undefined);
    if (exec.control === undefined && session !== undefined) {
      // A client that reads slowly, or left, hears late or never.
      const told = await Promise.race([session.exited, sleep(briefMs, undefined, { ref: false })]);
      if (told !== undefined) return told;
    }
    if (exec.control === undefined) await this.#connect(exec, room);
    return (await exec.control?.exited) ?? (await readExitRecord(room).catch(() => undefined));
  }

  /** Takes notice of the end of an exec. */
  async #watch(exec: Exec, attaching: Promise<AttachSession> | undefined, room: string): Promise<void> {
    const record = await this.#exitOf(exec, attaching, room);
    exec.state = 'ended';
    exec.exitCode = record?.exitCode ?? monitorLostExitCode;
    exec.control = undefined;
    exec.container.execIds.delete(exec.id);
    if (this.#closed) return;
    publishContainerEvent(this.#around.events, exec.container, 'exec_die', {
      execID: exec.id,
      exitCode: String(exec.exitCode),
    });
    // Not now: the client is about to ask for the exit code, and these calls take as long as the answer.
    setTimeout(() => {
      clearRoom(room).catch((error: unknown) => {
        this.#around.log.warn('the room of an exec cannot be removed', { room, error: messageOf(error) });
      });
    }, clearAfterMs);
  }

  #find(id: string): Exec {
    const exec = this.#execs.get(id);
    if (exec === undefined) throw new EngineError('notFound', `No such exec instance: ${id}`);
    return exec;
  }

  #forgetOld(container: Container): void {
    const ended = [...this.#execs.values()].filter(
      (exec) => exec.container === container && exec.state === 'ended',
    );
    for (const exec of ended.slice(0, Math.max(0, ended.length - rememberedExecs))) {
      this.#execs.delete(exec.id);
    }
  }
}

/** Removes the room of an exec: as a rule by three calls, which take less than a walk by the thread pool. */
async function clearRoom(room: string): Promise<void> {
  try {
    unlinkSync(path.join(room, 'exit.json'));
    // Its monitor may be about to remove it.
    rmSync(path.join(room, 'io.sock'), { force: true });
    rmdirSync(room);
  } catch {
    await rm(room, { recursive: true, force: true });
  }
}

/** `asNamed`: how Docker's words for a paused one name it. */
function demandAwake(container: Container, asNamed: string): void {
  demandRunning(container);
  if (container.paused) {
    throw new EngineError('conflict', `Container ${asNamed} is paused, unpause the container before exec`);
  }
}

function commandLine(exec: Exec): string {
  const [entrypoint = '', ...args] = exec.body.Cmd ?? [];
  // Docker's text has the space even when there are no arguments.
  return `${entrypoint} ${args.join(' ')}`;
}
