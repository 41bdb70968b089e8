// `/plugins`: this engine takes none, so there are none to find.
import { EngineError } from '../errors.ts';
import { sendJson } from './reply.ts';
import type { Route } from './route.ts';

const listFilterNames: ReadonlySet<string> = new Set(['capability', 'enable']);

/** The routes of `/plugins` that look; those that change are refused with the other absent ones. */
export const pluginRoutes: readonly Route[] = [
  {
    method: 'GET',
    pattern: '/plugins',
    handle: ({ query, response }) => {
      query.filters(listFilterNames);
      sendJson(response, 200, []);
    },
  },
  {
    method: 'GET',
    pattern: '/plugins/{name}/json',
    handle: ({ name }) => {
      throw new EngineError('notFound', `plugin "${name}" not found`);
    },
  },
];
