// The door of a swarm's manager: HTTPS on the swarm's port. Whoever has no certificate of the swarm may read the authority's and
// join with a token, nothing else.
import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { EngineError, messageOf, statusOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { readWithin } from '../read-within.ts';
import { readNode } from './certificates.ts';
import type { Manager } from './manager.ts';
import type { HostPort } from './node-address.ts';
import {
  heartbeatMs,
  joinRequestSchema,
  leaseRequestSchema,
  messageLimitBytes,
  paths,
  renewRequestSchema,
  reportSchema,
  type Snapshot,
} from './protocol.ts';

/** Bytes that somebody without a certificate may send. */
const strangerLimitBytes = 64 * 1024;
/** Of nodes and of strangers. */
const connectionsMax = 4096;
/** A request is whole by then, or its connection is cut. */
const requestMs = 30_000;

/** Opens the door; answers what closes it. Throws with a sentence when the port cannot be had. */
export async function serveManager(
  manager: Manager,
  listen: HostPort,
  tls: { readonly certificate: string; readonly key: string; readonly authority: string },
  log: Logger,
): Promise<ManagerDoor> {
  const server = createServer(
    {
      ...secureContext(tls),
      requestCert: true,
      // Strangers are let in to join; what they may ask for is decided for each request.
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      requestTimeout: requestMs,
      maxHeaderSize: 8192,
    },
    (request, response) => {
      answer(manager, request, response).catch((error: unknown) => {
        refuse(response, error);
        if (!(error instanceof EngineError))
          log.error('a node was not answered', { reason: messageOf(error) });
      });
    },
  );
  server.on('tlsClientError', (error, socket) => {
    log.debug('a TLS handshake failed', { reason: messageOf(error) });
    socket.destroy();
  });
  server.maxConnections = connectionsMax;
  server.listen(listen.port, listen.host);
  await once(server, 'listening').catch((cause: unknown) => {
    const message = `manager stopped: failed to listen on remote API address: ${messageOf(cause)}`;
    throw new EngineError('internal', message, { cause });
  });
  server.on('error', (error) => log.error("the swarm's port", { reason: messageOf(error) }));
  server.unref();
  return {
    renew: (next) => server.setSecureContext(secureContext(next)),
    close: async () => await close(server),
  };
}

/** An open door. */
export interface ManagerDoor {
  /** Shows another certificate from now on. */
  renew(tls: { readonly certificate: string; readonly key: string; readonly authority: string }): void;
  close(): Promise<void>;
}

function secureContext({ certificate, key, authority }: Parameters<ManagerDoor['renew']>[0]) {
  return { cert: certificate + authority, key, ca: authority };
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

async function answer(manager: Manager, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const asked = `${request.method ?? ''} ${request.url ?? ''}`;
  if (asked === `GET ${paths.authority}`) {
    send(response, { certificate: manager.record.authority });
    return;
  }
  if (asked === `POST ${paths.join}`) {
    send(response, await manager.join(await read(request, joinRequestSchema, strangerLimitBytes)));
    return;
  }
  const nodeId = nodeOf(request, manager);
  switch (asked) {
    case `GET ${paths.watch}`:
      await watch(manager, nodeId, response);
      return;
    case `POST ${paths.report}`:
      await manager.report(nodeId, await read(request, reportSchema, messageLimitBytes));
      send(response, {});
      return;
    case `POST ${paths.lease}`: {
      const { networkId, ipv4, ipv6 } = await read(request, leaseRequestSchema, strangerLimitBytes);
      send(response, manager.lease(nodeId, networkId, { ipv4, ipv6 }));
      return;
    }
    case `POST ${paths.renew}`: {
      const { request: pem } = await read(request, renewRequestSchema, strangerLimitBytes);
      send(response, { certificate: await manager.renew(nodeId, pem) });
      return;
    }
    case `POST ${paths.leave}`:
      await manager.leave(nodeId);
      send(response, {});
      return;
    default:
      throw new EngineError('notFound', 'page not found');
  }
}

/** Which node asks. Throws unauthorized without a certificate of the swarm, forbidden for a node that is not in it any more. */
function nodeOf(request: IncomingMessage, manager: Manager): string {
  const socket = request.socket as TLSSocket;
  const peer = socket.getPeerX509Certificate();
  if (!socket.authorized || !(peer instanceof X509Certificate)) {
    throw new EngineError('unauthorized', 'a certificate of the swarm is needed');
  }
  const { nodeId, clusterId } = readNode(peer.raw);
  if (clusterId !== manager.record.clusterId || !manager.isMember(nodeId)) {
    throw new EngineError('forbidden', `node ${nodeId} is not in the swarm any more`);
  }
  return nodeId;
}

/** Lines for as long as the node listens. One that does not read on is cut: it comes again and gets the latest alone. */
async function watch(manager: Manager, nodeId: string, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson' });
  let last = '';
  const write = (line: string): void => {
    if (response.writableLength > messageLimitBytes) response.destroy();
    else response.write(`${line}\n`);
  };
  const end = manager.watch(nodeId, (snapshot: Snapshot) => {
    const line = JSON.stringify(snapshot);
    if (line !== last) write(line);
    last = line;
  });
  const beat = setInterval(() => {
    if (manager.isMember(nodeId)) write('');
    else response.destroy();
  }, heartbeatMs).unref();
  try {
    await once(response, 'close');
  } finally {
    clearInterval(beat);
    end();
  }
}

async function read<T>(
  request: IncomingMessage,
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false; error: Error } },
  limitBytes: number,
): Promise<T> {
  const tooLong = (): EngineError => new EngineError('invalid', 'the message is too long');
  const bytes = await readWithin(request, limitBytes, tooLong);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new EngineError('invalid', 'the message is not JSON', { cause });
  }
  const result = schema.safeParse(value);
  if (!result.success) throw new EngineError('invalid', `the message is malformed: ${result.error.message}`);
  return result.data;
}

function send(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(value));
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const message = error instanceof EngineError ? error.message : 'the manager failed';
  response.writeHead(statusOf(error), { 'Content-Type': 'application/json', Connection: 'close' });
  response.end(JSON.stringify({ message }));
}
