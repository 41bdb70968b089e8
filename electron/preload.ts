// The only code between the page and Electron: on the page's request it asks for a port to the backend and passes it on.
// It exposes no function and knows no method.
import { ipcRenderer } from 'electron';

window.addEventListener('message', (event) => {
  if (event.source === window && event.data === 'berth:connect') ipcRenderer.send('berth:connect');
});
ipcRenderer.on('berth:port', (event) => {
  // A page loaded from a file has an opaque origin, so the target cannot be named; the only listener is our own page.
  window.postMessage('berth:port', '*', event.ports);
});
