// What a client serves into a step of its build: a secret as a file or a variable, its ssh agent as a socket. They lie in exec-root, which
// is memory on most machines, while the step runs, and in no layer and no cache.
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import type { RunMount } from '../../syntax/dockerfile/run-mount.ts';
import { EngineError } from '../errors.ts';
import { agentBytes, hasAgent, openAgent, sessionSecret } from '../session/client-services.ts';
import type { Session } from '../session/sessions.ts';
import { whenDrained } from '../when-drained.ts';
import type { BuildRoom } from './build-room.ts';

/** Something served, where a step finds it. */
export interface Served {
  /** A file or socket of ours; undefined for a secret that is only a variable. */
  readonly source: string | undefined;
  readonly target: string;
  /** `NAME=value` for the step's program. */
  readonly env: readonly string[];
}

/** Brings a secret; undefined when the client has none and the step can do without. `releases` get what removes it. */
export async function serveSecret(
  room: BuildRoom,
  mount: RunMount,
  releases: (() => void)[],
): Promise<Served | undefined> {
  const id = mount.source || mount.id || path.posix.basename(mount.target);
  if (id === '') throw new EngineError('invalid', 'a secret needs an id or a target');
  const bytes = room.session && (await sessionSecret(room.session, id, room.signal));
  if (bytes === undefined) {
    if (mount.required) throw new EngineError('invalid', `secret ${id}: not found`);
    return undefined;
  }
  const env = mount.env === undefined ? [] : [`${mount.env}=${bytes.toString()}`];
  const target = mount.target || `/run/secrets/${path.posix.basename(id)}`;
  if (mount.env !== undefined && mount.target === '') return { source: undefined, target, env };
  const source = path.join(await newPlace(room, releases), 'secret');
  await writeFile(source, bytes, { mode: 0o600 });
  await own(source, mount, 0o400);
  return { source, target, env };
}

/** Brings the client's ssh agent; `number` counts those of a step, from 0. Undefined as for {@link serveSecret}. */
export async function serveAgent(
  room: BuildRoom,
  mount: RunMount,
  number: number,
  releases: (() => void)[],
): Promise<Served | undefined> {
  const { session, signal } = room;
  const id = mount.id || mount.source || 'default';
  if (session === undefined || !(await hasAgent(session, id, signal))) {
    if (mount.required)
      throw new EngineError('invalid', `the client forwards no ssh agent ${JSON.stringify(id)}`);
    return undefined;
  }
  const source = path.join(await newPlace(room, releases), 'agent.sock');
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => undefined);
    forward(socket, session, id, signal).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(source, resolve);
  });
  releases.push(() => server.close());
  await own(source, mount, 0o600);
  const target = mount.target || `/run/buildkit/ssh_agent.${String(number)}`;
  return { source, target, env: number === 0 ? [`SSH_AUTH_SOCK=${target}`] : [] };
}

/** Passes on what a program says to the agent, and what that answers, until both are done. Throws when the client has left. */
async function forward(socket: Socket, session: Session, id: string, signal: AbortSignal): Promise<void> {
  const ended = new AbortController();
  socket.once('close', () => ended.abort());
  const stream = openAgent(session, id, AbortSignal.any([signal, ended.signal]));
  const toAgent = async (): Promise<void> => {
    for await (const bytes of socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      await stream.send(agentBytes.pack(bytes));
    }
    stream.end();
  };
  const toProgram = async (): Promise<void> => {
    for await (const message of stream.messages) {
      if (!socket.write(agentBytes.unpack(message))) await whenDrained(socket);
    }
    socket.end();
  };
  await Promise.all([toAgent(), toProgram()]);
}

async function newPlace(room: BuildRoom, releases: (() => void)[]): Promise<string> {
  const folder = await mkdtemp(path.join(room.servedFolder, 'step-'));
  releases.push(() => void rm(folder, { recursive: true, force: true }).catch(() => undefined));
  return folder;
}

async function own(file: string, { uid, gid, mode }: RunMount, usualMode: number): Promise<void> {
  await chown(file, uid ?? 0, gid ?? 0);
  await chmod(file, mode ?? usualMode);
}
