// `/networks`.
import { EngineError } from '../errors.ts';
import { pruneFilterNames } from '../prune-filter.ts';
import type { NetworkService } from '../services.ts';
import { networkConnectBody, networkCreateBody, networkDisconnectBody } from '../types.ts';
import { sendEmpty, sendJson } from './reply.ts';
import type { Route } from './route.ts';
import { networkJson } from './shape.ts';

const listFilterNames: ReadonlySet<string> = new Set('dangling driver id label name scope type'.split(' '));
const noBody = 'missing request body';

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
        query.boolean('verbose');
        const scope = query.text('scope') ?? '';
        const network = await networks.inspect(name);
        if (scope !== '' && scope !== network.Scope) {
          throw new EngineError('notFound', `network ${name} not found`);
        }
        sendJson(response, 200, networkJson(network, minor));
      },
    },
    {
      method: 'POST',
      pattern: '/networks/create',
      handle: async (call) => {
        sendJson(
          call.response,
          201,
          await networks.create(await call.requiredJson(networkCreateBody, noBody)),
        );
      },
    },
    {
      method: 'POST',
      pattern: '/networks/prune',
      handle: async ({ query, response }) => {
        sendJson(response, 200, await networks.prune(query.filters(pruneFilterNames)));
      },
    },
    {
      method: 'POST',
      pattern: '/networks/{name}/connect',
      handle: async (call) => {
        const { Container, EndpointConfig } = await call.requiredJson(networkConnectBody, noBody);
        await networks.connect(call.name, Container, EndpointConfig);
        sendEmpty(call.response, 200);
      },
    },
    {
      method: 'POST',
      pattern: '/networks/{name}/disconnect',
      handle: async (call) => {
        const { Container, Force } = await call.requiredJson(networkDisconnectBody, noBody);
        await networks.disconnect(call.name, Container, Force);
        sendEmpty(call.response, 200);
      },
    },
    {
      method: 'DELETE',
      pattern: '/networks/{name}',
      handle: async ({ name, response }) => {
        await networks.remove(name);
        sendEmpty(response, 204);
      },
    },
  ];
}
