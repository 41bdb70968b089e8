// Images' layers and files, under `/berth/images/`: what a window offers beyond Docker's API. Bytes go through as they are.
import { EngineError } from '../errors.ts';
import type { ImageFilesService } from '../services.ts';
import { pathOf } from './query-path.ts';
import { sendJson } from './reply.ts';
import type { Call, Route } from './route.ts';
import { sendArchive } from './send-archive.ts';

/** The routes of images' files. `layer` counts from the lowest, 0; without it all layers together are meant. */
export function imageFileRoutes(files: ImageFilesService): Route[] {
  return [
    {
      method: 'GET',
      pattern: '/berth/images/{name}/layers',
      handle: ({ name, response }) => sendJson(response, 200, files.layers(name)),
    },
    {
      method: 'GET',
      pattern: '/berth/images/{name}/changes',
      handle: async ({ name, query, response, signal }) => {
        const layer = layerOf(query);
        if (layer === undefined)
          throw new EngineError('invalid', 'layer, whose changes are asked for, is missing');
        sendJson(response, 200, await files.changes(name, layer, signal));
      },
    },
    {
      method: 'GET',
      pattern: '/berth/images/{name}/folder',
      handle: async ({ name, query, response, signal }) =>
        sendJson(response, 200, await files.folder(name, layerOf(query), pathOf(query), signal)),
    },
    {
      method: 'GET',
      pattern: '/berth/images/{name}/file',
      handle: async ({ name, query, response, signal }) => {
        const { sizeBytes, data } = await files.readFile(name, layerOf(query), pathOf(query), signal);
        response.setHeader('Content-Length', sizeBytes);
        await sendArchive(response, 'application/octet-stream', data, signal);
      },
    },
    {
      method: 'GET',
      pattern: '/berth/images/{name}/archive',
      handle: async ({ name, query, response, signal }) => {
        const archive = await files.readArchive(name, layerOf(query), pathOf(query), signal);
        await sendArchive(response, 'application/x-tar', archive, signal);
      },
    },
  ];
}

function layerOf(query: Call['query']): number | undefined {
  const layer = query.integer('layer');
  if (layer !== undefined && layer < 0) throw new EngineError('invalid', 'layer is a number from 0');
  return layer;
}
