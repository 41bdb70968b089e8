// Attaching by websocket: the handshake, whose pages may ask for it, and the open socket as a stream of bytes.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { EngineError } from '../errors.ts';

/** What a client may send at once. */
const maxPayloadBytes = 1024 * 1024;
/** Output that may wait in a socket before the program has to. */
const maxWaitingBytes = 256 * 1024;

const server = new WebSocketServer({
  noServer: true,
  maxPayload: maxPayloadBytes,
  perMessageDeflate: false,
  clientTracking: false,
});

/**
 * Whether a page of this origin may open a websocket here. Programs send none, or that of the host they ask, by a name
 * for the machine itself. A browser sends its page's: that is another one, or, by a name that was bound anew to this
 * machine, the same under a name that nobody but its owner calls it by.
 */
export function mayOpenWebSocket(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  const [, of] = /^(?:https?|wss?):\/\/([^/?#]*)$/i.exec(origin) ?? [];
  const name = (host ?? '').replace(/:\d+$/, '').toLowerCase();
  return of !== undefined && of === host && ['localhost', '127.0.0.1', '[::1]'].includes(name);
}

/** Whether a request asks to become a websocket. */
export function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

/**
 * Answers the handshake; resolves with the stream. Output goes out in binary messages, or as text for clients of before
 * 1.28; messages of either kind come in as bytes. The end of the stream closes the socket.
 */
export async function acceptWebSocket(
  request: IncomingMessage,
  socket: Socket,
  binary: boolean,
): Promise<Duplex> {
  const { 'sec-websocket-key': key, 'sec-websocket-version': version } = request.headers;
  if (key === undefined || !/^[+/0-9A-Za-z]{22}==$/.test(key) || !['8', '13'].includes(version ?? '')) {
    throw new EngineError('invalid', 'the websocket handshake is not complete');
  }
  return await new Promise((resolve) => {
    server.handleUpgrade(request, socket, Buffer.alloc(0), (open) => resolve(streamOf(open, binary)));
  });
}

function streamOf(open: WebSocket, binary: boolean): Duplex {
  const stream = new Duplex({
    read: () => open.resume(),
    write: (chunk: Buffer, _encoding, done) => {
      if (open.readyState !== open.OPEN) {
        done();
        return;
      }
      // Sent, not only taken: a slow client slows the program.
      open.send(binary ? chunk : chunk.toString('utf8'), { binary }, () => done());
    },
    final: (done) => {
      open.close();
      done();
    },
    destroy: (error, done) => {
      open.terminate();
      done(error);
    },
    writableHighWaterMark: maxWaitingBytes,
  });
  open.on('message', (data) => {
    const bytes = Array.isArray(data)
      ? Buffer.concat(data)
      : Buffer.isBuffer(data)
        ? data
        : Buffer.from(data);
    if (!stream.push(bytes)) open.pause();
  });
  open.on('error', () => undefined); // `close` follows
  open.on('close', () => {
    stream.push(null);
    stream.destroy();
  });
  return stream;
}
