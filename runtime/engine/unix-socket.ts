// Listening on unix sockets, and locks made of them: a socket that answers belongs to a living engine, one that
// refuses is left over from a dead one and is taken over. No other kind of lock tells that across PID namespaces.
import { chmod, chown, lstat, mkdir, open, readFile, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import path from 'node:path';
import { EngineError, messageOf } from './errors.ts';

/** Whether somebody listens on this socket. False when there is none or nobody accepts on it. */
export async function answers(file: string): Promise<boolean> {
  return await new Promise<boolean>((resolve, reject) => {
    const socket = connect(file);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      // A full backlog means that somebody is there.
      else if (error.code === 'EAGAIN') resolve(true);
      else reject(error);
    });
  });
}

/**
 * Listens on `file`; a socket that a dead engine left there is replaced.
 * Throws `conflict` with the sentence of `taken` when somebody answers on it.
 */
export async function listenOnSocket(server: Server, file: string, taken: string): Promise<void> {
  const before = await lstat(file).catch(() => undefined);
  if (before !== undefined && !before.isSocket()) {
    throw new EngineError('conflict', `${file} exists and is not a socket`);
  }
  if (before !== undefined) {
    if (await answers(file)) throw new EngineError('conflict', taken);
    await rm(file, { force: true });
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') reject(new EngineError('conflict', taken));
      else
        reject(
          new EngineError('internal', `cannot listen on ${file}: ${messageOf(error)}`, { cause: error }),
        );
    });
    server.listen(file, () => {
      server.removeAllListeners('error');
      resolve();
    });
  });
}

/** Lets root and a group use a socket: mode 0660, and the group's if this machine has it. */
export async function shareSocket(file: string, groupName: string): Promise<void> {
  const gid = await groupId(groupName);
  if (gid !== undefined) await chown(file, -1, gid);
  await chmod(file, 0o660);
}

async function groupId(name: string): Promise<number | undefined> {
  const groups = await readFile('/etc/group', 'utf8').catch(() => '');
  for (const line of groups.split('\n')) {
    const [group, , gid] = line.split(':');
    if (group === name && gid !== undefined && /^\d+$/.test(gid)) return Number(gid);
  }
  return undefined;
}

/** Holds a folder for one engine. Returns how to let go of it; the end of the process does so too. */
export async function lockFolder(folder: string, purpose: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const handle = await open(folder, 'r');
  const server = createServer((socket) => socket.destroy());
  // The way over the descriptor keeps within the 107 bytes of a socket's path, however deep the folder lies.
  const short = `/proc/self/fd/${String(handle.fd)}/engine.lock`;
  try {
    await listenOnSocket(
      server,
      short,
      `another engine uses ${folder} (${purpose}); stop it or choose another folder`,
    );
    await chmod(path.join(folder, 'engine.lock'), 0o600);
  } catch (error) {
    server.close();
    await handle.close();
    throw error;
  }
  server.unref();
  return async () => {
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await handle.close();
  };
}
