// The desktop shell's message port as a Port: the page asks the preload for one and gets it in a window message.
import { shellHostname } from '../../../runtime/contract/shell-address.ts';
import type { Port } from '../../../runtime/contract/wire.ts';

/** Whether the page is shown by the desktop shell, which serves it under a host of its own, and not by the browser mode. */
export function inShell(): boolean {
  return window.location.hostname === shellHostname;
}

/** Asks the preload for a port to the backend. */
export function openShellPort(): Promise<Port> {
  return new Promise((resolve) => {
    const take = (event: MessageEvent) => {
      const [port] = event.ports;
      if (event.source !== window || event.data !== 'berth:port' || port === undefined) return;
      window.removeEventListener('message', take);
      resolve(wrap(port));
    };
    window.addEventListener('message', take);
    window.postMessage('berth:connect', window.location.origin);
  });
}

function wrap(port: MessagePort): Port {
  return {
    send: (message) => port.postMessage(message),
    onMessage: (listener) => {
      port.onmessage = ({ data }: MessageEvent<unknown>) => {
        if (typeof data === 'string' || data instanceof Uint8Array) listener(data);
      };
    },
    onClose: (listener) => {
      port.addEventListener('close', () => listener());
    },
    close: () => port.close(),
  };
}
