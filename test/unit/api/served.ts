// A server of the API on a socket of its own, and raw connections to it.
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen } from '../../../runtime/engine/api/listen.ts';
import { apiRoutes } from '../../../runtime/engine/api/routes.ts';
import { createLogger } from '../../../runtime/engine/log.ts';
import type { Services } from '../../../runtime/engine/services.ts';

export interface Served {
  readonly socket: string;
  readonly log: string[];
  /** Sends text as it is, parts of it one after the other, and collects what comes back until the other side ends. */
  raw(
    text: string | readonly string[],
    during?: (socket: Socket, soFar: () => string) => void,
  ): Promise<string>;
  close(): Promise<void>;
}

/** Serves these services. */
export async function serve(services: Services): Promise<Served> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'berth-api-'));
  const socket = path.join(folder, 'api.sock');
  const log: string[] = [];
  const close = await listen(
    [`unix://${socket}`],
    apiRoutes(services),
    createLogger('debug', (line) => log.push(line)),
  );
  return {
    socket,
    log,
    raw: (text, during) =>
      new Promise((resolve, reject) => {
        let received = '';
        const client = connect({ path: socket, allowHalfOpen: true });
        client.setEncoding('latin1');
        client.on('data', (chunk: string) => {
          received += chunk;
          during?.(client, () => received);
        });
        client.on('error', reject);
        client.on('end', () => {
          client.end();
          resolve(received);
        });
        void writeParts(client, typeof text === 'string' ? [text] : text);
      }),
    close: async () => {
      await close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Writes parts so far apart that they are read apart. */
async function writeParts(client: Socket, parts: readonly string[]): Promise<void> {
  for (const part of parts) {
    client.write(part);
    await sleep(30);
  }
}
