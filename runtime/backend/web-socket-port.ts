// A WebSocket as the backend's port.
import type { WebSocket } from 'ws';
import type { Port } from '../contract/wire.ts';

/**
 * What may wait in a WebSocket. Streams keep far below it by acknowledged bytes; a window that takes nothing at all for so
 * long is cut off, and comes back with a fresh model.
 */
const maxWaitingBytes = 64 * 1024 * 1024;

/** The port of an open WebSocket. */
export function webSocketPort(socket: WebSocket): Port {
  // A broken frame or one that is too long: `close` follows.
  socket.on('error', () => undefined);
  return {
    send: (message) => {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > maxWaitingBytes) socket.terminate();
      else socket.send(message);
    },
    onMessage: (listener) => {
      socket.on('message', (data, isBinary) => {
        const bytes = Array.isArray(data)
          ? Buffer.concat(data)
          : Buffer.isBuffer(data)
            ? data
            : Buffer.from(data);
        listener(isBinary ? bytes : bytes.toString('utf8'));
      });
    },
    onClose: (listener) => {
      socket.on('close', listener);
    },
    close: () => socket.close(),
  };
}
