// Sockets and locks that a living engine holds and a dead one does not.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answers, listenOnSocket, lockFolder, shareSocket } from '../../../runtime/engine/unix-socket.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'berth-socket-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Leaves a socket file behind that nobody listens on any more, as a killed engine does. */
async function leaveStaleSocket(file: string): Promise<void> {
  const script = `require('net').createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', script]), 'exit');
}

describe('a socket', () => {
  it('of a dead engine is taken over', async () => {
    const file = path.join(folder, 's');
    await leaveStaleSocket(file);
    expect(await answers(file)).toBe(false);
    const server = createServer();
    await listenOnSocket(server, file, 'taken');
    expect(await answers(file)).toBe(true);
    server.close();
  });

  it('of a living engine is not', async () => {
    const file = path.join(folder, 's');
    const server = createServer((socket) => socket.destroy());
    await listenOnSocket(server, file, 'taken');
    await expect(listenOnSocket(createServer(), file, 'another engine listens')).rejects.toThrow(
      'another engine listens',
    );
    server.close();
  });

  it('is not put in place of a file', async () => {
    const file = path.join(folder, 's');
    await writeFile(file, 'precious');
    await expect(listenOnSocket(createServer(), file, 'taken')).rejects.toThrow('is not a socket');
  });

  it('is shared with root and its group alone', async () => {
    const file = path.join(folder, 's');
    await writeFile(file, '');
    await chmod(file, 0o777);
    await shareSocket(file, 'nosuchgroup');
    expect((await stat(file)).mode & 0o777).toBe(0o660);
  });
});

describe('a folder', () => {
  it('is held by one engine, and by the next when it let go', async () => {
    // Deeper than a socket's path may be.
    const deep = path.join(folder, 'x'.repeat(100), 'y'.repeat(100));
    const letGo = await lockFolder(deep, 'data-root');
    await expect(lockFolder(deep, 'data-root')).rejects.toThrow(/another engine uses .* \(data-root\)/);
    await letGo();
    await (
      await lockFolder(deep, 'data-root')
    )();
  });

  it('is not held by an engine that was killed', async () => {
    await leaveStaleSocket(path.join(folder, 'engine.lock'));
    await (
      await lockFolder(folder, 'data-root')
    )();
  });
});
