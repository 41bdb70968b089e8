// One repository at one endpoint of the distribution protocol: authorization, redirects, and a registry's refusals. Which endpoint to ask
// and what a failure means to a person is others' business. Credentials go to the endpoint only, not along a redirect to another host
// (CVE-2020-15157).
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { EngineError, messageOf } from '../errors.ts';
import type { RegistryAuth } from '../services.ts';
import { digestOf, maxDocumentBytes, mediaTypes } from './image-manifest.ts';
import type { RegistryEndpoint } from './registry-endpoint.ts';
import { httpVerb, NetworkError, readBody, type HttpConnections, type HttpMethod } from './registry-http.ts';
import { authorize, parseChallenge } from './registry-token.ts';

const maxRedirects = 5;
/** Of a list of tags; a hundred thousand of them, as registries page. */
const maxTagPages = 100;
const maxErrorBytes = 64 * 1024;
const acceptedManifests = [
  mediaTypes.dockerManifest,
  mediaTypes.dockerList,
  mediaTypes.ociManifest,
  mediaTypes.ociIndex,
].join(', ');

const errorBody = z.object({
  errors: z.array(z.object({ code: z.string(), message: z.string().optional() })).min(1),
});

/** A registry's refusal: the protocol's code (`MANIFEST_UNKNOWN`, `DENIED`, …), or the bare status. */
export class RegistryError extends Error {
  readonly status: number;
  readonly code: string;
  /** How long the registry asks us to wait, when it says so. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, code: string, message: string, retryAfterMs?: number) {
    super(code === '' ? message : `${code.toLowerCase().replaceAll('_', ' ')}: ${message}`);
    this.name = 'RegistryError';
    this.status = status;
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A manifest's bytes as the registry holds them, with the digest they have. */
export interface FetchedManifest {
  readonly bytes: Buffer;
  readonly digest: string;
  readonly contentType: string | undefined;
}

/** Bytes of a blob: `from`, the first one, to `to`, which is not among them; without it to the end. */
export interface BlobRange {
  readonly from: number;
  readonly to?: number;
}

/** A request below a repository, `blobs/uploads/`, or to a whole address that the registry gave. */
export interface RepositoryRequest {
  readonly method: HttpMethod;
  readonly target: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream can be sent only once: a token that has run out meanwhile is an error then. */
  readonly body?: Uint8Array | Readable;
  /** The good statuses; any other one throws. Default: 200. */
  readonly expect?: readonly number[];
}

/** Finds out once how to be authorized, then asks. */
export class RepositorySession {
  readonly endpoint: RegistryEndpoint;
  readonly #connections: HttpConnections;
  readonly #path: string;
  readonly #auth: RegistryAuth | undefined;
  readonly #scopes: readonly string[];
  #authorization: string | undefined;
  #opened: Promise<void> | undefined;

  /** `scopes`: what else than to pull from it is wanted, `repository:NAME:pull,push`. */
  constructor(
    connections: HttpConnections,
    endpoint: RegistryEndpoint,
    path: string,
    auth: RegistryAuth | undefined,
    scopes: readonly string[] = [`repository:${path}:pull`],
  ) {
    this.#connections = connections;
    this.endpoint = endpoint;
    this.#path = path;
    this.#auth = auth;
    this.#scopes = scopes;
  }

  async manifest(tagOrDigest: string, signal: AbortSignal): Promise<FetchedManifest> {
    const target = `manifests/${tagOrDigest}`;
    const response = await this.send(
      { method: 'GET', target, headers: { Accept: acceptedManifests } },
      signal,
    );
    const bytes = await readBody(response, maxDocumentBytes).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new EngineError(
        'internal',
        `the manifest ${tagOrDigest} could not be read: ${messageOf(cause)}`,
        { cause },
      );
    });
    const digest = digestOf(bytes);
    if (tagOrDigest.includes(':') && tagOrDigest !== digest) {
      throw new EngineError('internal', `manifest verification failed for digest ${tagOrDigest}`);
    }
    return { bytes, digest, contentType: response.headers['content-type'] };
  }

  /** All tags of the repository, as many pages as its list has (OCI distribution-spec, "Listing Tags"). */
  async tags(signal: AbortSignal): Promise<string[]> {
    const found = new Set<string>();
    let target: string | URL = 'tags/list';
    for (let page = 0; page < maxTagPages; page++) {
      const response = await this.send({ method: 'GET', target }, signal);
      const next = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.link?.toString() ?? '')?.[1];
      const bytes = await readBody(response, maxDocumentBytes).catch((cause: unknown) => {
        signal.throwIfAborted();
        throw new EngineError('internal', `the list of tags could not be read: ${messageOf(cause)}`, {
          cause,
        });
      });
      for (const tag of parseTags(bytes)) found.add(tag);
      if (next === undefined) return [...found];
      const base = this.url('tags/list');
      if (!URL.canParse(next, base)) break;
      target = new URL(next, base);
      if (target.origin !== base.origin) break;
    }
    throw new EngineError('invalid', 'the list of tags leads nowhere');
  }

  /** A blob, or a range of it. A registry that knows no ranges is read past what is not wanted, or gives all when there is an end. */
  async blob(digest: string, { from, to }: BlobRange, signal: AbortSignal): Promise<IncomingMessage> {
    const last = to === undefined ? '' : String(to - 1);
    const ranged = from > 0 || to !== undefined;
    const headers: Record<string, string> = ranged ? { Range: `bytes=${String(from)}-${last}` } : {};
    const request = { method: 'GET', target: `blobs/${digest}`, headers, expect: [200, 206] } as const;
    const response = await this.send(request, signal);
    if (response.statusCode === 206) {
      const range = /^bytes (\d+)-/.exec(response.headers['content-range'] ?? '');
      if (Number(range?.[1] ?? Number.NaN) === from) return response;
      response.destroy();
      throw new EngineError('internal', `the registry sent another part of ${digest} than it was asked for`);
    }
    if (to === undefined) await readPast(response, from);
    return response;
  }

  /** Where something of the repository is. */
  url(target: string): URL {
    return new URL(`/v2/${this.#path}/${target}`, this.endpoint.origin);
  }

  /** Authorized once, and once more when a token ran out; redirects are followed for GET and HEAD. */
  async send(request: RepositoryRequest, signal: AbortSignal): Promise<IncomingMessage> {
    await this.open(signal);
    const { method, target, expect = [200] } = request;
    const url = target instanceof URL ? target : this.url(target);
    const first = await this.#follow(url, request, signal);
    let { response } = first;
    const again = request.body === undefined || request.body instanceof Uint8Array;
    // What another host wants is no affair of ours: it gets no credentials.
    if (response.statusCode === 401 && again && first.from.origin === this.url('').origin) {
      const challenge = parseChallenge(response.headers['www-authenticate']);
      const renewed = challenge !== undefined && (await this.#authorize(challenge, signal));
      if (renewed) {
        response.destroy();
        ({ response } = await this.#follow(url, request, signal));
      }
    }
    if (expect.includes(response.statusCode ?? 0)) return response;
    if (method === 'HEAD') response.resume();
    throw await refusal(response, url.pathname.includes('/manifests/'));
  }

  /** `GET /v2/`: shows that a registry is there, and how it wants to be asked. Once per session. */
  async open(signal: AbortSignal): Promise<void> {
    this.#opened ??= this.#ping(signal);
    try {
      await this.#opened;
    } catch (error) {
      this.#opened = undefined;
      throw error;
    }
  }

  async #ping(signal: AbortSignal): Promise<void> {
    const url = new URL('/v2/', this.endpoint.origin);
    const response = await this.#connections.request(url, { insecure: this.endpoint.insecure, signal });
    // Read, so that the connection can be used again; an endless body is cut off.
    await readBody(response, maxErrorBytes).catch(() => signal.throwIfAborted());
    if (response.statusCode !== 401) return;
    const challenge = parseChallenge(response.headers['www-authenticate']);
    if (challenge !== undefined) await this.#authorize(challenge, signal);
  }

  /** Whether there is something new to send. */
  async #authorize(
    challenge: NonNullable<ReturnType<typeof parseChallenge>>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const before = this.#authorization;
    this.#authorization = await authorize(
      this.#connections,
      new URL(this.endpoint.origin),
      this.endpoint.insecure,
      challenge,
      this.#scopes,
      this.#auth,
      signal,
    );
    return this.#authorization !== undefined && this.#authorization !== before;
  }

  /** Follows redirects, and says where the answer is from; `Authorization` stays with the registry's own origin. */
  async #follow(
    start: URL,
    request: RepositoryRequest,
    signal: AbortSignal,
  ): Promise<{ response: IncomingMessage; from: URL }> {
    const home = new URL(this.endpoint.origin);
    const { method, headers, body } = request;
    let url = start;
    for (let redirects = 0; ; redirects++) {
      const authorization = url.origin === home.origin ? this.#authorization : undefined;
      const response = await this.#connections.request(url, {
        method,
        headers: {
          ...headers,
          ...(authorization === undefined ? {} : { Authorization: authorization }),
        },
        ...(body === undefined ? {} : { body }),
        insecure: this.endpoint.insecure && url.hostname === home.hostname,
        signal,
      });
      const status = response.statusCode ?? 0;
      const location = response.headers.location;
      const mayFollow = method === 'GET' || method === 'HEAD';
      if (!mayFollow || status < 300 || status >= 400 || location === undefined) {
        return { response, from: url };
      }
      response.destroy();
      if (redirects === maxRedirects) {
        throw new EngineError(
          'internal',
          `${httpVerb(method)} "${start.href}": stopped after ${String(maxRedirects)} redirects`,
        );
      }
      url = leadsTo(url, location, method);
    }
  }
}

const tagList = z.object({ tags: z.array(z.string()).nullish() });

/** The tags of one page; what is no tag is left out, as nobody could name it. */
function parseTags(bytes: Buffer): string[] {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString());
  } catch {
    json = undefined;
  }
  const parsed = tagList.safeParse(json);
  if (!parsed.success) throw new EngineError('internal', 'the registry sent no list of tags');
  return (parsed.data.tags ?? []).filter((tag) => /^\w[\w.-]{0,127}$/.test(tag));
}

/** Where a registry leads us from `url`. From TLS one is not led to plain text. */
export function leadsTo(url: URL, location: string, method: HttpMethod): URL {
  const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
  const isHttp = next?.protocol === 'https:' || next?.protocol === 'http:';
  if (next !== undefined && isHttp && !(url.protocol === 'https:' && next.protocol === 'http:')) return next;
  throw new EngineError(
    'internal',
    `${httpVerb(method)} "${url.href}": the registry redirects to an unusable address`,
  );
}

async function readPast(response: IncomingMessage, bytes: number): Promise<void> {
  let left = bytes;
  while (left > 0) {
    const part = response.read(Math.min(left, response.readableLength)) as Buffer | null;
    if (part !== null) {
      left -= part.length;
      continue;
    }
    if (response.readableEnded || response.destroyed) throw new NetworkError('the blob ended early');
    await new Promise<void>((resolve) => {
      const go = (): void => {
        for (const event of ['readable', 'end', 'error', 'close']) response.off(event, go);
        resolve();
      };
      for (const event of ['readable', 'end', 'error', 'close']) response.once(event, go);
    });
  }
}

/** `Retry-After` (RFC 9110, section 10.2.3): seconds or a date. */
function retryAfter(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,6}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

/** The error of an answer that is not what was expected. */
async function refusal(response: IncomingMessage, isManifest: boolean): Promise<RegistryError> {
  const status = response.statusCode ?? 0;
  const challenge = parseChallenge(response.headers['www-authenticate']);
  const retryAfterMs = retryAfter(response.headers['retry-after']);
  const text = await readBody(response, maxErrorBytes).then(
    (bytes) => bytes.toString('utf8'),
    () => '',
  );
  // RFC 6750, section 3.1: our token is good, but not for this.
  if (status === 401 && challenge?.parameters.get('error') === 'insufficient_scope') {
    return new RegistryError(status, 'DENIED', 'requested access to the resource is denied');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const parsed = errorBody.safeParse(value);
  const first = parsed.success ? parsed.data.errors[0] : undefined;
  if (first !== undefined && /^[A-Za-z_]{1,64}$/.test(first.code)) {
    const code = first.code.toUpperCase();
    const message = first.message ?? '';
    return new RegistryError(
      status,
      code,
      message === '' ? code.toLowerCase().replaceAll('_', ' ') : message,
      retryAfterMs,
    );
  }
  if (status === 401) return new RegistryError(status, 'UNAUTHORIZED', 'authentication required');
  if (status === 403) {
    return new RegistryError(status, 'DENIED', 'requested access to the resource is denied');
  }
  if (status === 404) {
    return isManifest
      ? new RegistryError(status, 'MANIFEST_UNKNOWN', 'manifest unknown')
      : new RegistryError(status, 'BLOB_UNKNOWN', 'blob unknown to registry');
  }
  const reason = `${String(status)} ${response.statusMessage ?? ''}`.trimEnd();
  return new RegistryError(status, '', `received unexpected HTTP status: ${reason}`, retryAfterMs);
}
