// Answers: headers that every answer has, JSON, nothing, errors.
import type { ServerResponse } from 'node:http';
import { EngineError, messageOf, statusOf } from '../errors.ts';
import { engineVersion, maxApiMinor } from '../version.ts';

/** What Docker puts on every answer. */
export const commonHeaders: Readonly<Record<string, string>> = {
  'Api-Version': `1.${String(maxApiMinor)}`,
  'Docker-Experimental': 'false',
  Ostype: 'linux',
  Server: `Berth/${engineVersion} (linux)`,
};

/** Sends a value as JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  // A string goes out in one piece with the headers, and is not copied before that.
  const text = `${JSON.stringify(value)}\n`;
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

/** Sends a status without a body. */
export function sendEmpty(response: ServerResponse, status: 200 | 201 | 204): void {
  if (status === 204) response.writeHead(204);
  else response.writeHead(status, { 'Content-Length': 0 });
  response.end();
}

/** Sends a client on to the same thing by its one path. */
export function sendRedirect(response: ServerResponse, location: string): void {
  response.writeHead(301, { Location: location, 'Content-Length': 0 });
  response.end();
}

/** What a person is told of an error: its message, and its hint when it has one. */
export function sentenceOf(error: unknown): string {
  const hint = error instanceof EngineError ? error.hint : undefined;
  return hint === undefined ? messageOf(error) : `${messageOf(error)}\n${hint}`;
}

/** Sends an error by its kind; a stream that has begun can only be cut. */
export function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const status = statusOf(error);
  if (status === 304) {
    response.writeHead(304);
    response.end();
    return;
  }
  sendJson(response, status, { message: sentenceOf(error) });
}
