// The two ways to a terminal in a container: a new command (exec), or the main process's own (attach). Both are a raw
// connection, a way to resize, and a way to learn how it ended.
import type { Duplex } from 'node:stream';
import { containerAnswer, createdExecAnswer, execAnswer } from '../client/engine-answers.ts';
import { segment, type EngineClient } from '../client/engine-client.ts';
import type { Params } from '../contract/methods.ts';
import { ContractFailure, contractError } from './contract-failure.ts';

/** What a session is asked to be. */
export type TerminalRequest = Params<'terminals.create'>;

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** An open terminal. */
export interface TerminalConnection {
  readonly socket: Duplex;
  /** Rejects when the program has ended, or does not run yet. */
  resize(size: TerminalSize): Promise<void>;
  /** Once the connection has ended: the program's exit code; null when the program goes on. */
  exitCode(): Promise<number | null>;
}

/** The first shell that is there; `exec` so that its exit code is the session's. */
const anyShell = [
  '/bin/sh',
  '-c',
  'for shell in bash ash sh; do command -v "$shell" >/dev/null 2>&1 && exec "$shell"; done',
];

/** The connection may end a moment before the engine knows the exit code. */
const exitAttempts = 50;
const exitAttemptMs = 40;

/** Opens what is asked for. Rejects with the engine's failure, or with a sentence when there is nothing to attach to. */
export function connectTerminal(
  client: EngineClient,
  request: TerminalRequest,
  signal: AbortSignal,
): Promise<TerminalConnection> {
  return request.kind === 'exec'
    ? connectExec(client, request, signal)
    : connectAttach(client, request, signal);
}

async function connectExec(
  client: EngineClient,
  { container, command, user, rows, columns }: TerminalRequest,
  signal: AbortSignal,
): Promise<TerminalConnection> {
  const created = await client.json(
    {
      method: 'POST',
      path: `/containers/${segment(container)}/exec`,
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
  const path = `/exec/${segment(created.Id)}`;
  const socket = await client.hijack({
    method: 'POST',
    path: `${path}/start`,
    body: { Detach: false, Tty: true, ConsoleSize: [rows, columns] },
    signal,
  });
  return {
    socket,
    resize: (size) => resize(client, path, size, signal),
    exitCode: () =>
      ask(async () => {
        const answer = await client.json({ method: 'GET', path: `${path}/json`, signal }, execAnswer);
        return answer.Running || typeof answer.ExitCode !== 'number' ? null : answer.ExitCode;
      }),
  };
}

async function connectAttach(
  client: EngineClient,
  { container }: TerminalRequest,
  signal: AbortSignal,
): Promise<TerminalConnection> {
  const path = `/containers/${segment(container)}`;
  const inspect = () => client.json({ method: 'GET', path: `${path}/json`, signal }, containerAnswer);
  const { Config, State } = await inspect();
  if (!Config.Tty) {
    throw new ContractFailure(
      contractError(
        'invalid',
        'The main process of this container has no terminal.',
        'Run a container with a terminal to attach to it, or open a shell in this one.',
      ),
    );
  }
  if (State.Status !== 'running' && State.Status !== 'paused') {
    throw new ContractFailure(
      contractError('conflict', 'The container is not running.', 'Start the container first.'),
    );
  }
  const socket = await client.hijack({
    method: 'POST',
    path: `${path}/attach`,
    query: { stream: true, stdin: true, stdout: true, stderr: true },
    body: {},
    signal,
  });
  let drawn = false;
  return {
    socket,
    resize: async (size) => {
      // A program draws itself anew when its size changes: without that nothing would be seen until it writes something.
      if (!drawn) {
        await resize(client, path, { rows: size.rows + 1, columns: size.columns + 1 }, signal);
        drawn = true;
      }
      await resize(client, path, size, signal);
    },
    exitCode: () =>
      ask(async () => {
        const { Status, ExitCode } = (await inspect()).State;
        return Status === 'exited' || Status === 'dead' ? ExitCode : null;
      }),
  };
}

async function resize(
  client: EngineClient,
  path: string,
  { rows, columns }: TerminalSize,
  signal: AbortSignal,
): Promise<void> {
  await client.text({ method: 'POST', path: `${path}/resize`, query: { h: rows, w: columns }, signal });
}

async function ask(exitCode: () => Promise<number | null>): Promise<number | null> {
  for (let attempt = 0; attempt < exitAttempts; attempt += 1) {
    const code = await exitCode();
    if (code !== null) return code;
    await new Promise((resolve) => setTimeout(resolve, exitAttemptMs));
  }
  return null;
}
