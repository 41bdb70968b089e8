// The pull side of the distribution protocol: manifests and blobs of one repository, from mirrors first, then from the
// registry itself. Credentials go to the registry only: not to mirrors, not along a redirect to another host
// (CVE-2020-15157). Blobs are handed on as streams; who reads them verifies them.
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { familiarName, familiarReference, type ImageReference } from '../../syntax/image-reference.ts';
import { EngineError, messageOf } from '../errors.ts';
import type { RegistryAuth } from '../services.ts';
import { digestOf, maxDocumentBytes, mediaTypes, type Descriptor } from './image-manifest.ts';
import { registryEndpoints, type RegistryEndpoint, type RegistryOptions } from './registry-endpoint.ts';
import { HttpConnections, NetworkError, readBody, type HttpTimeouts } from './registry-http.ts';
import { authorize, parseChallenge } from './registry-token.ts';

const maxRedirects = 5;
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

  constructor(status: number, code: string, message: string) {
    super(code === '' ? message : `${code.toLowerCase().replaceAll('_', ' ')}: ${message}`);
    this.name = 'RegistryError';
    this.status = status;
    this.code = code;
  }
}

/** A manifest's bytes as the registry holds them, with the digest they have. */
export interface FetchedManifest {
  readonly bytes: Buffer;
  readonly digest: string;
  readonly contentType: string | undefined;
}

/** A repository to pull from. */
export interface Repository {
  /** Fetches a manifest by tag or digest; a digest is verified. */
  manifest(tagOrDigest: string, signal: AbortSignal): Promise<FetchedManifest>;
  /** Fetches a small blob, verified. */
  document(descriptor: Descriptor, signal: AbortSignal): Promise<Buffer>;
  /** Opens a blob for reading; it is not verified. The caller reads it to its end or destroys it. */
  blob(descriptor: Descriptor, signal: AbortSignal): Promise<IncomingMessage>;
}

/** A client for all registries, with their connections. */
export class RegistryClient {
  readonly #options: RegistryOptions;
  readonly #connections: HttpConnections;

  constructor(options: RegistryOptions, timeouts?: HttpTimeouts) {
    this.#options = options;
    this.#connections = new HttpConnections(timeouts);
  }

  /** The repository of a reference. Nothing is asked of anybody yet. */
  repository(reference: ImageReference, auth: RegistryAuth | undefined): Repository {
    const sessions = registryEndpoints(reference.domain, this.#options).map(
      (endpoint) =>
        new RepositorySession(
          this.#connections,
          endpoint,
          reference.path,
          endpoint.mirror ? undefined : auth,
        ),
    );
    return new FallbackRepository(reference, sessions);
  }

  /** Breaks all connections. */
  close(): void {
    this.#connections.close();
  }
}

/** Asks one endpoint after the other; stays with the first that answered. */
class FallbackRepository implements Repository {
  readonly #reference: ImageReference;
  readonly #sessions: readonly RepositorySession[];
  #current = 0;

  constructor(reference: ImageReference, sessions: readonly RepositorySession[]) {
    this.#reference = reference;
    this.#sessions = sessions;
  }

  async manifest(tagOrDigest: string, signal: AbortSignal): Promise<FetchedManifest> {
    return this.#ask(signal, (session) => session.manifest(tagOrDigest, signal));
  }

  async document(descriptor: Descriptor, signal: AbortSignal): Promise<Buffer> {
    if (descriptor.size > maxDocumentBytes) {
      throw new EngineError('invalid', `the document ${descriptor.digest} is larger than 4 MiB`);
    }
    const response = await this.blob(descriptor, signal);
    const bytes = await readBody(response, maxDocumentBytes).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new EngineError(
        'internal',
        `the image config ${descriptor.digest} could not be read: ${messageOf(cause)}`,
        { cause },
      );
    });
    if (bytes.length !== descriptor.size || digestOf(bytes) !== descriptor.digest) {
      throw new EngineError('internal', `image config verification failed for digest ${descriptor.digest}`);
    }
    return bytes;
  }

  async blob(descriptor: Descriptor, signal: AbortSignal): Promise<IncomingMessage> {
    return this.#ask(signal, (session) => session.blob(descriptor.digest, signal));
  }

  async #ask<T>(signal: AbortSignal, question: (session: RepositorySession) => Promise<T>): Promise<T> {
    let error: unknown;
    for (let index = this.#current; index < this.#sessions.length; index++) {
      const session = this.#sessions[index];
      if (session === undefined) break;
      try {
        const answer = await question(session);
        this.#current = index;
        return answer;
      } catch (failure) {
        signal.throwIfAborted();
        // A mirror's clear "there is no such image" says more than that nobody else could be reached.
        const saysLess = failure instanceof NetworkError && error instanceof RegistryError;
        if (!saysLess) error = failure;
        // Whoever speaks TLS and refuses is the registry: it is not asked again in plain text.
        const mayGoOn = session.endpoint.mirror || failure instanceof NetworkError;
        if (!mayGoOn) break;
      }
    }
    throw pullError(error, this.#reference);
  }
}

/** One repository at one endpoint: finds out once how to be authorized. */
class RepositorySession {
  readonly endpoint: RegistryEndpoint;
  readonly #connections: HttpConnections;
  readonly #path: string;
  readonly #auth: RegistryAuth | undefined;
  #authorization: string | undefined;
  #opened: Promise<void> | undefined;

  constructor(
    connections: HttpConnections,
    endpoint: RegistryEndpoint,
    path: string,
    auth: RegistryAuth | undefined,
  ) {
    this.#connections = connections;
    this.endpoint = endpoint;
    this.#path = path;
    this.#auth = auth;
  }

  async manifest(tagOrDigest: string, signal: AbortSignal): Promise<FetchedManifest> {
    const response = await this.#get(`manifests/${tagOrDigest}`, { Accept: acceptedManifests }, signal);
    const bytes = await readBody(response, maxDocumentBytes).catch((cause: unknown) => {
      signal.throwIfAborted();
      throw new EngineError(
        'internal',
        `the manifest ${tagOrDigest} could not be read: ${messageOf(cause)}`,
        {
          cause,
        },
      );
    });
    const digest = digestOf(bytes);
    if (tagOrDigest.includes(':') && tagOrDigest !== digest) {
      throw new EngineError('internal', `manifest verification failed for digest ${tagOrDigest}`);
    }
    return { bytes, digest, contentType: response.headers['content-type'] };
  }

  async blob(digest: string, signal: AbortSignal): Promise<IncomingMessage> {
    return this.#get(`blobs/${digest}`, {}, signal);
  }

  /** GET below the repository: authorized once, once more when a token ran out; redirects followed. */
  async #get(
    what: string,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    await this.#open(signal);
    const url = new URL(`/v2/${this.#path}/${what}`, this.endpoint.origin);
    let response = await this.#follow(url, headers, signal);
    if (response.statusCode === 401) {
      const challenge = parseChallenge(response.headers['www-authenticate']);
      const renewed = challenge !== undefined && (await this.#authorize(challenge, signal));
      if (renewed) {
        response.destroy();
        response = await this.#follow(url, headers, signal);
      }
    }
    if (response.statusCode !== 200) throw await refusal(response, what.startsWith('manifests/'));
    return response;
  }

  /** `GET /v2/`: shows that a registry is there, and how it wants to be asked. Once per session. */
  async #open(signal: AbortSignal): Promise<void> {
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
      `repository:${this.#path}:pull`,
      this.#auth,
      signal,
    );
    return this.#authorization !== undefined && this.#authorization !== before;
  }

  /** Follows redirects; `Authorization` stays with the registry's own origin. */
  async #follow(
    start: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    let url = start;
    for (let redirects = 0; ; redirects++) {
      const home = url.origin === start.origin;
      const authorization = home ? this.#authorization : undefined;
      const response = await this.#connections.request(url, {
        headers: {
          ...headers,
          ...(authorization === undefined ? {} : { Authorization: authorization }),
        },
        insecure: this.endpoint.insecure && url.hostname === start.hostname,
        signal,
      });
      const status = response.statusCode ?? 0;
      const location = response.headers.location;
      if (status < 300 || status >= 400 || location === undefined) return response;
      response.destroy();
      const next = URL.canParse(location, url) ? new URL(location, url) : undefined;
      const isHttp = next?.protocol === 'https:' || next?.protocol === 'http:';
      // From TLS one is not led to plain text.
      if (next === undefined || !isHttp || (url.protocol === 'https:' && next.protocol === 'http:')) {
        throw new EngineError('internal', `Get "${url.href}": the registry redirects to an unusable address`);
      }
      if (redirects === maxRedirects) {
        throw new EngineError(
          'internal',
          `Get "${start.href}": stopped after ${String(maxRedirects)} redirects`,
        );
      }
      url = next;
    }
  }
}

/** The error of an answer that is not 200. */
async function refusal(response: IncomingMessage, isManifest: boolean): Promise<RegistryError> {
  const status = response.statusCode ?? 0;
  const challenge = parseChallenge(response.headers['www-authenticate']);
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
  return new RegistryError(status, '', `received unexpected HTTP status: ${reason}`);
}

/** What a pull says of a failure, with Docker's kind. */
function pullError(error: unknown, reference: ImageReference): unknown {
  if (error instanceof NetworkError) {
    // Kept as the cause: a layer's download is tried again after it.
    return new EngineError('internal', error.message, { cause: error });
  }
  if (!(error instanceof RegistryError)) return error;
  const { message, code, status } = error;
  const name = familiarName(reference);
  switch (code) {
    case 'DENIED':
      return new EngineError(
        'notFound',
        `pull access denied for ${name}, repository does not exist or may require 'docker login': ${message}`,
        { cause: error },
      );
    case 'MANIFEST_UNKNOWN':
      return new EngineError(
        'notFound',
        `manifest for ${familiarReference(reference)} not found: ${message}`,
        { cause: error },
      );
    case 'NAME_UNKNOWN':
      return new EngineError('notFound', `repository ${name} not found: ${message}`, { cause: error });
    default:
      return new EngineError('internal', message, {
        cause: error,
        ...(status === 401 ? { hint: 'Log in to the registry first.' } : {}),
      });
  }
}
