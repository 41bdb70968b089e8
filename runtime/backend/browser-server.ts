// The browser mode: an HTTP server on the loopback address that serves the UI's files, exchanges the start token for a
// cookie (`POST /session`) and joins WebSockets (`/port`) to the backend. A wrong host or origin gets 403, a missing or
// used-up key 401: a hostile page in the same browser must get nothing.
import http from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { z } from 'zod';
import { parseJson } from '../client/engine-failure.ts';
import type { Backend } from './backend.ts';
import { BrowserSession } from './browser-session.ts';
import { StaticFiles } from './static-files.ts';
import { webSocketPort } from './web-socket-port.ts';

/** Larger than any message of the UI, input of a terminal included. */
const maxMessageBytes = 4 * 1024 * 1024;
const maxTokenBodyBytes = 4096;

const tokenBody = z.object({ token: z.string().max(200) }).strict();

/** What a browser-mode server needs. */
export interface BrowserServerOptions {
  readonly backend: Pick<Backend, 'connect'>;
  /** The built UI, with its `index.html`. */
  readonly uiFolder: string;
  /** 0 takes any free port. */
  readonly port: number;
}

/** A listening browser-mode server. */
export interface BrowserServer {
  /** With the single-use token in its fragment, which browsers do not send. */
  readonly url: string;
  readonly port: number;
  /** Ends every connection and resolves when the port is free again. */
  close(): Promise<void>;
}

/** Starts the server. Rejects when the port is taken or the UI is not built. */
export async function startBrowserServer(options: BrowserServerOptions): Promise<BrowserServer> {
  const files = new StaticFiles(options.uiFolder);
  const session = new BrowserSession();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
  });
  const server = http.createServer((request, response) => {
    void answer(request, response, session, files);
  });
  server.on('upgrade', (request: http.IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const status = upgradeStatus(request, session);
    if (status !== 101) {
      socket.end(
        `HTTP/1.1 ${String(status)} ${http.STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
      );
      return;
    }
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      options.backend.connect(webSocketPort(webSocket));
    });
  });
  const port = await listen(server, options.port);
  session.bind(port);
  return {
    url: `http://127.0.0.1:${String(port)}/#token=${session.token}`,
    port,
    close: async () => {
      for (const webSocket of sockets.clients) webSocket.terminate();
      sockets.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: http.Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** 101 when the upgrade is a window's. */
function upgradeStatus(request: http.IncomingMessage, session: BrowserSession): number {
  if (!session.namesUs(request) || !session.comesFromUs(request)) return 403;
  if (pathOf(request) !== '/port') return 404;
  return session.holdsCookie(request) ? 101 : 401;
}

async function answer(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  session: BrowserSession,
  files: StaticFiles,
): Promise<void> {
  setSafetyHeaders(response, request.headers.host ?? '');
  if (!session.namesUs(request)) {
    refuse(response, 403, 'This is not the address of Berth.');
    return;
  }
  const urlPath = pathOf(request);
  if (urlPath === '/session') {
    if (request.method === 'POST') await exchangeToken(request, response, session);
    else refuse(response, 405, 'Only POST is answered here.', { Allow: 'POST' });
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    refuse(response, 405, 'Only GET is answered here.', { Allow: 'GET, HEAD' });
    return;
  }
  if (urlPath === '/port') {
    // A page cannot see why its WebSocket was refused; asked plainly, this tells it.
    if (request.headers.origin !== undefined && !session.comesFromUs(request)) {
      refuse(response, 403, 'Only the page of Berth may connect.');
    } else if (!session.holdsCookie(request)) refuse(response, 401, 'This link was used already.');
    else refuse(response, 426, 'A WebSocket is expected here.', { Upgrade: 'websocket' });
    return;
  }
  if (!files.serve(urlPath, request, response)) refuse(response, 404, 'There is nothing here.');
}

async function exchangeToken(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  session: BrowserSession,
): Promise<void> {
  if (!session.comesFromUs(request)) {
    refuse(response, 403, 'Only the page of Berth may do this.');
    return;
  }
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    refuse(response, 415, 'JSON is expected.');
    return;
  }
  const body = await readBody(request);
  if (body === undefined) {
    refuse(response, 413, 'That is too long.', { Connection: 'close' });
    return;
  }
  const parsed = tokenBody.safeParse(parseJson(body));
  if (!parsed.success) {
    refuse(response, 400, 'A token is expected.');
    return;
  }
  const cookie = session.exchange(parsed.data.token);
  if (cookie === undefined) {
    refuse(
      response,
      401,
      'This link was used already, or it is not the one that was printed. Start Berth again, or use the tab that has it.',
    );
    return;
  }
  response.writeHead(204, { 'Set-Cookie': cookie, 'Cache-Control': 'no-store' });
  response.end();
}

/** The body as text; undefined when it is longer than a token's can be. */
async function readBody(request: http.IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let lengthBytes = 0;
  try {
    for await (const chunk of request) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
      lengthBytes += bytes.length;
      if (lengthBytes > maxTokenBodyBytes) return undefined;
      chunks.push(bytes);
    }
  } catch {
    // The browser went away in the middle.
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function pathOf(request: http.IncomingMessage): string {
  return (request.url ?? '/').split(/[?#]/, 1)[0] ?? '/';
}

function setSafetyHeaders(response: http.ServerResponse, host: string): void {
  // xterm.js and Radix write style elements, hence unsafe-inline for styles; scripts come from our files alone.
  const policy = [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    // Older browsers do not count WebSockets to 'self'.
    /^[\w.]+:\d+$/.test(host) ? `connect-src 'self' ws://${host}` : "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  response.setHeader('Content-Security-Policy', policy.join('; '));
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('X-Frame-Options', 'DENY');
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin');
}

function refuse(
  response: http.ServerResponse,
  status: number,
  sentence: string,
  headers: http.OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(`${sentence}\n`);
}
