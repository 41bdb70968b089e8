// Serves the page under `berth-app://`. Only files that were in the folder at the start are served: no path of a request
// ever reaches the file system.
import { protocol } from 'electron';
import { readFile } from 'node:fs/promises';
import { StaticFiles } from '../runtime/backend/static-files.ts';
import { appOrigin, appScheme } from './app-origin.ts';

/** Only our own files; no network at all. xterm.js and Radix write style elements, hence unsafe-inline for styles. */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'none'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const safetyHeaders = {
  'Content-Security-Policy': contentPolicy,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/** Makes the protocol a standard, secure one. Electron asks for this before it is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: appScheme, privileges: { standard: true, secure: true, codeCache: true } },
  ]);
}

/** Serves the files of this folder from now on. Throws when there is no page in it. */
export function servePage(uiFolder: string): void {
  const files = new StaticFiles(uiFolder);
  protocol.handle(appScheme, (request) => answer(files, request));
}

async function answer(files: StaticFiles, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const found = `${url.protocol}//${url.host}` === appOrigin ? files.find(url.pathname) : undefined;
  if (request.method !== 'GET') return refuse(405, 'Only GET is answered here.');
  if (found === undefined) return refuse(404, 'There is nothing here.');
  let body: Uint8Array<ArrayBuffer>;
  try {
    body = new Uint8Array(await readFile(found.file));
  } catch {
    // The build was replaced under us: the page is to be loaded again.
    return refuse(404, 'This file has gone.');
  }
  const headers = {
    ...safetyHeaders,
    'Content-Type': found.contentType,
    'Cache-Control': found.cacheControl,
  };
  return new Response(body, { headers });
}

function refuse(status: number, sentence: string): Response {
  return new Response(`${sentence}\n`, {
    status,
    headers: { ...safetyHeaders, 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
  });
}
