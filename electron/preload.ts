// The only code between the page and Electron: on the page's request it asks for a port to the backend and passes it on,
// and it puts the address that the shell wants shown behind the page's `#`. It exposes no function and knows no method.
import { ipcRenderer } from 'electron';

window.addEventListener('message', (event) => {
  if (event.source === window && event.data === 'berth:connect') ipcRenderer.send('berth:connect');
});
ipcRenderer.on('berth:port', (event) => {
  window.postMessage('berth:port', window.location.origin, event.ports);
});
ipcRenderer.on('berth:show', (_event, address: unknown) => {
  if (typeof address === 'string' && address.startsWith('/')) window.location.hash = address;
});
