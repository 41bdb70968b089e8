// One HTTP request to a registry, with bounds on every wait, and network errors in the words Docker has for them.
// It follows no redirect and knows nothing of credentials: see registry-session.ts.
import http from 'node:http';
import https from 'node:https';
import type net from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readWithin } from '../read-within.ts';
import { certificatesFolder, certificatesStamp, hostCertificates } from './registry-certificates.ts';
import { proxyFor, proxyHeaders, TunnelAgent } from './registry-proxy.ts';

/** How long each wait of a request may take. */
export interface HttpTimeouts {
  /** Name lookup, TCP and TLS. */
  readonly connectMs: number;
  /** From the request to the answer's head. */
  readonly headersMs: number;
  /** Between two pieces of a body. */
  readonly idleMs: number;
}

export const defaultTimeouts: HttpTimeouts = { connectMs: 15_000, headersMs: 60_000, idleMs: 60_000 };

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** A method as Go's client writes it at the beginning of an error: `Get "url": …`. */
export function httpVerb(method: HttpMethod): string {
  return method.charAt(0) + method.slice(1).toLowerCase();
}

/** The registry could not be reached or broke off; it may be tried again. The message is complete: `Get "url": …`. */
export class NetworkError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NetworkError';
  }
}

/** How connections are made. */
export interface ConnectionOptions {
  readonly timeouts?: HttpTimeouts | undefined;
  /** Where hosts' certificates lie; Docker's folder by default. */
  readonly certificatesFolder?: string | undefined;
  /** Names the proxies; the engine's own by default. */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/**
 * All connections read into the same memory, since the parser of HTTP copies a body's bytes anyway: without it every read leaves 64 KiB
 * behind, which V8 lets pile up to many megabytes during a pull.
 */
const received = Buffer.allocUnsafeSlow(64 * 1024);
const onread = {
  buffer: received,
  callback(this: net.Socket, length: number): boolean {
    this.emit('data', received.subarray(0, length));
    return true;
  },
};

const keeping = { keepAlive: true, maxFreeSockets: 4, timeout: 5000, onread };

/** Keeps connections for the next request; idle ones are closed after some seconds. */
export class HttpConnections {
  readonly #timeouts: HttpTimeouts;
  readonly #certificatesFolder: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #plain = new http.Agent(keeping);
  /** One for each host, since hosts differ in what is trusted, and in the proxy that leads there. */
  readonly #tls = new Map<string, { readonly agent: https.Agent; readonly stamp: number }>();

  constructor({ timeouts, certificatesFolder: folder, env }: ConnectionOptions = {}) {
    this.#timeouts = timeouts ?? defaultTimeouts;
    this.#certificatesFolder = folder ?? certificatesFolder;
    this.#env = env ?? process.env;
  }

  async #agentFor(url: URL, insecure: boolean, proxy: URL | undefined): Promise<http.Agent> {
    if (url.protocol !== 'https:') return this.#plain;
    const key = `${url.host} ${String(insecure)}`;
    const stamp = await certificatesStamp(this.#certificatesFolder, url.host);
    const known = this.#tls.get(key);
    if (known?.stamp === stamp) return known.agent;
    known?.agent.destroy();
    const { ca, ...own } = await hostCertificates(this.#certificatesFolder, url.host);
    // For registries the user called insecure any certificate will do.
    const options = { ...keeping, ...own, ca: [...ca], rejectUnauthorized: !insecure };
    const agent = proxy === undefined ? new https.Agent(options) : new TunnelAgent(proxy, options);
    this.#tls.set(key, { agent, stamp });
    return agent;
  }

  /**
   * Sends a request and resolves with the answer's head; the body must be read or destroyed.
   * Rejects with {@link NetworkError}, or the signal's reason.
   */
  async request(
    url: URL,
    options: {
      readonly method?: HttpMethod;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array | Readable;
      readonly insecure: boolean;
      readonly signal: AbortSignal;
    },
  ): Promise<http.IncomingMessage> {
    const { signal, insecure, body, method = 'GET' } = options;
    const { connectMs, headersMs, idleMs } = this.#timeouts;
    const proxy = proxyFor(url, this.#env);
    const agent = await this.#agentFor(url, insecure, proxy);
    return await new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(toError(signal.reason));
        return;
      }
      const settings = { method, agent, headers: { 'User-Agent': 'berth', ...options.headers } };
      const request =
        url.protocol === 'https:'
          ? https.request(url, settings)
          : proxy === undefined
            ? http.request(url, settings)
            : http.request(proxy, {
                ...settings,
                path: url.href,
                headers: { ...settings.headers, ...proxyHeaders(proxy), Host: url.host },
              });
      const failed = (cause: unknown): Error =>
        signal.aborted
          ? toError(signal.reason)
          : new NetworkError(`${httpVerb(method)} "${url.href}": ${networkWords(cause, url)}`, {
              cause,
            });
      const tooLate = () =>
        request.destroy(
          new Error(
            'net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
          ),
        );
      let timer = setTimeout(tooLate, connectMs);
      const onAbort = () => request.destroy(toError(signal.reason));
      signal.addEventListener('abort', onAbort, { once: true });
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      };
      const connected = () => {
        clearTimeout(timer);
        timer = setTimeout(tooLate, headersMs);
        // The answer comes when all is sent: for as long as that goes on, it is not late.
        if (body instanceof Readable) body.on('data', () => timer.refresh());
      };
      request.once('socket', (socket) => {
        if (!socket.connecting) connected();
        else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
      });
      request.once('response', (response) => {
        clearTimeout(timer);
        response.setTimeout(idleMs, () => {
          // When our own side is slow the body waits in the buffer, and the registry is not to blame.
          if (response.readableLength === 0) response.destroy(failed(new Error('i/o timeout')));
        });
        response.once('close', done);
        resolve(response);
      });
      request.on('error', (cause) => {
        done();
        reject(failed(cause));
      });
      if (body instanceof Readable) {
        pipeline(body, request).catch((cause: unknown) => {
          // The body's own failure says more than what it did to the request.
          done();
          reject(body.errored === null ? failed(cause) : toError(body.errored));
          request.destroy();
        });
      } else {
        request.end(body);
      }
    });
  }

  /** Closes what is idle and breaks what is not. */
  close(): void {
    this.#plain.destroy();
    for (const { agent } of this.#tls.values()) agent.destroy();
    this.#tls.clear();
  }
}

/** Reads a body of at most `maxBytes`; more is an error, however much would follow. */
export async function readBody(response: http.IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLong = (): Error => new Error(`the answer is larger than ${String(maxBytes)} bytes`);
  try {
    return await readWithin(response, maxBytes, tooLong);
  } finally {
    response.destroy();
  }
}

/** Whether a body broke off on its way, which another attempt may cure. */
export function isNetworkError(error: unknown): boolean {
  if (error instanceof NetworkError) return true;
  const code = codeOf(error);
  return (
    code === 'ECONNRESET' ||
    code === 'ETIMEDOUT' ||
    code === 'EPIPE' ||
    code === 'ERR_STREAM_PREMATURE_CLOSE' ||
    code.startsWith('HPE_')
  );
}

/** What Docker's users read for a network error. */
function networkWords(cause: unknown, url: URL): string {
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  const code = codeOf(first);
  const port = url.port !== '' ? url.port : url.protocol === 'https:' ? '443' : '80';
  const address = textField(first, 'address') ?? url.hostname;
  const dial = `dial tcp ${address.includes(':') && !address.startsWith('[') ? `[${address}]` : address}:${port}: connect: `;
  switch (code) {
    case 'ECONNREFUSED':
      return `${dial}connection refused`;
    case 'EHOSTUNREACH':
      return `${dial}no route to host`;
    case 'ENETUNREACH':
      return `${dial}network is unreachable`;
    case 'ETIMEDOUT':
      return `${dial}connection timed out`;
    case 'ENOTFOUND':
      return `dial tcp: lookup ${url.hostname}: no such host`;
    case 'EAI_AGAIN':
      return `dial tcp: lookup ${url.hostname}: Temporary failure in name resolution`;
    case 'ECONNRESET':
      return 'read: connection reset by peer';
    case 'CERT_HAS_EXPIRED':
      return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid';
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `tls: failed to verify certificate: x509: certificate is not valid for ${url.hostname}`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return 'http: server gave HTTP response to HTTPS client';
    default:
      return first instanceof Error ? first.message : String(first);
  }
}

function codeOf(error: unknown): string {
  return textField(error, 'code') ?? '';
}

function textField(error: unknown, field: 'code' | 'address'): string | undefined {
  if (!(error instanceof Error) || !(field in error)) return undefined;
  const value: unknown = Reflect.get(error, field);
  return typeof value === 'string' ? value : undefined;
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
