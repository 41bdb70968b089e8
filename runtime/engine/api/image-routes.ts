// `/images`: what is stored, pulled, loaded, tagged and removed.
import { EngineError } from '../errors.ts';
import type { ImageService } from '../services.ts';
import { streamProgress } from './progress-stream.ts';
import { parseRegistryAuth } from './registry-auth.ts';
import { sendEmpty, sendJson } from './reply.ts';
import type { Call, Route } from './route.ts';
import { imageInspectJson, imageSummaryJson } from './shape.ts';

const listFilterNames: ReadonlySet<string> = new Set(
  'before dangling label label! reference since until'.split(' '),
);

/** The routes of `/images`. */
export function imageRoutes(images: ImageService): Route[] {
  return [
    { method: 'GET', pattern: '/images/json', handle: (call) => list(images, call) },
    { method: 'POST', pattern: '/images/create', handle: (call) => pull(images, call) },
    { method: 'POST', pattern: '/images/load', handle: (call) => load(images, call) },
    {
      method: 'GET',
      pattern: '/images/{name}/json',
      handle: async ({ name, query, minor, response }) => {
        query.refuse('manifests', 'manifests of images are not implemented');
        query.refuse('platform', 'inspecting one platform of an image is not implemented');
        sendJson(response, 200, imageInspectJson(await images.inspect(name), minor));
      },
    },
    {
      method: 'GET',
      pattern: '/images/{name}/history',
      handle: async ({ name, query, response }) => {
        query.refuse('platform', 'the history of one platform of an image is not implemented');
        sendJson(response, 200, await images.history(name));
      },
    },
    {
      method: 'POST',
      pattern: '/images/{name}/tag',
      handle: async ({ name, query, request, response }) => {
        request.resume();
        await images.tag(name, query.text('repo') ?? '', query.text('tag'));
        sendEmpty(response, 201);
      },
    },
    {
      method: 'DELETE',
      pattern: '/images/{name}',
      handle: async ({ name, query, response }) => {
        query.refuse('platforms', 'removing one platform of an image is not implemented');
        const options = { force: query.flag('force'), noprune: query.flag('noprune') };
        sendJson(response, 200, await images.remove(name, options));
      },
    },
  ];
}

async function list(images: ImageService, { query, minor, response }: Call): Promise<void> {
  query.refuse('manifests', 'manifests of images are not implemented');
  const found = await images.list({
    all: query.flag('all'),
    filters: query.filters(listFilterNames),
    sharedSize: query.flag('shared-size'),
  });
  sendJson(
    response,
    200,
    found.map((image) => imageSummaryJson(image, minor)),
  );
}

async function pull(images: ImageService, { query, request, response, signal }: Call): Promise<void> {
  query.refuse('fromSrc', 'importing a file system as an image is not implemented');
  const reference = query.text('fromImage');
  if (reference === undefined) throw new EngineError('invalid', 'fromImage is needed: the image to pull');
  request.resume();
  const auth = parseRegistryAuth(request.headers['x-registry-auth']);
  await streamProgress(response, signal, (report) =>
    images.pull(reference, query.text('tag'), query.text('platform'), auth, report, signal),
  );
}

async function load(images: ImageService, { query, request, response, signal }: Call): Promise<void> {
  query.refuse('platform', 'loading one platform of an image is not implemented');
  const quiet = query.flag('quiet');
  await streamProgress(response, signal, (report) => images.load(request, quiet, report, signal));
  // What was not read of the archive stands before the next request of this connection.
  request.resume();
}
