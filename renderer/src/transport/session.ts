// The browser mode's way in: the token of the start link is exchanged, once, for a cookie; then the port opens. The token
// never stays in the address bar or the history.
import type { Port } from '../../../runtime/contract/wire.ts';
import { openWebSocketPort } from './websocket-port.ts';

/** The server answers, but not to this window: the link was used before, or the server was started anew. */
export class SessionEnded extends Error {}

/** Takes `#token=...` from the address and removes it there; undefined when the link carries none. */
export function takeToken(): string | undefined {
  const token = /^#token=([A-Za-z0-9_\-.~]+)$/.exec(window.location.hash)?.[1];
  if (token !== undefined) {
    window.history.replaceState(null, '', window.location.pathname + window.location.search);
  }
  return token;
}

/**
 * Gives the token for the cookie. A refused token is no end yet: this browser may hold a good cookie from before, which
 * the port will show.
 */
export async function exchangeToken(token: string): Promise<void> {
  await fetch('/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
    credentials: 'same-origin',
  });
}

/** Opens the port of the server this page came from. Throws {@link SessionEnded} when the server is there but says no. */
export async function openSessionPort(): Promise<Port> {
  const scheme = window.location.protocol === 'https:' ? 'wss:' : 'ws:';
  try {
    return await openWebSocketPort(`${scheme}//${window.location.host}/port`);
  } catch (error) {
    // A WebSocket does not tell its status; the same address over plain HTTP does.
    const answer = await fetch('/port', { credentials: 'same-origin', cache: 'no-store' });
    if (answer.status === 401 || answer.status === 403) throw new SessionEnded();
    throw error;
  }
}
