// The window of the desktop shell, where Electron's binary and a display can be had.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** How to open the desktop window, or why it cannot be opened here. */
export type DesktopWindow =
  | { readonly kind: 'available'; readonly binary: string; readonly program: string }
  | { readonly kind: 'unavailable'; readonly reason: string };

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Looks for what the desktop window needs; Electron's binary is fetched at its first use, which `say` tells.
 * `root` is the project's folder.
 */
export async function findDesktopWindow(
  root: string,
  environment: Environment,
  say: (sentence: string) => void,
): Promise<DesktopWindow> {
  const unavailable = (reason: string): DesktopWindow => ({ kind: 'unavailable', reason });
  const display = environment['WAYLAND_DISPLAY'] ?? environment['DISPLAY'] ?? '';
  if (display === '') return unavailable('there is no display');
  // Chromium refuses to run as root with its sandbox, and we do not switch the sandbox off.
  if (process.getuid?.() === 0) return unavailable('the desktop window does not run as root');
  const program = path.join(root, 'dist/electron/main.js');
  if (!existsSync(program)) return unavailable('the desktop shell is not built');
  const electron = path.join(root, 'node_modules/electron');
  const binary = path.join(
    environment['ELECTRON_OVERRIDE_DIST_PATH'] ?? path.join(electron, 'dist'),
    'electron',
  );
  if (!existsSync(binary)) {
    say('Fetching Electron for the desktop window. This is done once.');
    await fetchElectron(path.join(electron, 'install.js'));
  }
  if (!existsSync(binary)) return unavailable("Electron's binary could not be fetched");
  return { kind: 'available', binary, program };
}

function fetchElectron(script: string): Promise<void> {
  return new Promise((resolve) => {
    // Standard output is for the browser mode's address alone.
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 2, 2] });
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
}

/**
 * Opens the window and resolves when it has been closed: to undefined, or to what went wrong.
 * `endpoint` is the engine's URL.
 */
export function runDesktopWindow(
  found: Extract<DesktopWindow, { kind: 'available' }>,
  endpoint: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(found.binary, [found.program], {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, DOCKER_HOST: endpoint },
    });
    signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, killed) => {
      const well = code === 0 || signal.aborted;
      resolve(well ? undefined : `it ended with ${killed ?? `code ${String(code)}`}`);
    });
  });
}
