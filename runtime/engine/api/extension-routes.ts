// What this engine offers beyond Docker's API, under `/berth/`, and how clients find out.
import { once } from 'node:events';
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import type { ContainerService, UsageService } from '../services.ts';
import { engineVersion } from '../version.ts';
import { sendJson } from './reply.ts';
import type { Call, Route } from './route.ts';
import { containerInspectJson } from './shape.ts';

/** Extensions by the names under which clients look for them. */
const features = ['containers', 'stats'];

/** More containers than this are not looked at for one client. */
const statsIdsMax = 2000;
const statsBody = z.object({ ids: z.array(z.string()).default([]) });

/** The routes of the extensions. */
export function extensionRoutes(containers: ContainerService, usage: UsageService): Route[] {
  return [
    {
      method: 'GET',
      pattern: '/berth/features',
      handle: ({ response }) =>
        sendJson(response, 200, { Engine: 'Berth', Version: engineVersion, Features: features }),
    },
    {
      // A window begins with all of them: one question instead of one for each.
      method: 'GET',
      pattern: '/berth/containers',
      handle: async ({ minor, response }) => {
        const all = await containers.inspectAll();
        sendJson(
          response,
          200,
          all.map((container) => containerInspectJson(container, minor)),
        );
      },
    },
    {
      method: 'GET',
      pattern: '/berth/stats',
      handle: (call) => stats(usage, (call.query.text('ids') ?? '').split(','), call),
    },
    {
      // The same, for as many ids as do not fit into a URL.
      method: 'POST',
      pattern: '/berth/stats',
      handle: async (call) => stats(usage, (await call.json(statsBody)).ids, call),
    },
  ];
}

/** A line at once and one each second. A client that does not read misses those in between. */
async function stats(usage: UsageService, asked: readonly string[], call: Call): Promise<void> {
  const { response, signal } = call;
  const ids = [...new Set(asked)].filter((id) => id !== '');
  if (ids.length > statsIdsMax) {
    throw new EngineError(
      'invalid',
      `statistics of at most ${String(statsIdsMax)} containers can be asked for`,
    );
  }
  response.writeHead(200, { 'Content-Type': 'application/json' });
  await usage.listen(
    ids,
    (report) => {
      if (!response.destroyed && !response.writableNeedDrain) response.write(`${JSON.stringify(report)}\n`);
    },
    signal,
  );
  if (!response.closed) await once(response, 'close');
}
