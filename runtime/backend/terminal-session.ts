// One terminal session: its connection, the last of its output, and the views that show it. It goes on without a view; with
// views it goes at the pace of the slowest, so that none loses a byte.
import { randomUUID } from 'node:crypto';
import { failureFromError } from '../client/engine-failure.ts';
import type { TerminalModel } from '../contract/model.ts';
import { toContractError } from './contract-failure.ts';
import type { Disposable } from './disposable.ts';
import type { StreamOutput } from './output-queue.ts';
import { ReplayRing } from './replay-ring.ts';
import type { TerminalConnection, TerminalRequest, TerminalSize } from './terminal-connection.ts';

/** The contract promises to keep so much. */
const replayBytes = 1024 * 1024;
/** Input that the program has not read; beyond it the session ends rather than grow. */
const maxPendingInputBytes = 4 * 1024 * 1024;
/** A closed session has so long to take its last input. */
const farewellMs = 1000;
/** Interrupt, then end of file: as typed. */
const farewell = '\x03\x04';

/** A session from its connection to its end; what it showed stays until it is disposed of. */
export class TerminalSession implements Disposable {
  readonly #connection: TerminalConnection;
  readonly #abort: AbortController;
  readonly #changed: (model: TerminalModel) => void;
  readonly #ring = new ReplayRing(replayBytes);
  readonly #views = new Set<StreamOutput<never>>();
  #model: TerminalModel;
  #size: TerminalSize;
  #resizing = false;
  /** Why it ended, when it was us who ended it. */
  #reason = '';

  /** Takes the connection, and what aborts its requests. `changed` is told when the session has ended. */
  constructor(
    request: TerminalRequest,
    connection: TerminalConnection,
    abort: AbortController,
    changed: (model: TerminalModel) => void,
  ) {
    const { container, kind, command, user } = request;
    this.#model = { id: randomUUID(), container, kind, command, user, startedMs: Date.now() };
    this.#connection = connection;
    this.#abort = abort;
    this.#changed = changed;
    this.#size = { rows: request.rows, columns: request.columns };
    void this.#run();
    // Engines below API 1.42 ignore the size that an exec is started with, and attach has none.
    void this.#resize();
  }

  get model(): TerminalModel {
    return this.#model;
  }

  /** Shows it: first what is kept, then what comes. The output is closed at the session's end. */
  attach(output: StreamOutput<never>): void {
    for (const piece of this.#ring.replay()) output.data(piece);
    if (this.#model.ended !== undefined) {
      output.close();
      return;
    }
    this.#views.add(output);
    output.onOpen(() => this.#pace());
    this.#pace();
  }

  /** Shows it no more; it goes on. */
  detach(output: StreamOutput<never>): void {
    this.#views.delete(output);
    this.#pace();
  }

  input(data: Uint8Array): void {
    const { socket } = this.#connection;
    if (this.#model.ended !== undefined || !socket.writable) return;
    socket.write(data);
    if (socket.writableLength > maxPendingInputBytes) {
      this.#reason = 'The program does not read its input: the session was ended.';
      socket.destroy();
    }
  }

  resize(size: TerminalSize): void {
    this.#size = size;
    void this.#resize();
  }

  /**
   * Ends it. Docker has no way to end the program of an exec and leaves it running when its connection closes; so it is told
   * what a person would type, which ends a shell and most of what runs in one. The main process of a container is left alone.
   */
  dispose(): void {
    const { socket } = this.#connection;
    for (const view of this.#views) view.close();
    this.#views.clear();
    if (socket.closed || this.#model.kind !== 'exec' || !socket.writable) {
      this.#abort.abort();
      socket.destroy();
      return;
    }
    socket.write(farewell);
    socket.resume();
    const timer = setTimeout(() => socket.destroy(), farewellMs);
    socket.once('close', () => {
      clearTimeout(timer);
      this.#abort.abort();
    });
  }

  async #run(): Promise<void> {
    let exitCode: number | null = null;
    let reason = '';
    try {
      await this.#untilClosed();
      exitCode = this.#reason === '' ? await this.#connection.exitCode() : null;
      if (exitCode === null) reason = 'The connection to the terminal was lost; the program may still run.';
    } catch (error) {
      reason = toContractError(error).message;
    }
    this.#model = {
      ...this.#model,
      ended: { endedMs: Date.now(), exitCode, reason: this.#reason === '' ? reason : this.#reason },
    };
    // The model first: who sees a view close may ask how it ended.
    this.#changed(this.#model);
    for (const view of this.#views) view.close();
    this.#views.clear();
  }

  #untilClosed(): Promise<void> {
    const { socket } = this.#connection;
    return new Promise((resolve, reject) => {
      socket.on('data', (chunk: Buffer) => {
        this.#ring.push(chunk);
        for (const view of this.#views) view.data(chunk);
        this.#pace();
      });
      socket.on('end', () => socket.end());
      socket.on('close', resolve);
      socket.on('error', (error) => {
        const failure = failureFromError(error);
        // The engine closed while we were still writing: the session's end, not a failure.
        if (failure.errno === 'EPIPE' || failure.errno === 'ECONNRESET') resolve();
        else reject(failure);
      });
    });
  }

  /** The program waits while a view does. */
  #pace(): void {
    const { socket } = this.#connection;
    if ([...this.#views].some((view) => view.blocked)) socket.pause();
    else if (socket.isPaused()) socket.resume();
  }

  /** Tells the engine the newest size; one request at a time, and a size that was overtaken is never sent. */
  async #resize(): Promise<void> {
    if (this.#resizing) return;
    this.#resizing = true;
    let sent: TerminalSize | undefined;
    while (sent !== this.#size && this.#model.ended === undefined && !this.#connection.socket.destroyed) {
      sent = this.#size;
      // The program has just ended, or not quite begun: the next size, or none, will do.
      await this.#connection.resize(sent).catch(() => undefined);
    }
    this.#resizing = false;
  }
}
