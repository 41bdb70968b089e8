// `/volumes`.
import { EngineError, notSwarmManager } from '../errors.ts';
import type { VolumeService } from '../services.ts';
import { volumeCreateBody } from '../types.ts';
import { sendEmpty, sendJson } from './reply.ts';
import type { Route } from './route.ts';

const listFilterNames: ReadonlySet<string> = new Set('dangling driver label name'.split(' '));
const pruneFilterNames: ReadonlySet<string> = new Set(['label', 'label!']);

/** Cluster volumes are a swarm's, and came with this minor version. */
const clusterVolumesSince = 42;
/** From this minor version on only volumes without a name are pruned, unless `all` is said. */
const pruneAnonymousSince = 42;

/** The routes of `/volumes`. */
export function volumeRoutes(volumes: VolumeService): Route[] {
  return [
    {
      method: 'GET',
      pattern: '/volumes',
      handle: async ({ query, response }) => {
        const Volumes = await volumes.list(query.filters(listFilterNames));
        sendJson(response, 200, { Volumes, Warnings: null });
      },
    },
    {
      method: 'POST',
      pattern: '/volumes/create',
      handle: async ({ minor, response, json }) => {
        const body = await json(volumeCreateBody);
        if (
          minor >= clusterVolumesSince &&
          body.ClusterVolumeSpec !== undefined &&
          body.ClusterVolumeSpec !== null
        ) {
          throw notSwarmManager();
        }
        sendJson(response, 201, await volumes.create(body));
      },
    },
    {
      method: 'POST',
      pattern: '/volumes/prune',
      handle: async ({ query, minor, response }) => {
        const byName = minor >= pruneAnonymousSince;
        const known = byName ? new Set([...pruneFilterNames, 'all']) : pruneFilterNames;
        sendJson(response, 200, await volumes.prune(query.filters(known), byName));
      },
    },
    {
      method: 'GET',
      pattern: '/volumes/{name}',
      handle: async ({ name, response }) => sendJson(response, 200, await volumes.inspect(name)),
    },
    {
      method: 'DELETE',
      pattern: '/volumes/{name}',
      handle: async ({ name, query, response }) => {
        await volumes.remove(name, query.flag('force'));
        sendEmpty(response, 204);
      },
    },
    {
      method: 'PUT',
      pattern: '/volumes/{name}',
      handle: () => {
        throw new EngineError(
          'unavailable',
          'volume update only valid for cluster volumes, but swarm is unavailable',
        );
      },
    },
  ];
}
