// Gives the page its port to the backend: only to the main frame of a window that shows our own page.
import { ipcMain, MessageChannelMain } from 'electron';
import type { Backend } from '../runtime/backend/backend.ts';
import { isOurPage } from './app-origin.ts';
import { messagePort } from './message-port.ts';

/** Answers the preload's requests from now on. */
export function servePorts(backend: Pick<Backend, 'connect'>): void {
  ipcMain.on('berth:connect', (event) => {
    const frame = event.senderFrame;
    if (frame === null || frame.parent !== null || !isOurPage(frame.url)) return;
    const { port1, port2 } = new MessageChannelMain();
    backend.connect(messagePort(port1));
    frame.postMessage('berth:port', null, [port2]);
  });
}
