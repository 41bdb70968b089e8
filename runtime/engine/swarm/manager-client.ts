// Requests of a node to its swarm's manager.
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { z } from 'zod';
import { EngineError, messageOf } from '../errors.ts';
import { readWithin } from '../read-within.ts';
import { parseHostPort, defaultSwarmPort } from './node-address.ts';
import { messageLimitBytes, refusalSchema } from './protocol.ts';

/** What a connection is made with. */
export interface Credentials {
  /** Whose certificate the manager must have; undefined: anybody's, to ask for what a token is checked against. */
  readonly authority: string | undefined;
  /** The node's own; none before it has joined. */
  readonly certificate?: string;
  readonly key?: string;
}

const requestMs = 20_000;
const connectMs = 5000;

/** A manager, reached by one address. */
export class ManagerClient {
  readonly #agent: Agent;
  readonly #host: string;
  readonly #port: number;
  readonly #address: string;
  /** The address by which this node reaches the manager; empty before the first answer. */
  localAddress = '';

  /** `address` is `host[:port]`. Throws invalid. */
  constructor(address: string, { authority, certificate, key }: Credentials) {
    const { host, port } = parseHostPort(address, defaultSwarmPort);
    this.#address = address;
    this.#host = host;
    this.#port = port;
    this.#agent = new Agent({
      keepAlive: true,
      minVersion: 'TLSv1.2',
      // Every manager's certificate bears this name, and no worker's does.
      servername: 'swarm-manager',
      ...(authority === undefined ? { rejectUnauthorized: false } : { ca: authority }),
      ...(certificate === undefined || key === undefined ? {} : { cert: certificate, key }),
    });
  }

  /** Ends all requests. */
  close(): void {
    this.#agent.destroy();
  }

  /** Asks; the answer is checked. Throws what the manager refuses with, or unavailable in words. */
  async ask<T>(method: 'GET' | 'POST', path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    const response = await this.#send(method, path, body, AbortSignal.timeout(requestMs));
    try {
      return schema.parse(JSON.parse(await readText(response)));
    } catch (cause) {
      const message = `the answer of ${this.#address} is none of a swarm's manager`;
      throw cause instanceof EngineError ? cause : new EngineError('unavailable', message, { cause });
    }
  }

  /** Opens a stream. Throws as {@link ask}. */
  async open(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    return await this.#send('GET', path, undefined, signal);
  }

  async #send(method: string, path: string, body: unknown, signal: AbortSignal): Promise<IncomingMessage> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const request = httpsRequest(
        {
          agent: this.#agent,
          host: this.#host,
          port: this.#port,
          method,
          path,
          signal,
          headers:
            text === undefined
              ? {}
              : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) },
        },
        resolve,
      );
      request.on('socket', (socket) => {
        if (!socket.connecting) return;
        const slow = setTimeout(() => request.destroy(new Error('the connection timed out')), connectMs);
        socket.once('secureConnect', () => clearTimeout(slow));
        socket.once('close', () => clearTimeout(slow));
      });
      request.on('error', reject);
      request.end(text);
    }).catch((cause: unknown) => {
      throw new EngineError(
        'unavailable',
        `the swarm's manager ${this.#address} cannot be reached: ${messageOf(cause)}`,
        {
          cause,
        },
      );
    });
    this.localAddress = response.socket.localAddress ?? this.localAddress;
    if (response.statusCode === 200) return response;
    throw await refusalOf(response);
  }
}

async function readText(response: IncomingMessage): Promise<string> {
  const tooLong = (): EngineError => new EngineError('unavailable', "the manager's answer is too long");
  return (await readWithin(response, messageLimitBytes, tooLong)).toString('utf8');
}

/** What the manager said no with, as an error of the same kind. */
async function refusalOf(response: IncomingMessage): Promise<EngineError> {
  let message = `the manager answered ${String(response.statusCode)}`;
  try {
    message = refusalSchema.parse(JSON.parse(await readText(response))).message;
  } catch {
    // It is no manager that said so.
  }
  switch (response.statusCode) {
    case 400:
      return new EngineError('invalid', message);
    case 401:
      return new EngineError('unauthorized', message);
    case 403:
      return new EngineError('forbidden', message);
    case 404:
      return new EngineError('notFound', message);
    case 501:
      return new EngineError('notImplemented', message);
    default:
      return new EngineError('unavailable', message);
  }
}
