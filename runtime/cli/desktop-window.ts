// The window of the desktop shell, where Electron's binary and a display can be had.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

/** How to open the desktop window, or why it cannot be opened here. */
export type DesktopWindow =
  | { readonly kind: 'available'; readonly binary: string; readonly program: string }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** Looks for what the desktop window needs. `root` is the project's folder. */
export function findDesktopWindow(
  root: string,
  environment: Readonly<Record<string, string | undefined>>,
): DesktopWindow {
  const unavailable = (reason: string): DesktopWindow => ({ kind: 'unavailable', reason });
  const program = path.join(root, 'dist/electron/main.js');
  const binary = path.join(root, 'node_modules/electron/dist/electron');
  const display = environment['WAYLAND_DISPLAY'] ?? environment['DISPLAY'] ?? '';
  if (display === '') return unavailable('there is no display');
  if (!existsSync(program)) return unavailable('the desktop shell is not built');
  if (!existsSync(binary))
    return unavailable("Electron's binary is not installed (`npx electron --version` fetches it)");
  // Chromium refuses to run as root with its sandbox, and we do not switch the sandbox off.
  if (process.getuid?.() === 0) return unavailable('the desktop window does not run as root');
  return { kind: 'available', binary, program };
}

/** Opens the window and resolves when it has been closed. `endpoint` is the engine's URL. */
export function runDesktopWindow(
  found: Extract<DesktopWindow, { kind: 'available' }>,
  endpoint: string,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(found.binary, [found.program], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DOCKER_HOST: endpoint },
    });
    signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
    child.once('error', reject);
    child.once('close', () => resolve());
  });
}
