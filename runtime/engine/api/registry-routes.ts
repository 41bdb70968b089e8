// What is asked of registries and leaves nothing here: logins, what a name means there, and the search.
import { EngineError } from '../errors.ts';
import type { ImageService } from '../services.ts';
import { authOf, parseRegistryAuth, registryAuth } from './registry-auth.ts';
import { sendJson } from './reply.ts';
import type { Route } from './route.ts';

const searchFilterNames: ReadonlySet<string> = new Set(['is-automated', 'is-official', 'stars']);
/** Docker's. */
const defaultSearchLimit = 25;

/** The routes that ask registries. They come before `/images`. */
export function registryRoutes(images: ImageService): Route[] {
  return [
    {
      method: 'POST',
      pattern: '/auth',
      handle: async (call) => {
        const auth = authOf(await call.json(registryAuth));
        await images.logIn(auth, call.signal);
        sendJson(call.response, 200, { IdentityToken: '', Status: 'Login Succeeded' });
      },
    },
    {
      method: 'GET',
      pattern: '/distribution/{name}/json',
      handle: async ({ name, request, response, signal }) => {
        const auth = parseRegistryAuth(request.headers['x-registry-auth']);
        sendJson(response, 200, await images.distribution(name, auth, signal));
      },
    },
    {
      method: 'GET',
      pattern: '/images/search',
      handle: async ({ query, response, signal }) => {
        const term = query.text('term');
        if (term === undefined) throw new EngineError('invalid', 'term is needed: what to search for');
        const request = {
          term,
          limit: query.integer('limit') ?? defaultSearchLimit,
          filters: query.filters(searchFilterNames),
        };
        sendJson(response, 200, await images.search(request, signal));
      },
    },
    {
      method: 'GET',
      pattern: '/berth/registry/tags',
      handle: async ({ query, request, response, signal }) => {
        const name = query.text('name');
        if (name === undefined) throw new EngineError('invalid', 'name is needed: whose tags to list');
        const auth = parseRegistryAuth(request.headers['x-registry-auth']);
        sendJson(response, 200, { Tags: await images.tags(name, auth, signal) });
      },
    },
  ];
}
