// Attaching to a container: to its streams now, or as soon as it is started, the log so far first where it is asked for.
import type { Duplex } from 'node:stream';
import { EngineError } from '../errors.ts';
import type { AttachRequest, LogRequest } from '../services.ts';
import { whenDrained } from '../when-drained.ts';
import { beginAttach, type AttachOptions } from './attach-session.ts';
import { publishContainerEvent } from './container-events.ts';
import { logSource } from './container-logs.ts';
import type { Container, PendingAttach } from './container.ts';
import { parseDetachKeys } from './detach-keys.ts';
import { readLog, type LogSource } from './log-reader.ts';
import type { Surroundings } from './surroundings.ts';

type Around = Pick<Surroundings, 'events' | 'folders'>;

/** Checks the request; `connect` joins a hijacked socket to the streams. `asNamed` is what the client calls the container. */
export function attachContainer(
  around: Around,
  container: Container,
  asNamed: string,
  request: AttachRequest,
): { tty: boolean; connect(socket: Duplex): Promise<void> } {
  const keys = parseDetachKeys(request.detachKeys);
  const { config } = container.record;
  if (container.paused) {
    throw new EngineError('conflict', `container ${asNamed} is paused, unpause the container before attach`);
  }
  if (container.waitsForRestart) {
    throw new EngineError(
      'conflict',
      `container ${asNamed} is restarting, wait until the container is running`,
    );
  }
  const log = request.logs ? logSource(around.folders, container) : undefined;
  const source = log === undefined || request.framed ? log : { ...log, tty: true };
  const options: AttachOptions = {
    tty: config.Tty,
    raw: config.Tty || !request.framed,
    stdin: request.stdin && config.OpenStdin,
    stdout: request.stdout,
    stderr: request.stderr,
    closeStdin: config.StdinOnce && !config.Tty,
    detachKeys: keys,
    onDetach: () => publishContainerEvent(around.events, container, 'detach'),
  };
  return {
    tty: config.Tty,
    connect: async (socket) => {
      publishContainerEvent(around.events, container, 'attach');
      container.readers.add(socket);
      socket.once('close', () => container.readers.delete(socket));
      const before = source === undefined ? undefined : () => sendLog(source, request, socket);
      if (!request.stream) {
        await before?.();
      } else if (container.running) {
        const session = await beginAttach(around.folders.room(container.id), socket, options, before);
        await session.done;
      } else {
        await attachLater(container, socket, options, before);
      }
    },
  };
}

/** Waits for the start; then joins the socket to the streams. */
function attachLater(
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

/** Sends the log so far, as attach with `logs` does. */
async function sendLog(source: LogSource, request: AttachRequest, socket: Duplex): Promise<void> {
  const all: LogRequest = {
    stdout: request.stdout,
    stderr: request.stderr,
    follow: false,
    timestamps: false,
    details: false,
    tail: undefined,
    since: undefined,
    until: undefined,
  };
  for await (const bytes of readLog(source, all, new AbortController().signal)) {
    if (socket.destroyed) return;
    if (!socket.write(bytes)) await whenDrained(socket);
  }
}
