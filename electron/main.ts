// The desktop shell's start: one instance, the links that the system hands to it, and what must be said to Electron before it
// is ready. The rest is in `shell.ts`.
import { app, dialog } from 'electron';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { deepLinkAmong, linkScheme, parseDeepLink } from './deep-link.ts';
import { graphicsFailure, guardGraphics } from './graphics.ts';
import { lockContents } from './locked-contents.ts';
import { hiddenArgument } from './login-item.ts';
import { registerPageScheme } from './page-protocol.ts';
import { Shell } from './shell.ts';
import { StateFile } from './state-file.ts';

function start(): void {
  let shell: Shell | undefined;
  /** A link that came before there was a window. */
  let firstAddress = deepLinkAmong(process.argv);
  const show = (address: string | undefined) => {
    if (shell === undefined) firstAddress = address ?? firstAddress;
    else shell.show(address);
  };

  app.enableSandbox();
  registerPageScheme();
  lockContents();
  guardGraphics(
    new StateFile(path.join(app.getPath('userData'), 'graphics.json'), graphicsFailure),
    app.getVersion(),
  );
  app.on('second-instance', (_event, words) => show(deepLinkAmong(words)));
  // macOS hands links over so, also while the program starts.
  app.on('open-url', (event, link) => {
    event.preventDefault();
    show(parseDeepLink(link));
  });
  app
    .whenReady()
    .then(() => {
      if (app.isPackaged) app.setAsDefaultProtocolClient(linkScheme);
      shell = new Shell();
      if (firstAddress !== undefined || !process.argv.includes(hiddenArgument)) shell.show(firstAddress);
    })
    .catch((error: unknown) => {
      dialog.showErrorBox('Berth cannot start', error instanceof Error ? error.message : String(error));
      app.exit(1);
    });
}

app.setName('Berth');
// Electron has already derived it from the name the program had before; and it takes no folder that is not there.
const userData = path.join(app.getPath('appData'), 'Berth');
mkdirSync(userData, { recursive: true, mode: 0o700 });
app.setPath('userData', userData);
if (app.requestSingleInstanceLock()) start();
else app.quit();
