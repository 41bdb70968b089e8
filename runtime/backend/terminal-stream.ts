// The `terminal` stream: a command with a terminal in a running container. Bytes go through unchanged both ways.
// Closing the stream closes the connection and writes nothing: Docker leaves the program of an exec running then, so a
// shell that waits for input stays until the container stops. A window that wants it gone sends ^D or `exit` first.
import type { Duplex } from 'node:stream';
import { createdExecAnswer, execAnswer } from '../client/engine-answers.ts';
import { segment, type EngineClient } from '../client/engine-client.ts';
import { failureFromError } from '../client/engine-failure.ts';
import type { StreamControl, StreamParams, TerminalEvent } from '../contract/streams.ts';
import type { BackendStream } from './backend-stream.ts';
import { ContractFailure, contractError, toContractError } from './contract-failure.ts';
import type { StreamOutput } from './output-queue.ts';

/** Input that the program has not read; beyond it the session ends rather than grow. */
const maxPendingInputBytes = 4 * 1024 * 1024;

/** The first shell that is there; `exec` so that its exit code is the session's. */
const anyShell = [
  '/bin/sh',
  '-c',
  'for shell in bash ash sh; do command -v "$shell" >/dev/null 2>&1 && exec "$shell"; done',
];

/** Opens a terminal session. */
export function openTerminal(
  client: EngineClient,
  params: StreamParams<'terminal'>,
  output: StreamOutput<TerminalEvent>,
): BackendStream<StreamControl<'terminal'>> {
  const session = new TerminalSession(client, params, output);
  session.run().then(
    () => output.close(),
    (error: unknown) => output.close(toContractError(error)),
  );
  return session;
}

class TerminalSession implements BackendStream<StreamControl<'terminal'>> {
  readonly #client: EngineClient;
  readonly #params: StreamParams<'terminal'>;
  readonly #output: StreamOutput<TerminalEvent>;
  readonly #abort = new AbortController();
  #execId = '';
  #socket: Duplex | undefined;
  #size: { rows: number; columns: number };
  #resizing = false;
  /** Input from before the connection was there. */
  #early: Uint8Array[] = [];
  #earlyBytes = 0;
  #inputEnded = false;

  constructor(client: EngineClient, params: StreamParams<'terminal'>, output: StreamOutput<TerminalEvent>) {
    this.#client = client;
    this.#params = params;
    this.#output = output;
    this.#size = { rows: params.rows, columns: params.columns };
  }

  async run(): Promise<void> {
    const { id, command, user } = this.#params;
    const signal = this.#abort.signal;
    const created = await this.#client.json(
      {
        method: 'POST',
        path: `/containers/${segment(id)}/exec`,
        body: {
          AttachStdin: true,
          AttachStdout: true,
          AttachStderr: true,
          Tty: true,
          Env: ['TERM=xterm-256color'],
          Cmd: command.length === 0 ? anyShell : command,
          ...(user === '' ? {} : { User: user }),
        },
        signal,
      },
      createdExecAnswer,
    );
    this.#execId = created.Id;
    const asked = this.#size;
    const socket = await this.#client.hijack({
      method: 'POST',
      path: `/exec/${segment(created.Id)}/start`,
      body: { Detach: false, Tty: true, ConsoleSize: [asked.rows, asked.columns] },
      signal,
    });
    this.#socket = socket;
    if (signal.aborted) socket.destroy();
    const ended = this.#join(socket);
    // Engines below API 1.42 ignore ConsoleSize; and the window may have changed meanwhile.
    void this.#resize();
    await ended;
    if (signal.aborted) return;
    this.#output.event({ exitCode: await this.#exitCode() });
  }

  input(data: Uint8Array): void {
    if (this.#inputEnded) return;
    if (this.#socket === undefined) {
      this.#early.push(data);
      this.#earlyBytes += data.length;
    } else if (this.#socket.writable) this.#socket.write(data);
    const pending = this.#socket?.writableLength ?? this.#earlyBytes;
    if (pending > maxPendingInputBytes) {
      this.#output.close(
        contractError('unavailable', 'The program does not read its input: the session was ended.'),
      );
      this.dispose();
    }
  }

  end(): void {
    this.#inputEnded = true;
    this.#socket?.end();
  }

  control(message: StreamControl<'terminal'>): void {
    this.#size = message.resize;
    if (this.#socket !== undefined) void this.#resize();
  }

  dispose(): void {
    this.#early = [];
    this.#abort.abort();
    this.#socket?.destroy();
  }

  /** Joins the connection to the window; resolves at its end. */
  #join(socket: Duplex): Promise<void> {
    for (const data of this.#early) socket.write(data);
    this.#early = [];
    if (this.#inputEnded) socket.end();
    this.#output.onOpen(() => socket.resume());
    return new Promise((resolve, reject) => {
      socket.on('data', (chunk: Buffer) => {
        this.#output.data(chunk);
        if (this.#output.blocked) socket.pause();
      });
      socket.on('end', () => {
        socket.end();
        resolve();
      });
      socket.on('close', resolve);
      socket.on('error', (error) => {
        const failure = failureFromError(error);
        // The engine closed while we were still writing: the session's end, not a failure.
        if (failure.errno === 'EPIPE' || failure.errno === 'ECONNRESET') resolve();
        else reject(failure);
      });
    });
  }

  /** Tells the engine the newest size; one request at a time, and a size that was overtaken is never sent. */
  async #resize(): Promise<void> {
    if (this.#resizing) return;
    this.#resizing = true;
    let sent: { rows: number; columns: number } | undefined;
    while (sent !== this.#size && !this.#abort.signal.aborted) {
      const size = this.#size;
      sent = size;
      try {
        await this.#client.text({
          method: 'POST',
          path: `/exec/${segment(this.#execId)}/resize`,
          query: { h: size.rows, w: size.columns },
          signal: this.#abort.signal,
        });
      } catch {
        // The program has just ended, or not quite begun: the next size, or none, will do.
      }
    }
    this.#resizing = false;
  }

  async #exitCode(): Promise<number> {
    const path = `/exec/${segment(this.#execId)}/json`;
    // The connection may end a moment before the engine knows the exit code.
    for (let attempt = 0; attempt < 50; attempt += 1) {
      const answer = await this.#client.json({ method: 'GET', path, signal: this.#abort.signal }, execAnswer);
      if (!answer.Running && typeof answer.ExitCode === 'number') return answer.ExitCode;
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    throw new ContractFailure(contractError('unavailable', 'The connection to the terminal was lost.'));
  }
}
