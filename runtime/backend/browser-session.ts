// Who may use the browser mode: a single-use token is exchanged for a cookie, and every request must name us as its host
// and come from our own page. Pure checks on requests; `browser-server.ts` answers with them.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** 256 bits that fit into a URL. */
function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** Equality in a time that tells nothing of where the texts differ, nor of their lengths. */
function equalSecrets(given: string, kept: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(kept));
}

/** The keys to one browser-mode server. */
export class BrowserSession {
  /** For the URL's fragment; worth one exchange. */
  readonly token = randomSecret();
  readonly #secret = randomSecret();
  #tokenUsed = false;
  #port = 0;

  /** The port is known once the server listens. Cookies are shared between ports, so the cookie's name has it. */
  bind(port: number): void {
    this.#port = port;
  }

  get #cookieName(): string {
    return `berth-session-${String(this.#port)}`;
  }

  /** The `Set-Cookie` value for the right token, once; undefined otherwise. */
  exchange(token: string): string | undefined {
    if (!equalSecrets(token, this.token) || this.#tokenUsed) return undefined;
    this.#tokenUsed = true;
    // No `Secure`: the loopback address is served over plain HTTP.
    return `${this.#cookieName}=${this.#secret}; HttpOnly; SameSite=Strict; Path=/`;
  }

  /** Whether the request carries the session's cookie. */
  holdsCookie(request: IncomingMessage): boolean {
    const prefix = `${this.#cookieName}=`;
    return (request.headers.cookie ?? '')
      .split(';')
      .map((part) => part.trim())
      .some((part) => part.startsWith(prefix) && equalSecrets(part.slice(prefix.length), this.#secret));
  }

  /** Whether the request was made to us by our name: a page on a name that was rebound to 127.0.0.1 says its own. */
  namesUs(request: IncomingMessage): boolean {
    return this.#hosts.includes(request.headers.host ?? '');
  }

  /** Whether our own page makes the request. Browsers always send the origin with a WebSocket or a POST. */
  comesFromUs(request: IncomingMessage): boolean {
    // The origin must be that of the very host that is addressed, not merely one of our two names.
    return request.headers.origin === `http://${request.headers.host ?? ''}` && this.namesUs(request);
  }

  get #hosts(): string[] {
    return [`127.0.0.1:${String(this.#port)}`, `localhost:${String(this.#port)}`];
  }
}
