// `/networks`, to look at; making and changing them is not implemented yet.
import type { NetworkService } from '../services.ts';
import { sendJson } from './reply.ts';
import type { Route } from './route.ts';
import { networkJson } from './shape.ts';

const listFilterNames: ReadonlySet<string> = new Set('dangling driver id label name scope type'.split(' '));

/** The routes of `/networks`. */
export function networkRoutes(networks: NetworkService): Route[] {
  return [
    {
      method: 'GET',
      pattern: '/networks',
      handle: async ({ query, minor, response }) => {
        const found = await networks.list(query.filters(listFilterNames));
        sendJson(
          response,
          200,
          found.map((network) => networkJson(network, minor)),
        );
      },
    },
    {
      method: 'GET',
      pattern: '/networks/{name}',
      handle: async ({ name, query, minor, response }) => {
        query.refuse('scope', 'finding a network by its scope is not implemented');
        sendJson(response, 200, networkJson(await networks.inspect(name), minor));
      },
    },
  ];
}
