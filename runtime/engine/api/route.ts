// Routes and how a path finds its own. Image names have slashes in them, so a parameter takes as much as it can and
// the first route that fits wins, as in Docker; that is why patterns are regular expressions and not a radix tree.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { z } from 'zod';
import type { Query } from './query.ts';

/** One request on its way to a service. */
export interface Call {
  /** What stands for `{name}` in the pattern, decoded; empty without one. */
  readonly name: string;
  readonly query: Query;
  /** The minor number of the API version that the client speaks. */
  readonly minor: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Aborted when the client goes away before it has its answer. */
  readonly signal: AbortSignal;
  /** The JSON body; an empty one reads as `{}`. Throws `invalid` in Docker's words. */
  json<T>(schema: z.ZodType<T>): Promise<T>;
  /** Like {@link json}, and throws `invalid` with this sentence when there is no body or it is null. */
  requiredJson<T>(schema: z.ZodType<T>, missing: string): Promise<T>;
  /** Reads a body that nobody wants, so that what follows it is stdin. One sent in chunks is stdin itself and stays. */
  discardBody(): Promise<void>;
  /** Answers and takes the connection over for raw bytes both ways; half-closed sockets stay open. */
  hijack(contentType: string): Duplex;
  /** Answers a websocket's handshake; throws `invalid` when the request is none. */
  webSocket(binary: boolean): Promise<Duplex>;
}

export interface Route {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** `/containers/{name}/json`; at most one parameter. */
  readonly pattern: string;
  handle(call: Call): Promise<void> | void;
}

interface Compiled {
  readonly route: Route;
  readonly expression: RegExp;
}

/** Finds routes by method and path. */
export class RouteTable {
  /** By method and first segment of the path, so that only a handful is tried. */
  readonly #groups = new Map<string, Compiled[]>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const key = groupKey(route.method, route.pattern);
      const source = route.pattern.replaceAll('.', '\\.').replace(/\{\w+\}/, '(.+)');
      const group = this.#groups.get(key) ?? [];
      group.push({ route, expression: new RegExp(`^${source}$`, 's') });
      this.#groups.set(key, group);
    }
  }

  /** The route for a decoded path without its version, and its parameter. */
  find(method: string, path: string): { route: Route; name: string } | undefined {
    for (const { route, expression } of this.#groups.get(groupKey(method, path)) ?? []) {
      const match = expression.exec(path);
      if (match !== null) return { route, name: match[1] ?? '' };
    }
    return undefined;
  }
}

const groupKey = (method: string, path: string): string => `${method} ${path.split('/', 2)[1] ?? ''}`;
