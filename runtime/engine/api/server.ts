// HTTP to routes: the checks that every request passes, its body, its end, and errors by kind.
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { posix } from 'node:path';
import type { Duplex } from 'node:stream';
import type { z } from 'zod';
import { EngineError, messageOf, statusOf } from '../errors.ts';
import type { Logger } from '../log.ts';
import { parseVersionedPath } from './api-version.ts';
import { type BodyReader, checkJsonType, parseJson, readRequestBody, readUpgradedBody } from './body.ts';
import { hijackPlain, hijackUpgraded } from './hijack.ts';
import { Query } from './query.ts';
import { commonHeaders, sendEmpty, sendError, sendRedirect } from './reply.ts';
import { type Call, type Route, RouteTable } from './route.ts';
import { acceptWebSocket, asksForWebSocket, mayOpenWebSocket } from './web-socket.ts';

/** The API's server, not yet listening, and how to end it. */
export interface ApiServer {
  readonly http: Server;
  /** Stops listening and cuts every connection, hijacked ones too. */
  close(): Promise<void>;
}

/** Serves these routes. */
export function createApiServer(routes: readonly Route[], log: Logger): ApiServer {
  const table = new RouteTable(routes);
  const connections = new Set<Socket>();
  const http = createServer({
    maxHeaderSize: 256 * 1024,
    // As long as Docker has it: where a hundred containers start at once on a busy machine, what was sent may be read late.
    headersTimeout: 300_000,
    // Uploads take as long as they take, and clients keep connections for their next request.
    requestTimeout: 0,
    keepAliveTimeout: 0,
    connectionsCheckingInterval: 60_000,
  });
  http.on('connection', (socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  http.on('request', (request, response) => {
    void serve(table, log, request, response, {
      readBody: () => readRequestBody(request),
      hijack: (contentType) => hijackPlain(request, response, contentType),
      webSocket: () => {
        throw new EngineError('invalid', 'this is a websocket: the request has to ask for an upgrade');
      },
    });
  });
  http.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
    // Node gives the net.Socket of the connection; the type allows for other servers.
    const socket = stream as Socket;
    socket.on('error', () => undefined);
    if (head.length > 0) socket.unshift(head);
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once('finish', () => {
      response.detachSocket(socket);
      socket.destroySoon();
    });
    void serve(table, log, request, response, {
      readBody: () => readUpgradedBody(request, socket),
      hijack: (contentType) => {
        response.detachSocket(socket);
        return hijackUpgraded(request, socket, contentType);
      },
      webSocket: async (binary) => {
        if (!asksForWebSocket(request)) {
          throw new EngineError('invalid', 'this is a websocket: the request asks for another upgrade');
        }
        response.detachSocket(socket);
        return await acceptWebSocket(request, socket, binary);
      },
    });
  });
  http.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (socket.writable && error.code !== 'ECONNRESET') {
      const status =
        error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
      socket.end(
        `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`,
      );
    } else {
      socket.destroy();
    }
  });
  return {
    http,
    close: async () => {
      await new Promise<void>((resolve) => {
        http.close(() => resolve());
        for (const socket of connections) socket.destroy();
      });
    },
  };
}

interface Connection {
  readonly readBody: BodyReader;
  readonly hijack: (contentType: string) => Duplex;
  readonly webSocket: (binary: boolean) => Promise<Duplex>;
}

/** One for all: each answer ends with it, and where it was made says nothing. */
const clientWentAway = new EngineError('unavailable', 'the client went away');

/** That the client went away, or has its answer. Most requests have nobody who asks, and an AbortController costs a tenth of them. */
class Departure {
  happened = false;
  #controller: AbortController | undefined;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.happened) this.#controller.abort(clientWentAway);
    return this.#controller.signal;
  }

  happen(): void {
    this.happened = true;
    this.#controller?.abort(clientWentAway);
  }
}

/** Serves one request; never throws. */
async function serve(
  table: RouteTable,
  log: Logger,
  request: IncomingMessage,
  response: ServerResponse,
  connection: Connection,
): Promise<void> {
  for (const [name, value] of Object.entries(commonHeaders)) response.setHeader(name, value);
  const departure = new Departure();
  // 'close' comes after every answer; only one that was cut short has somebody waiting for the signal.
  response.once('close', () => departure.happen());
  const method = request.method ?? '';
  const target = request.url ?? '/';
  try {
    const { origin, host } = request.headers;
    // Clients for websockets send an origin though they show no page.
    if (origin !== undefined && !(asksForWebSocket(request) && mayOpenWebSocket(origin, host))) {
      throw new EngineError('forbidden', 'requests from web pages are refused: the Origin header is set');
    }
    const mark = target.indexOf('?');
    const search = mark < 0 ? '' : target.slice(mark + 1);
    const decoded = decodePath(mark < 0 ? target : target.slice(0, mark));
    const clean = posix.normalize(decoded);
    if (clean !== decoded && method !== 'OPTIONS') {
      sendRedirect(response, `${encodeURI(clean)}${search === '' ? '' : `?${search}`}`);
      request.resume();
      return;
    }
    const { path, minor } = parseVersionedPath(decoded);
    if (method === 'OPTIONS') {
      sendEmpty(response, 200);
      return;
    }
    const found = table.find(method, path);
    if (found === undefined) throw new EngineError('notFound', 'page not found');
    await found.route.handle(
      makeCall(request, response, connection, departure, {
        name: found.name,
        minor,
        query: new Query(search),
      }),
    );
  } catch (error) {
    const status = statusOf(error);
    if (!departure.happened) {
      const line = `${method} ${target.split('?', 1)[0] ?? ''}: ${messageOf(error)}`;
      if (status === 500) log.error(line, { stack: error instanceof Error ? error.stack : undefined });
      else log.debug(line, { status });
    }
    sendError(response, error);
    // A body that nobody reads would keep the connection from its next request.
    request.resume();
  }
}

function makeCall(
  request: IncomingMessage,
  response: ServerResponse,
  connection: Connection,
  departure: Departure,
  parsed: Pick<Call, 'name' | 'minor' | 'query'>,
): Call {
  const bodyText = async (): Promise<string> => {
    const { 'content-length': length, 'transfer-encoding': encoding, 'content-type': type } = request.headers;
    checkJsonType(type, encoding !== undefined || (length !== undefined && length !== '0'));
    return (await connection.readBody()).toString('utf8');
  };
  return {
    ...parsed,
    request,
    response,
    get signal() {
      return departure.signal;
    },
    json: async <T>(schema: z.ZodType<T>) => {
      const text = await bodyText();
      return parseJson(text.trim() === '' ? '{}' : text, schema);
    },
    requiredJson: async <T>(schema: z.ZodType<T>, missing: string) => {
      const text = (await bodyText()).trim();
      if (text === '') throw new EngineError('invalid', 'invalid JSON: got EOF while reading request body');
      if (text === 'null') throw new EngineError('invalid', missing);
      return parseJson(text, schema);
    },
    discardBody: async () => {
      if (request.headers['transfer-encoding'] === undefined) await connection.readBody();
    },
    hijack: (contentType) => {
      const stream = connection.hijack(contentType);
      stream.once('close', () => departure.happen());
      return stream;
    },
    webSocket: (binary) => connection.webSocket(binary),
  };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    throw new EngineError('invalid', `malformed path ${JSON.stringify(path)}`, { cause: error });
  }
}
