// Taking a connection over for raw bytes, as attach and exec do. Docker's rules: with `Upgrade` the answer is 101,
// without it 200 and raw bytes all the same; a half-closed socket is the end of stdin and nothing else.
import { type IncomingMessage, STATUS_CODES, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { EngineError } from '../errors.ts';
import { commonHeaders } from './reply.ts';

/** How long a client may take to close after it was given the end of the output. */
const farewellMs = 30_000;

/** The content type of a container's output: frames, or raw bytes from a TTY and for clients before 1.42. */
export function streamType(tty: boolean, minor: number): string {
  return tty || minor < 42
    ? 'application/vnd.docker.raw-stream'
    : 'application/vnd.docker.multiplexed-stream';
}

/** Answers an upgraded request and gives its socket away. Bytes that came with the request are in it. `contentType` may be empty. */
export function hijackUpgraded(request: IncomingMessage, socket: Socket, contentType: string): Duplex {
  const protocol = (request.headers.upgrade ?? 'tcp').replaceAll(/[^\w./-]/g, '');
  const type = contentType === '' ? {} : { 'Content-Type': contentType };
  socket.write(head('101 UPGRADED', { ...type, Connection: 'Upgrade', Upgrade: protocol }));
  return socket;
}

/** Answers an ordinary request with 200 and gives its connection away. */
export function hijackPlain(request: IncomingMessage, response: ServerResponse, contentType: string): Duplex {
  if (request.headers['transfer-encoding'] !== undefined) {
    // The client streams stdin as its request body, in chunks; only HTTP's parser can read those.
    response.writeHead(200, { 'Content-Type': contentType, Connection: 'close' });
    response.flushHeaders();
    return Duplex.from({ readable: request, writable: response });
  }
  const socket = response.socket;
  if (socket === null) throw new EngineError('internal', 'the connection is already closed');
  response.detachSocket(socket);
  // Someone who wants to read makes Node's parser let go of the socket; its own listeners would still end
  // a half-open connection. The 'close' listener stays: it frees the parser.
  const letGo = (): void => undefined;
  socket.on('readable', letGo);
  socket.removeAllListeners('data').removeAllListeners('end').off('readable', letGo);
  socket.setTimeout(0);
  socket.on('error', () => undefined);
  socket.write(head(`200 ${STATUS_CODES[200] ?? ''}`, { 'Content-Type': contentType }));
  return socket;
}

/** Ends a hijacked connection: the client gets what is still on its way, then has some time to close. */
export function farewell(connection: Duplex): void {
  if (connection.destroyed) return;
  connection.end();
  connection.resume();
  const timer = setTimeout(() => connection.destroy(), farewellMs);
  timer.unref();
  connection.once('close', () => clearTimeout(timer));
}

function head(status: string, headers: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ ...headers, ...commonHeaders }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`;
}
