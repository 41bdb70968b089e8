// Swarm mode: `/swarm` and `/nodes`. Services, tasks, secrets and configs are not there: their lists are empty, and making one is
// refused in words.
import { EngineError } from '../errors.ts';
import type { SwarmService } from '../services.ts';
import { nodeUpdateBody, swarmInitBody, swarmJoinBody, swarmSpec } from '../swarm/swarm-types.ts';
import { sendEmpty, sendJson } from './reply.ts';
import type { Call, Route } from './route.ts';

const nodeFilterNames: ReadonlySet<string> = new Set('id label membership name node.label role'.split(' '));
const noBody = 'missing request body';

/** What a manager's lists of these are empty of: path, the thing's name, and the names of the list's filters. */
const families = [
  ['services', 'service', 'id label mode name runtime'],
  ['tasks', 'task', '_up-to-date desired-state id label name node runtime service'],
  ['secrets', 'secret', 'id label name names'],
  ['configs', 'config', 'id label name names'],
] as const;

/** The routes of swarm mode. */
export function swarmRoutes(swarm: SwarmService): Route[] {
  return [
    {
      method: 'POST',
      pattern: '/swarm/init',
      handle: async ({ response, requiredJson }) => {
        sendJson(response, 200, await swarm.init(await requiredJson(swarmInitBody, noBody)));
      },
    },
    {
      method: 'POST',
      pattern: '/swarm/join',
      handle: async ({ response, requiredJson }) => {
        await swarm.join(await requiredJson(swarmJoinBody, noBody));
        sendEmpty(response, 200);
      },
    },
    {
      method: 'POST',
      pattern: '/swarm/leave',
      handle: async ({ query, response }) => {
        await swarm.leave(query.flag('force'));
        sendEmpty(response, 200);
      },
    },
    {
      method: 'GET',
      pattern: '/swarm',
      handle: ({ response }) => sendJson(response, 200, swarm.inspect()),
    },
    {
      method: 'POST',
      pattern: '/swarm/update',
      handle: async (call) => {
        const { query, response } = call;
        const spec = await call.requiredJson(swarmSpec, noBody);
        await swarm.update(versionOf(call, 'swarm'), spec, {
          worker: query.flag('rotateWorkerToken'),
          manager: query.flag('rotateManagerToken'),
          unlockKey: query.flag('rotateManagerUnlockKey'),
        });
        sendEmpty(response, 200);
      },
    },
    {
      method: 'GET',
      pattern: '/swarm/unlockkey',
      handle: ({ response }) => {
        swarm.demandManager();
        // None is ever locked.
        sendJson(response, 200, { UnlockKey: '' });
      },
    },
    {
      method: 'POST',
      pattern: '/swarm/unlock',
      handle: () => {
        swarm.demandManager();
        throw new EngineError('conflict', 'swarm is not locked');
      },
    },
    {
      method: 'GET',
      pattern: '/nodes',
      handle: ({ query, response }) => {
        swarm.demandManager();
        sendJson(response, 200, swarm.nodes(query.filters(nodeFilterNames)));
      },
    },
    {
      method: 'POST',
      pattern: '/nodes/{name}/update',
      handle: async (call) => {
        const body = await call.requiredJson(nodeUpdateBody, noBody);
        await swarm.updateNode(call.name, versionOf(call, 'node'), body);
        sendEmpty(call.response, 200);
      },
    },
    {
      method: 'GET',
      pattern: '/nodes/{name}',
      handle: ({ name, response }) => sendJson(response, 200, swarm.node(name)),
    },
    {
      method: 'DELETE',
      pattern: '/nodes/{name}',
      handle: async ({ name, query, response }) => {
        await swarm.removeNode(name, query.flag('force'));
        sendEmpty(response, 200);
      },
    },
    ...families.flatMap(([path, what, filterNames]): Route[] => {
      const known: ReadonlySet<string> = new Set(filterNames.split(' '));
      const absent = ({ name }: Call): never => {
        swarm.demandManager();
        throw new EngineError('notFound', `${what} ${name} not found`);
      };
      return [
        {
          method: 'GET',
          pattern: `/${path}`,
          handle: ({ query, response }) => {
            swarm.demandManager();
            query.filters(known);
            sendJson(response, 200, []);
          },
        },
        {
          method: 'POST',
          pattern: `/${path}/create`,
          handle: () => {
            swarm.demandManager();
            throw new EngineError('notImplemented', `Berth does not implement this yet: ${path} of a swarm`);
          },
        },
        { method: 'GET', pattern: `/${path}/{name}`, handle: absent },
        { method: 'POST', pattern: `/${path}/{name}/update`, handle: absent },
        { method: 'DELETE', pattern: `/${path}/{name}`, handle: absent },
      ];
    }),
  ];
}

/** The version that a change is of. Throws invalid in Docker's words. */
function versionOf({ query }: Call, what: string): number {
  const text = query.text('version') ?? '';
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new EngineError(
    'invalid',
    `invalid ${what} version '${text}': strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}
