// A port over a WebSocket: text stays text, binary comes as bytes. For the browser mode.
import type { Port } from '../../../runtime/contract/wire.ts';

/** Opens a WebSocket and resolves when it is open; rejects when it closes before that. */
export function openWebSocketPort(address: string): Promise<Port> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(address);
    socket.binaryType = 'arraybuffer';
    let opened = false;
    let closed = false;
    const waiting: (string | Uint8Array)[] = [];
    let listener: ((message: string | Uint8Array) => void) | undefined;
    const closers: (() => void)[] = [];

    socket.addEventListener('message', (event: MessageEvent<unknown>) => {
      const message =
        typeof event.data === 'string'
          ? event.data
          : event.data instanceof ArrayBuffer
            ? new Uint8Array(event.data)
            : undefined;
      if (message === undefined) return;
      if (listener === undefined) waiting.push(message);
      else listener(message);
    });
    socket.addEventListener('close', () => {
      closed = true;
      if (!opened) reject(new Error('The connection was refused'));
      for (const closer of closers) closer();
    });
    socket.addEventListener('open', () => {
      opened = true;
      resolve({
        send: (message) => {
          if (socket.readyState !== WebSocket.OPEN) return;
          if (typeof message === 'string') socket.send(message);
          else socket.send(new Uint8Array(message));
        },
        onMessage: (next) => {
          listener = next;
          for (const message of waiting.splice(0)) next(message);
        },
        onClose: (closer) => {
          if (closed) closer();
          else closers.push(closer);
        },
        close: () => socket.close(),
      });
    });
  });
}
