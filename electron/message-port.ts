// Electron's MessagePortMain as the backend's port. Binary messages arrive as Uint8Array by structured clone.
import type { MessagePortMain } from 'electron';
import type { Port } from '../runtime/contract/wire.ts';

/** The backend's end of a channel to a window. Whatever is neither text nor bytes is not for us and ends the connection. */
export function messagePort(port: MessagePortMain): Port {
  let closed = false;
  return {
    send: (message) => {
      if (!closed) port.postMessage(message);
    },
    onMessage: (listener) => {
      port.on('message', ({ data }: { data: unknown }) => {
        if (typeof data === 'string' || data instanceof Uint8Array) listener(data);
        else port.close();
      });
      port.start();
    },
    onClose: (listener) => {
      port.on('close', () => {
        closed = true;
        listener();
      });
    },
    close: () => {
      closed = true;
      port.close();
    },
  };
}
