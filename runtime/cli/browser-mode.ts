// The window in a browser: serves it, prints its address, opens the browser where there is one.
import { spawn } from 'node:child_process';
import { createBackend } from '../backend/backend.ts';
import { startBrowserServer } from '../backend/browser-server.ts';
import { createEngineClient } from '../client/engine-client.ts';
import type { Endpoint } from '../client/endpoint.ts';
import type { KeptEngine } from '../client/kept-engine.ts';

/** A running browser mode. */
export interface BrowserMode {
  close(): Promise<void>;
}

/** Starts the browser mode and prints one line, its URL, to standard output. */
export async function startBrowserMode(options: {
  readonly endpoint: Endpoint;
  readonly uiFolder: string;
  readonly port: number;
  readonly openBrowser: boolean;
  /** The engine, where it is ours. */
  readonly keeper: KeptEngine | undefined;
}): Promise<BrowserMode> {
  const backend = createBackend(createEngineClient(options.endpoint), { keeper: options.keeper });
  try {
    const server = await startBrowserServer({ backend, uiFolder: options.uiFolder, port: options.port });
    process.stdout.write(`${server.url}\n`);
    if (options.openBrowser) openInBrowser(server.url);
    return {
      close: async () => {
        await server.close();
        backend.dispose();
      },
    };
  } catch (error) {
    backend.dispose();
    throw error;
  }
}

/** Opens a URL in the user's browser. Where that cannot be done the printed URL will do. */
function openInBrowser(url: string): void {
  const display = process.env['WAYLAND_DISPLAY'] ?? process.env['DISPLAY'] ?? '';
  if (display === '') return;
  const child = spawn('xdg-open', [url], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
