// The desktop shell: one locked-down window that shows the UI and hands it a port to the backend. The backend runs here,
// as the user; the engine is a process of its own that `npm start` has already started.
import { app, BrowserWindow, ipcMain, MessageChannelMain, session } from 'electron';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createBackend } from '../runtime/backend/backend.ts';
import { createEngineClient } from '../runtime/client/engine-client.ts';
import { findEngine } from '../runtime/client/endpoint.ts';
import { messagePort } from './message-port.ts';

const page = path.join(import.meta.dirname, '../renderer/index.html');
const pageUrl = pathToFileURL(page).href;

/** Whether a frame shows our own page; anything else gets nothing from us. */
function isOurPage(url: string | undefined): boolean {
  return url !== undefined && url.split('#')[0] === pageUrl;
}

function openWindow(): void {
  const window = new BrowserWindow({
    width: 1280,
    height: 820,
    minWidth: 900,
    minHeight: 600,
    title: 'Berth',
    webPreferences: {
      preload: path.join(import.meta.dirname, 'preload.cjs'),
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
    },
  });
  window.webContents.setWindowOpenHandler(() => ({ action: 'deny' }));
  window.webContents.on('will-navigate', (event) => {
    event.preventDefault();
  });
  window.setMenuBarVisibility(false);
  void window.loadFile(page);
}

function run(): void {
  const backend = createBackend(createEngineClient(findEngine(process.env)));
  ipcMain.on('berth:connect', (event) => {
    if (event.senderFrame === null || !isOurPage(event.senderFrame.url)) return;
    const { port1, port2 } = new MessageChannelMain();
    backend.connect(messagePort(port1));
    event.senderFrame.postMessage('berth:port', null, [port2]);
  });
  session.defaultSession.setPermissionRequestHandler((_contents, _permission, answer) => {
    answer(false);
  });
  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) openWindow();
  });
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  app.on('will-quit', () => {
    void backend.dispose();
  });
  openWindow();
}

if (app.requestSingleInstanceLock()) {
  app.on('second-instance', () => {
    const window = BrowserWindow.getAllWindows()[0];
    if (window?.isMinimized() === true) window.restore();
    window?.focus();
  });
  void app.whenReady().then(run);
} else {
  app.quit();
}
