// What this engine offers beyond Docker's API, under `/berth/`, and how clients find out.
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import type { ContainerService, ImageService, UsageService } from '../services.ts';
import { engineVersion } from '../version.ts';
import { imagePruneFilterNames } from './image-routes.ts';
import { sendJson } from './reply.ts';
import type { Call, Route } from './route.ts';
import { containerInspectJson } from './shape.ts';

/** Extensions by the names under which clients look for them. */
const features = [
  'containers',
  'builds',
  'events',
  'images',
  'imageFiles',
  'registryTags',
  'stats',
  'volumes',
];

/** More containers than this are not looked at for one client. */
const statsIdsMax = 2000;
/** Matches of one search: told unless asked for, and the most. */
const defaultMatches = 1000;
const matchesMax = 1_000_000;
const statsBody = z.object({ ids: z.array(z.string()).default([]) });

/** The routes of the extensions. */
export function extensionRoutes(
  containers: ContainerService,
  images: ImageService,
  usage: UsageService,
): Route[] {
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
    {
      method: 'GET',
      pattern: '/berth/containers/{name}/logs/search',
      handle: (call) => searchLogs(containers, call),
    },
    {
      // What a prune with these filters would remove.
      method: 'GET',
      pattern: '/berth/images/prune',
      handle: ({ query, response }) =>
        sendJson(response, 200, images.prunePreview(query.filters(imagePruneFilterNames))),
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

/** Matches as JSON lines, newest first; the next page is what is `before` the last one's position. */
async function searchLogs(containers: ContainerService, call: Call): Promise<void> {
  const { name, query, response, signal } = call;
  const text = query.text('q');
  if (text === undefined) throw new EngineError('invalid', 'q, which is looked for, is missing');
  const limit = query.integer('limit') ?? defaultMatches;
  if (limit < 1 || limit > matchesMax) {
    throw new EngineError('invalid', `limit must be between 1 and ${String(matchesMax)}`);
  }
  const anyStream = !query.given('stdout') && !query.given('stderr');
  const matches = await containers.searchLogs(
    name,
    {
      query: text,
      regex: query.flag('regex'),
      ignoreCase: !query.flag('case'),
      stdout: anyStream || query.flag('stdout'),
      stderr: anyStream || query.flag('stderr'),
      since: query.time('since'),
      until: query.time('until'),
      limit,
      before: logPosition(query.text('before')),
    },
    signal,
  );
  // An expression that cannot be understood is refused; nothing can be once there are matches.
  const iterator = matches[Symbol.asyncIterator]();
  const first = await iterator.next();
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const lines = async function* () {
    if (first.done === true) return;
    yield first.value;
    yield* { [Symbol.asyncIterator]: () => iterator };
  };
  try {
    await pipeline(lines, response);
  } catch (error) {
    // The end of the client is the end of its stream; only a failure of ours is worth a word.
    if (!signal.aborted) throw error;
  }
}

/** A match's position as it was told. */
function logPosition(text: string | undefined): { file: bigint; offset: bigint } | undefined {
  if (text === undefined) return undefined;
  const [, file, offset] = /^(\d{1,19})-(\d{1,15})$/.exec(text) ?? [];
  if (file === undefined || offset === undefined) {
    throw new EngineError('invalid', `before: ${JSON.stringify(text)} is no position of a match`);
  }
  return { file: BigInt(file), offset: BigInt(offset) };
}
