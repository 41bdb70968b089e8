// The engine's side of berth-spawn (helper protocol, section 1): length-prefixed JSON over descriptor 3 of a child
// process that is started once. Requests are answered in order of arrival; when the helper dies, what was asked fails
// and the next request starts a new one. Containers and their monitors do not notice.
import { spawn, type ChildProcess } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import type {
  ExecRequest,
  NetworkPlace,
  PortMapElement,
  StartRequest,
  VxlanRequest,
} from './spawn-requests.ts';

const protocolVersion = 1;
const maxFrameBytes = 4 * 1024 * 1024;

/** All that spawn says: its greeting, an event, or the answer to a request. One schema: to try several costs a thrown error each. */
const messageSchema = z
  .object({
    hello: z.object({ protocol: z.number(), pid: z.number() }).optional(),
    event: z.string().optional(),
    id: z.number().optional(),
    ok: z.literal(true).optional(),
    error: z.object({ code: z.string(), step: z.string(), message: z.string() }).optional(),
    pid: z.number().optional(),
  })
  .loose();
const startedSchema = z.object({
  pid: z.number().int(),
  monitor: z.number().int(),
  ports: z.array(z.number().int()).default([]),
});
/** What spawn says of a started process: init's and its monitor's pid, and the host ports bound, in the order asked. */
export type Started = z.infer<typeof startedSchema>;

/** A request that spawn refused or could not do; it left nothing behind. */
export class SpawnError extends Error {
  /** The errno's name, `ENOENT`. */
  readonly code: string;
  /** What was tried: `exec`, `port`, `mount`, ... */
  readonly step: string;

  constructor(code: string, step: string, message: string) {
    super(message);
    this.name = 'SpawnError';
    this.code = code;
    this.step = step;
  }
}

/** Where the helper is and whose containers it makes. */
export interface SpawnClientOptions {
  /** The program `berth-spawn`. */
  readonly program: string;
  /** The program `berth-monitor`. */
  readonly monitor: string;
  readonly execRoot: string;
  /** The nft table that {@link SpawnClient.onRulesRemoved} is about. */
  readonly nftTable: string;
}

interface Pending {
  resolve(answer: Record<string, unknown>): void;
  reject(error: Error): void;
}

/** One helper process while it lives. */
interface Helper {
  readonly process: ChildProcess;
  readonly channel: Duplex;
  readonly pending: Map<number, Pending>;
  readonly ready: Promise<void>;
}

/** Makes containers and what they need from the kernel. Own it until {@link close}. */
export class SpawnClient {
  readonly #options: SpawnClientOptions;
  #helper: Helper | undefined;
  #nextId = 1;
  #closed = false;
  /** Told when a process took something out of the nft table; 0: nobody knows which. */
  onRulesRemoved: (pid: number) => void = () => undefined;
  /** Told when a process changed chains, or removed rules, of other nft tables; 0: nobody knows which. */
  onOtherRules: (pid: number) => void = () => undefined;

  constructor(options: SpawnClientOptions) {
    this.#options = options;
  }

  /** Starts the helper now rather than at the first request; throws `internal` when it cannot be run. */
  async open(): Promise<void> {
    await this.#living().ready;
  }

  /** Makes a container and runs its program. Throws {@link SpawnError}. */
  async start(request: StartRequest, signal?: AbortSignal): Promise<Started> {
    signal?.throwIfAborted();
    return startedSchema.parse(await this.#request({ op: 'start', ...request }));
  }

  /** Runs a process in a running container. Throws {@link SpawnError}. */
  async exec(request: ExecRequest): Promise<Started> {
    return startedSchema.parse(await this.#request({ op: 'exec', ...request }));
  }

  /** Makes or takes over a bridge and sets it up. `addresses` with their prefix lengths. */
  async bridge(name: string, addresses: readonly string[], mtu: number): Promise<void> {
    await this.#request({ op: 'bridge', name, addresses, mtu });
  }

  /** Throws EOPNOTSUPP where the kernel has no ipvlan devices. */
  async checkIpvlan(): Promise<void> {
    await this.#request({ op: 'ipvlan' });
  }

  /** Puts a device into a running container's network namespace; `pid` is its init. */
  async attach(pid: number, network: NetworkPlace): Promise<void> {
    await this.#request({ op: 'attach', pid, network });
  }

  /** Takes a device out of a running container that is no end of a veth pair. */
  async detach(pid: number, name: string): Promise<void> {
    await this.#request({ op: 'detach', pid, name });
  }

  /** Makes these the default routes of a running container, by a device. */
  async route(pid: number, name: string, gateways: readonly string[]): Promise<void> {
    await this.#request({ op: 'route', pid, name, gateways });
  }

  async deleteBridge(name: string): Promise<void> {
    await this.#request({ op: 'bridge-delete', name });
  }

  /** Makes or takes over a VXLAN device on a bridge. Throws EOPNOTSUPP where the kernel has none. */
  async vxlan(request: VxlanRequest): Promise<void> {
    await this.#request({ op: 'vxlan', ...request });
  }

  /** Removes a VXLAN device; no error when there is none. */
  async deleteVxlan(name: string): Promise<void> {
    await this.#request({ op: 'vxlan-delete', name });
  }

  /** Removes a veth; no error when there is none. */
  async deleteLink(name: string): Promise<void> {
    await this.#request({ op: 'link-delete', name });
  }

  /** Adds and removes elements of a map of published ports in one batch. */
  async map(
    table: string,
    map: string,
    change: { add: readonly PortMapElement[]; remove: readonly PortMapElement[] },
  ): Promise<void> {
    await this.#request({ op: 'map', table, map, add: change.add, remove: change.remove });
  }

  /** Removes cgroups, children first; no error when they are gone. */
  async deleteCgroups(paths: readonly string[]): Promise<void> {
    if (paths.length > 0) await this.#request({ op: 'cgroup-delete', paths });
  }

  /** Lets the helper end; containers and monitors stay. Resolves when it is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    const helper = this.#helper;
    if (helper === undefined) return;
    const ended = new Promise<void>((resolve) => helper.process.once('close', () => resolve()));
    helper.channel.destroy();
    if (helper.process.exitCode === null && helper.process.signalCode === null) await ended;
  }

  async #request(body: Record<string, unknown>): Promise<Record<string, unknown>> {
    const helper = this.#living();
    const id = this.#nextId++;
    const answer = new Promise<Record<string, unknown>>((resolve, reject) => {
      helper.pending.set(id, { resolve, reject });
    });
    const json = Buffer.from(JSON.stringify({ id, ...body }));
    if (json.length > maxFrameBytes) {
      helper.pending.delete(id);
      throw new EngineError('invalid', 'the container configuration is too large');
    }
    const length = Buffer.alloc(4);
    length.writeUInt32BE(json.length);
    helper.channel.cork();
    helper.channel.write(length);
    helper.channel.write(json);
    helper.channel.uncork();
    return answer;
  }

  #living(): Helper {
    if (this.#closed) throw new EngineError('unavailable', 'the engine is stopping');
    return (this.#helper ??= this.#launch());
  }

  #launch(): Helper {
    const child = spawn(
      this.#options.program,
      [
        ...['--exec-root', this.#options.execRoot, '--monitor', this.#options.monitor],
        ...['--watch-table', this.#options.nftTable],
      ],
      // A group of its own: Ctrl-C in the engine's terminal is the engine's business alone.
      { stdio: ['ignore', 'ignore', 'inherit', 'pipe'], detached: true },
    );
    const channel = child.stdio[3] as Duplex;
    const pending = new Map<number, Pending>();
    let ready: () => void = () => undefined;
    let failed: (error: Error) => void = () => undefined;
    const helper: Helper = {
      process: child,
      channel,
      pending,
      ready: new Promise<void>((resolve, reject) => {
        ready = resolve;
        failed = reject;
      }),
    };
    helper.ready.catch(() => undefined);
    const end = (error: Error): void => {
      failed(error);
      if (this.#helper === helper) this.#helper = undefined;
      for (const request of pending.values()) request.reject(error);
      pending.clear();
      channel.destroy();
    };
    child.on('error', (cause) => {
      end(new EngineError('internal', `cannot run ${this.#options.program}: ${cause.message}`, { cause }));
    });
    child.on('exit', (code, signal) => {
      end(new EngineError('internal', `berth-spawn ended (${signal ?? `status ${String(code)}`})`));
    });
    channel.on('error', () => undefined);
    channel.on(
      'data',
      frameReader((message) => {
        try {
          this.#receive(message, pending, ready);
        } catch (cause) {
          end(new EngineError('internal', 'berth-spawn sent what is no answer', { cause }));
          child.kill();
        }
      }),
    );
    return helper;
  }

  #receive(message: unknown, pending: Map<number, Pending>, ready: () => void): void {
    const { hello, event, ...answer } = messageSchema.parse(message);
    if (hello !== undefined) {
      if (hello.protocol !== protocolVersion) throw new Error('another protocol version');
      ready();
      return;
    }
    if (event !== undefined) {
      // Monitors are watched through their sockets.
      if (event === 'rules-removed') this.onRulesRemoved(answer.pid ?? 0);
      if (event === 'other-rules') this.onOtherRules(answer.pid ?? 0);
      return;
    }
    const request = pending.get(answer.id ?? -1);
    if (answer.id === undefined || request === undefined)
      throw new Error(`nobody asked request ${String(answer.id)}`);
    pending.delete(answer.id);
    if (answer.error !== undefined) {
      const { code, step, message: words } = answer.error;
      request.reject(new SpawnError(code, step, words));
    } else if (answer.ok === true) {
      request.resolve(answer);
    } else {
      throw new Error('an answer says neither that it worked nor why not');
    }
  }
}

/** Calls `receive` with each length-prefixed JSON message of a byte stream. */
function frameReader(receive: (message: unknown) => void): (chunk: Buffer) => void {
  let buffered: Buffer = Buffer.alloc(0);
  return (chunk) => {
    buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
    while (buffered.length >= 4) {
      const length = buffered.readUInt32BE(0);
      if (buffered.length < 4 + length) return;
      const json = buffered.subarray(4, 4 + length).toString();
      buffered = buffered.subarray(4 + length);
      receive(JSON.parse(json));
    }
  };
}
