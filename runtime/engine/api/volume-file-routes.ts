// Volumes' files, under `/berth/volumes/`: what a window offers beyond Docker's API. Bytes go through as they are.
import { z } from 'zod';
import type { VolumeFilesService } from '../services.ts';
import { pathOf } from './query-path.ts';
import { sendEmpty, sendJson } from './reply.ts';
import type { Route } from './route.ts';
import { sendArchive } from './send-archive.ts';

const nameBody = z.object({ Name: z.string().default('') });

/** The routes of volumes' files. */
export function volumeFileRoutes(files: VolumeFilesService): Route[] {
  return [
    {
      method: 'GET',
      pattern: '/berth/volumes/{name}/folder',
      handle: async ({ name, query, response, signal }) =>
        sendJson(response, 200, await files.folder(name, pathOf(query), signal)),
    },
    {
      method: 'GET',
      pattern: '/berth/volumes/{name}/file',
      handle: async ({ name, query, response, signal }) => {
        const { sizeBytes, data } = await files.readFile(name, pathOf(query), signal);
        response.setHeader('Content-Length', sizeBytes);
        await sendArchive(response, 'application/octet-stream', data, signal);
      },
    },
    {
      method: 'PUT',
      pattern: '/berth/volumes/{name}/file',
      handle: async ({ name, query, request, response, signal }) => {
        const length = request.headers['content-length'];
        const sizeBytes = length === undefined ? undefined : Number(length);
        await files.writeFile(name, pathOf(query), request, sizeBytes, signal);
        sendEmpty(response, 204);
      },
    },
    {
      method: 'DELETE',
      pattern: '/berth/volumes/{name}/file',
      handle: async ({ name, query, response, signal }) => {
        await files.remove(name, pathOf(query), signal);
        sendEmpty(response, 204);
      },
    },
    {
      method: 'POST',
      pattern: '/berth/volumes/{name}/rename',
      handle: async ({ name, query, response, signal, json }) => {
        const { Name } = await json(nameBody);
        await files.rename(name, pathOf(query), Name, signal);
        sendEmpty(response, 204);
      },
    },
    {
      method: 'GET',
      pattern: '/berth/volumes/{name}/archive',
      handle: async ({ name, query, response, signal }) =>
        sendArchive(
          response,
          'application/x-tar',
          await files.readArchive(name, pathOf(query), signal),
          signal,
        ),
    },
    {
      method: 'PUT',
      pattern: '/berth/volumes/{name}/archive',
      handle: async ({ name, query, request, response, signal }) => {
        await files.writeArchive(name, pathOf(query), request, signal);
        sendEmpty(response, 204);
        // What was not read of the archive stands before the next request of this connection.
        request.resume();
      },
    },
    {
      method: 'POST',
      pattern: '/berth/volumes/{name}/clone',
      handle: async ({ name, response, signal, json }) => {
        const { Name } = await json(nameBody);
        sendJson(response, 201, await files.clone(name, Name, signal));
      },
    },
  ];
}
