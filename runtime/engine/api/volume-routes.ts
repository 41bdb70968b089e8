// `/volumes`: this engine has none yet, and says so.
import { EngineError } from '../errors.ts';
import { sendJson } from './reply.ts';
import type { Route } from './route.ts';

const listFilterNames: ReadonlySet<string> = new Set('dangling driver label name'.split(' '));

/** The routes of `/volumes`. */
export const volumeRoutes: readonly Route[] = [
  {
    method: 'GET',
    pattern: '/volumes',
    handle: ({ query, response }) => {
      query.filters(listFilterNames);
      sendJson(response, 200, { Volumes: [], Warnings: null });
    },
  },
  ...(['GET', 'DELETE'] as const).map((method): Route => ({
    method,
    pattern: '/volumes/{name}',
    handle: ({ name }) => {
      throw new EngineError('notFound', `get ${name}: no such volume`);
    },
  })),
];
