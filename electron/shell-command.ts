// How this program is started: what the system is told for login, and what it starts for a link.
import { app } from 'electron';
import path from 'node:path';

/** The program and the arguments it always needs. */
export function shellCommand(): readonly [string, ...string[]] {
  const appImage = process.env['APPIMAGE'] ?? '';
  // The binary of an AppImage lies in a mount that is another one at every start.
  if (appImage !== '') return [appImage];
  return app.isPackaged ? [process.execPath] : [process.execPath, path.join(import.meta.dirname, 'main.js')];
}
