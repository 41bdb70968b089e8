// Sessions: connections over which a client serves what a build of its own needs: files, credentials, secrets, its ssh agent. A client opens
// one and names it in `POST /build`, in either order.
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../errors.ts';
import { GrpcConnection } from './grpc-connection.ts';

/** How long a build waits for its session. */
const patienceMs = 5_000;
const healthMethod = '/grpc.health.v1.Health/Check';
const healthIntervalMs = 1_000;

/** One client's. */
export interface Session {
  readonly connection: GrpcConnection;
  /** Whether the client said that it serves this method: `/moby.filesync.v1.FileSync/DiffCopy`. */
  serves(method: string): boolean;
}

/**
 * Asks from time to time how the client is, and ends the connection when it is not well: docker's CLI 20.10 waits for that when its build
 * was refused before anything was asked of it. An answer that does not come says nothing: the client may be busy with sending a file.
 */
async function watchHealth(connection: GrpcConnection): Promise<void> {
  const over = new AbortController();
  void connection.closed.then(() => over.abort());
  try {
    for (;;) {
      await sleep(healthIntervalMs, undefined, { ref: false, signal: over.signal });
      await connection.call(healthMethod, new Uint8Array(0), over.signal);
    }
  } catch {
    connection.close();
  }
}

/** The sessions that are open. */
export class Sessions {
  /** Of those that are open, and of those that are about to be. */
  readonly #ids = new Set<string>();
  readonly #open = new Map<string, Session>();
  readonly #waiting = new Map<string, Set<() => void>>();

  /**
   * Takes a connection over by `connect` and serves until either side closes it. `methods`: what the client says that it serves. Throws
   * `invalid` for an id that cannot be used, before the connection is taken.
   */
  async run(id: string, methods: readonly string[], connect: () => Promise<Duplex>): Promise<void> {
    if (id === '') throw new EngineError('invalid', 'a session without an id');
    if (this.#ids.has(id)) throw new EngineError('invalid', `session ${id} already exists`);
    this.#ids.add(id);
    try {
      const connection = new GrpcConnection(await connect());
      const served = new Set(methods.map((method) => method.toLowerCase()));
      const session: Session = { connection, serves: (method) => served.has(method.toLowerCase()) };
      this.#open.set(id, session);
      for (const wake of this.#waiting.get(id) ?? []) wake();
      if (session.serves(healthMethod)) void watchHealth(connection);
      await connection.closed;
    } finally {
      this.#open.delete(id);
      this.#ids.delete(id);
    }
  }

  /** Waits for a session that is about to be opened. Throws `invalid` in Docker's words when none is. */
  async get(id: string, signal: AbortSignal): Promise<Session> {
    const here = this.#open.get(id);
    if (here !== undefined) return here;
    signal.throwIfAborted();
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting);
    const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
    await new Promise<void>((resolve) => {
      const done = (): void => {
        waiting.delete(done);
        if (waiting.size === 0) this.#waiting.delete(id);
        resolve();
      };
      waiting.add(done);
      patience.addEventListener('abort', done, { once: true });
    });
    signal.throwIfAborted();
    const opened = this.#open.get(id);
    if (opened === undefined) throw new EngineError('invalid', `no active session for ${id}`);
    return opened;
  }

  /** Ends all of them. */
  close(): Promise<void> {
    for (const { connection } of this.#open.values()) connection.close();
    return Promise.resolve();
  }
}
