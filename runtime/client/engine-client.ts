// The way to an engine: dockerode's dialer on one endpoint, with three kinds of requests (an answer as a whole, a stream,
// a hijacked connection). Bodies are collected and checked here and not by the dialer, which never settles when an engine
// dies in the middle of an answer.
import Docker from 'dockerode';
import http from 'node:http';
import https from 'node:https';
import { Duplex, type Readable } from 'node:stream';
import { inspect } from 'node:util';
import type { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { EngineFailure, failureFromAnswer, failureFromError, parseJson } from './engine-failure.ts';

/** One request. `path` starts with a slash and has its parts encoded ({@link segment}). */
export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** A list is a parameter that is given more than once. */
  readonly query?: Readonly<Record<string, string | number | boolean | readonly string[]>>;
  /** Sent as JSON. */
  readonly body?: object;
  /** A credential for a registry, sent along as `X-Registry-Auth`. */
  readonly credential?: object | undefined;
  /** Credentials by registry, sent along as `X-Registry-Config`. */
  readonly registries?: Readonly<Record<string, object>>;
  /** Sent as it comes, in the place of `body`. When it breaks, so does the request. */
  readonly content?: Readable;
  readonly signal?: AbortSignal;
}

/** No answer of an engine that we read as a whole is longer; a longer one is refused. */
const maxAnswerBytes = 256 * 1024 * 1024;

// The dialer turns every status that is not listed into an error without the engine's sentence; we want the answer itself.
const everyStatus: Record<number, boolean> = Object.fromEntries(
  Array.from({ length: 500 }, (_, index) => [index + 100, true]),
);

/** A connection to one engine. Owns its sockets; {@link close} ends them all. */
export class EngineClient {
  readonly endpoint: Endpoint;
  readonly #docker: Docker;
  readonly #agent: http.Agent;
  #closed = false;

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint;
    const secure = endpoint.kind === 'tcp' && endpoint.tls !== undefined;
    // A connection per request: one that is kept may be closed by the engine at the very moment it is used again, and on
    // a local socket a new one costs nothing.
    this.#agent = secure ? new https.Agent({ ...endpoint.tls }) : new http.Agent();
    // The dialer describes every request for a debug log, its agent with all sockets included, whether or not anybody reads
    // it: with a busy agent that took a hundred times as long as the request itself.
    Object.defineProperty(this.#agent, inspect.custom, { value: () => 'Agent' });
    const options = {
      agent: this.#agent,
      protocol: secure ? ('https' as const) : ('http' as const),
      // Explicit values, or the dialer takes its own from the environment.
      timeout: 0,
      ...(endpoint.kind === 'unix'
        ? { socketPath: endpoint.socketPath, host: '' }
        : { host: endpoint.hostname, port: endpoint.port }),
    };
    this.#docker = new Docker(options);
  }

  /** Asks and checks the whole answer. Rejects with an {@link EngineFailure}. */
  async json<T>(request: EngineRequest, schema: z.ZodType<T>): Promise<T> {
    const text = await this.text(request);
    const parsed = schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    const where = issue === undefined ? '' : ` (${issue.path.join('.')}: ${issue.message})`;
    throw new EngineFailure(
      `The engine's answer to ${request.method} ${request.path} is not understood${where}.`,
    );
  }

  /** Asks and returns the answer's text; a status of 300 or above rejects, except 304 ("is so already"). */
  async text(request: EngineRequest): Promise<string> {
    const response = await this.#respond(request);
    const body = await collect(response);
    const status = response.statusCode ?? 0;
    if (status >= 300 && status !== 304) throw failureFromAnswer(status, body);
    return body;
  }

  /** Asks for a stream. The caller owns it: it must listen for `error` and destroy it. */
  async stream(request: EngineRequest): Promise<http.IncomingMessage> {
    const response = await this.#respond(request);
    const status = response.statusCode ?? 0;
    if (status >= 300) throw failureFromAnswer(status, await collect(response));
    return response;
  }

  /** Asks for a raw connection in both directions (exec, attach). The caller owns it and must listen for `error`. */
  async hijack(request: EngineRequest): Promise<Duplex> {
    const result = await this.#dial(request, true);
    if (result instanceof http.IncomingMessage) {
      const status = result.statusCode ?? 0;
      const body = status < 300 ? '' : await collect(result);
      result.destroy();
      if (status >= 300) throw failureFromAnswer(status, body);
      throw new EngineFailure('The engine did not open a connection in both directions.');
    }
    if (result instanceof Duplex) return result;
    throw new EngineFailure('The engine did not open a connection in both directions.');
  }

  /** Ends every connection. Requests under way reject. */
  close(): void {
    this.#closed = true;
    this.#agent.destroy();
  }

  async #respond(request: EngineRequest): Promise<http.IncomingMessage> {
    const result = await this.#dial(request, false);
    if (result instanceof http.IncomingMessage) return result;
    throw new EngineFailure('The engine gave no answer.');
  }

  #dial(request: EngineRequest, hijack: boolean): Promise<unknown> {
    if (this.#closed) return Promise.reject(new EngineFailure('The connection to the engine was closed.'));
    if (request.signal?.aborted === true) return Promise.reject(new EngineFailure('Cancelled.'));
    const query = request.query ?? {};
    return new Promise((resolve, reject) => {
      this.#docker.modem.dial(
        {
          path: Object.keys(query).length === 0 ? request.path : `${request.path}?`,
          method: request.method,
          options: { _query: query, _body: request.body ?? {} },
          // Where a body is expected, an empty object is one.
          allowEmpty: request.body !== undefined,
          ...(request.content === undefined ? {} : { file: request.content }),
          isStream: true,
          hijack,
          statusCodes: everyStatus,
          ...(request.credential === undefined ? {} : { authconfig: request.credential }),
          ...(request.registries === undefined ? {} : { registryconfig: request.registries }),
          ...(request.signal === undefined ? {} : { abortSignal: request.signal }),
        },
        (error, result) => {
          if (error !== null) reject(failureFromError(error));
          else resolve(result);
        },
      );
    });
  }
}

/** A client of the engine at this endpoint. Nothing is connected until something is asked. */
export function createEngineClient(endpoint: Endpoint): EngineClient {
  return new EngineClient(endpoint);
}

/** A part of a path, made safe: a slash in it does not become a separator. */
export function segment(text: string): string {
  return encodeURIComponent(text);
}

/** An image's name as engines want it in a path: its slashes are separators, `..` is nothing special. */
export function imageSegment(name: string): string {
  return name
    .split('/')
    .map((part) => encodeURIComponent(part).replaceAll('.', part === '.' || part === '..' ? '%2E' : '.'))
    .join('/');
}

function collect(response: http.IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let lengthBytes = 0;
    response.on('data', (chunk: Buffer) => {
      lengthBytes += chunk.length;
      if (lengthBytes > maxAnswerBytes) response.destroy(new Error("The engine's answer is too long."));
      else chunks.push(chunk);
    });
    response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    response.on('error', (error) => reject(failureFromError(error)));
    response.on('close', () =>
      reject(new EngineFailure('The engine closed the connection.', { errno: 'ECONNRESET' })),
    );
  });
}
