// What of `/containers` is about their files: archive, changes, export; and `/commit`.
import { z } from 'zod';
import { EngineError } from '../errors.ts';
import type { ContainerFilesService } from '../services.ts';
import { containerConfig } from '../types.ts';
import { sendEmpty, sendJson } from './reply.ts';
import type { Call, Route } from './route.ts';
import { sendArchive } from './send-archive.ts';

const statHeader = 'X-Docker-Container-Path-Stat';

/** The routes of containers' files. */
export function fileRoutes(files: ContainerFilesService): Route[] {
  return [
    {
      method: 'HEAD',
      pattern: '/containers/{name}/archive',
      handle: async ({ name, query, response, signal }) => {
        const path = neededPath(query);
        response.setHeader(statHeader, await files.stat(name, path, signal));
        sendEmpty(response, 200);
      },
    },
    {
      method: 'GET',
      pattern: '/containers/{name}/archive',
      handle: async ({ name, query, response, signal }) => {
        const { stat, archive } = await files.read(name, neededPath(query), signal);
        response.setHeader(statHeader, stat);
        await sendArchive(response, 'application/x-tar', archive, signal);
      },
    },
    {
      method: 'PUT',
      pattern: '/containers/{name}/archive',
      handle: async ({ name, query, request, response, signal }) => {
        const wanted = {
          path: neededPath(query),
          noOverwriteDirNonDir: query.flag('noOverwriteDirNonDir'),
          copyUIDGID: query.flag('copyUIDGID'),
        };
        await files.write(name, wanted, request, signal);
        sendEmpty(response, 200);
        // What was not read of the archive stands before the next request of this connection.
        request.resume();
      },
    },
    {
      method: 'GET',
      pattern: '/containers/{name}/changes',
      handle: async ({ name, response, signal }) => {
        const changes = await files.changes(name, signal);
        // Go's empty list.
        const list = changes.map(({ kind, path }) => ({ Path: path, Kind: kind }));
        sendJson(response, 200, list.length === 0 ? null : list);
      },
    },
    {
      method: 'GET',
      pattern: '/containers/{name}/export',
      handle: async ({ name, response, signal }) =>
        sendArchive(response, 'application/octet-stream', await files.export(name, signal), signal),
    },
    { method: 'POST', pattern: '/commit', handle: (call) => commit(files, call) },
  ];
}

/** A config in the body takes the place of the container's; `null` and `{}` are none. */
const commitBody = z.unknown().transform((body) => {
  const fields = typeof body === 'object' && body !== null ? Object.keys(body) : [];
  return fields.length === 0 ? undefined : body;
});

async function commit(files: ContainerFilesService, call: Call): Promise<void> {
  const { query, response, signal } = call;
  const body = await call.json(commitBody.pipe(containerConfig.optional()));
  const request = {
    repository: query.text('repo') ?? '',
    tag: query.text('tag') ?? '',
    author: query.text('author') ?? '',
    comment: query.text('comment') ?? '',
    pause: query.text('pause') === undefined || query.flag('pause'),
    changes: query.all('changes'),
    config: body,
  };
  sendJson(response, 201, { Id: await files.commit(query.text('container') ?? '', request, signal) });
}

function neededPath(query: Call['query']): string {
  const path = query.text('path');
  if (path === undefined) throw new EngineError('invalid', 'bad parameter: path cannot be empty');
  return path;
}
