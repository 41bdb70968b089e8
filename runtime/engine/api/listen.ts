// The API on its unix sockets: taken over from a dead engine, shared with the group `berth`, removed at the end.
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from '../log.ts';
import { listenOnSocket, shareSocket } from '../unix-socket.ts';
import type { Route } from './route.ts';
import { type ApiServer, createApiServer } from './server.ts';

/** Who beside root may use the engine. */
const groupName = 'berth';

/** Serves the routes on every `unix:///path`. The result ends that. Throws when one of them is taken. */
export async function listen(
  hosts: readonly string[],
  routes: readonly Route[],
  log: Logger,
): Promise<() => Promise<void>> {
  const servers: { api: ApiServer; file: string }[] = [];
  const close = async (): Promise<void> => {
    for (const { api, file } of servers) {
      await api.close();
      await rm(file, { force: true });
    }
  };
  try {
    for (const host of hosts) {
      const file = host.slice('unix://'.length);
      await mkdir(path.dirname(file), { recursive: true });
      const api = createApiServer(routes, log);
      await listenOnSocket(
        api.http,
        file,
        `another engine listens on ${host}; stop it or choose another host`,
      );
      servers.push({ api, file });
      await shareSocket(file, groupName);
      log.info('API listens', { host });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return close;
}
