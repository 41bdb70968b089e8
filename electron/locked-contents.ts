// Locks what Chromium could be talked into: our page stays where it is, opens no windows and no web views, and gets no
// permission but to write to the clipboard. Holds for every web contents that this process ever makes.
import { app, session, shell, type WebContents } from 'electron';
import { appOrigin, isOurPage } from './app-origin.ts';
import { webLink } from './web-link.ts';

/** "Copy" writes to the clipboard, after a click. */
const granted: ReadonlySet<string> = new Set(['clipboard-sanitized-write']);

/** Locks every web contents to come. To be called once, before the first window. */
export function lockContents(): void {
  app.on('web-contents-created', (_event, contents) => lock(contents));
}

function lock(contents: WebContents): void {
  contents.setWindowOpenHandler(({ url }) => {
    openWebLink(url);
    return { action: 'deny' };
  });
  contents.on('will-navigate', (event) => {
    if (isOurPage(event.url)) return;
    event.preventDefault();
    openWebLink(event.url);
  });
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame) event.preventDefault();
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

/** Opens a web link in the user's browser; anything else is left alone. */
function openWebLink(link: string): void {
  const url = webLink(link);
  if (url === undefined) return;
  shell.openExternal(url).catch(() => {
    // There is no browser: nothing happens, as with any link then.
  });
}

/** Denies what pages may ask for. To be called once Electron is ready. */
export function denyPermissions(): void {
  const { defaultSession } = session;
  defaultSession.setPermissionRequestHandler((contents, permission, answer) => {
    answer(granted.has(permission) && isOurPage(contents.getURL()));
  });
  defaultSession.setPermissionCheckHandler(
    (contents, permission) => granted.has(permission) && isOurPage(contents?.getURL()),
  );
  defaultSession.setDevicePermissionHandler(() => false);
  defaultSession.setDisplayMediaRequestHandler((_request, answer) => answer({}));
  // The page saves what it made itself (a log); nothing is fetched from elsewhere.
  defaultSession.on('will-download', (event, item) => {
    if (!item.getURL().startsWith(`blob:${appOrigin}/`)) event.preventDefault();
  });
}
