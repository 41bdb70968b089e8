// A port to the backend in the desktop shell. The preload passes on a MessagePort when the page asks for one, and that is
// all there is between the page and Electron.
import type { Port } from '../../../runtime/contract/wire.ts';

/** Asks the shell for a port; resolves when it comes. */
export function openElectronPort(): Promise<Port> {
  return new Promise((resolve) => {
    const listen = (event: MessageEvent<unknown>): void => {
      const port = event.ports[0];
      if (event.source !== window || event.data !== 'berth:port' || port === undefined) return;
      window.removeEventListener('message', listen);
      resolve(messagePort(port));
    };
    window.addEventListener('message', listen);
    window.postMessage('berth:connect', '*');
  });
}

function messagePort(port: MessagePort): Port {
  return {
    send: (message) => port.postMessage(message),
    onMessage: (listener) => {
      port.addEventListener('message', (event: MessageEvent<unknown>) => {
        if (typeof event.data === 'string' || event.data instanceof Uint8Array) listener(event.data);
      });
      port.start();
    },
    onClose: (listener) => port.addEventListener('close', listener),
    close: () => port.close(),
  };
}
