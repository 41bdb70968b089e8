// The pull side of the distribution protocol: manifests and blobs of one repository, from mirrors first, then from the
// registry itself. Credentials go to the registry only: not to mirrors, not along a redirect to another host
// (CVE-2020-15157). Blobs are handed on as streams; who reads them verifies them.
import type { IncomingMessage } from 'node:http';
import { familiarName, familiarReference, type ImageReference } from '../../syntax/image-reference.ts';
import { EngineError, messageOf } from '../errors.ts';
import type { RegistryAuth } from '../services.ts';
import { digestOf, maxDocumentBytes, type Descriptor } from './image-manifest.ts';
import { registryEndpoints, type RegistryOptions } from './registry-endpoint.ts';
import { NetworkError, readBody, type HttpConnections } from './registry-http.ts';
import {
  RegistryError,
  RepositorySession,
  type BlobRange,
  type FetchedManifest,
} from './registry-session.ts';

/** A repository to pull from. */
export interface Repository {
  /** Fetches a manifest by tag or digest; a digest is verified. */
  manifest(tagOrDigest: string, signal: AbortSignal): Promise<FetchedManifest>;
  /** Names all its tags. */
  tags(signal: AbortSignal): Promise<string[]>;
  /** Fetches a small blob, verified. */
  document(descriptor: Descriptor, signal: AbortSignal): Promise<Buffer>;
  /**
   * Opens a blob for reading, or a range of it; it is not verified. The caller reads it to its end or destroys it. Where there are no
   * ranges it begins at `from` all the same, unless there is a `to`: then the answer, with status 200, is the whole blob.
   */
  blob(descriptor: Descriptor, signal: AbortSignal, range?: BlobRange): Promise<IncomingMessage>;
}

/** A client for all registries. */
export class RegistryClient {
  readonly #options: RegistryOptions;
  readonly #connections: HttpConnections;

  constructor(options: RegistryOptions, connections: HttpConnections) {
    this.#options = options;
    this.#connections = connections;
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

  /** The repository of a reference at its registry itself, to write to. Its blobs may be mounted from `others`, paths at the same one. */
  async writable(
    reference: ImageReference,
    others: readonly string[],
    auth: RegistryAuth | undefined,
    signal: AbortSignal,
  ): Promise<RepositorySession> {
    const scopes = [
      `repository:${reference.path}:pull,push`,
      ...others.map((path) => `repository:${path}:pull`),
    ];
    let error: unknown;
    for (const endpoint of registryEndpoints(reference.domain, this.#options)) {
      if (endpoint.mirror) continue;
      const session = new RepositorySession(this.#connections, endpoint, reference.path, auth, scopes);
      try {
        await session.open(signal);
        return session;
      } catch (failure) {
        signal.throwIfAborted();
        error = failure;
        if (!(failure instanceof NetworkError)) break;
      }
    }
    throw error;
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

  async tags(signal: AbortSignal): Promise<string[]> {
    return this.#ask(signal, (session) => session.tags(signal));
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

  async blob(
    descriptor: Descriptor,
    signal: AbortSignal,
    range: BlobRange = { from: 0 },
  ): Promise<IncomingMessage> {
    return this.#ask(signal, (session) => session.blob(descriptor.digest, range, signal));
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
