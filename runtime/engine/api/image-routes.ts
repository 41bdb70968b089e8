// `/images`: what is stored, pulled, pushed, saved, loaded, tagged and removed. An image is of one platform here, as in dockerd's own
// store: asked for its `manifests`, we leave them out as that does.
import { EngineError } from '../errors.ts';
import { pruneFilterNames } from '../prune-filter.ts';
import type { ImagePlatform, ImageService } from '../services.ts';
import { askedPlatform, parseJsonPlatform } from './platform.ts';
import { streamProgress } from './progress-stream.ts';
import { parseRegistryAuth } from './registry-auth.ts';
import { sendEmpty, sendJson } from './reply.ts';
import type { Call, Route } from './route.ts';
import { sendArchive } from './send-archive.ts';
import { imageInspectJson, imageSummaryJson } from './shape.ts';

const listFilterNames: ReadonlySet<string> = new Set(
  'before dangling label label! reference since until'.split(' '),
);

export const imagePruneFilterNames: ReadonlySet<string> = new Set(['dangling', ...pruneFilterNames]);

/** The routes of `/images`. */
export function imageRoutes(images: ImageService): Route[] {
  return [
    { method: 'GET', pattern: '/images/json', handle: (call) => list(images, call) },
    { method: 'POST', pattern: '/images/create', handle: (call) => create(images, call) },
    { method: 'POST', pattern: '/images/load', handle: (call) => load(images, call) },
    { method: 'POST', pattern: '/images/prune', handle: (call) => prune(images, call) },
    {
      method: 'GET',
      pattern: '/images/get',
      handle: (call) =>
        save(
          images,
          call.query.all('names').filter((name) => name !== ''),
          call,
        ),
    },
    { method: 'GET', pattern: '/images/{name}/get', handle: (call) => save(images, [call.name], call) },
    { method: 'POST', pattern: '/images/{name}/push', handle: (call) => push(images, call) },
    {
      method: 'GET',
      pattern: '/images/{name}/json',
      handle: async (call) => {
        const { name, query, minor, response } = call;
        const platform = askedPlatform(call, 49);
        if (minor >= 48 && platform !== undefined && query.flag('manifests')) {
          throw new EngineError(
            'invalid',
            'conflicting options: manifests and platform options cannot both be set',
          );
        }
        await requirePlatform(images, [name], platform);
        sendJson(response, 200, imageInspectJson(await images.inspect(name), minor));
      },
    },
    {
      method: 'GET',
      pattern: '/images/{name}/history',
      handle: async (call) => {
        const { name, response } = call;
        await requirePlatform(images, [name], askedPlatform(call, 48));
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
      handle: async ({ name, query, minor, response }) => {
        const [platform, ...others] = minor < 50 ? [] : query.all('platforms').filter((text) => text !== '');
        if (others.length > 0) throw new EngineError('invalid', 'multiple platforms are not supported');
        if (platform !== undefined) await images.requirePlatform(name, parseJsonPlatform(platform));
        const options = { force: query.flag('force'), noprune: query.flag('noprune') };
        sendJson(response, 200, await images.remove(name, options));
      },
    },
  ];
}

async function list(images: ImageService, { query, minor, response }: Call): Promise<void> {
  const filters = new Map(query.filters(listFilterNames));
  // Before there were filters, one could ask for a name.
  const name = minor < 41 ? query.text('filter') : undefined;
  if (name !== undefined) filters.set('reference', [...(filters.get('reference') ?? []), name]);
  const found = await images.list({
    all: query.flag('all'),
    filters,
    sharedSize: query.flag('shared-size'),
  });
  sendJson(
    response,
    200,
    found.map((image) => imageSummaryJson(image, minor)),
  );
}

/** `POST /images/create`: a pull, or with `fromSrc` an import. */
async function create(images: ImageService, call: Call): Promise<void> {
  const { query, request, response, signal } = call;
  if (query.text('fromSrc') !== undefined) return importArchive(images, call);
  const reference = query.text('fromImage');
  if (reference === undefined)
    throw new EngineError(
      'invalid',
      'fromImage or fromSrc is needed: the image to pull, or the archive to import',
    );
  request.resume();
  const auth = parseRegistryAuth(request.headers['x-registry-auth']);
  await streamProgress(response, signal, (report) =>
    images.pull(reference, query.text('tag'), query.text('platform'), auth, report, signal),
  );
}

async function importArchive(
  images: ImageService,
  { query, request, response, signal }: Call,
): Promise<void> {
  const wanted = {
    source: query.text('fromSrc') ?? '-',
    repository: query.text('repo') ?? '',
    tag: query.text('tag') ?? '',
    message: query.text('message') ?? '',
    changes: query.all('changes'),
    platform: query.text('platform'),
  };
  await streamProgress(response, signal, (report) => images.import(wanted, request, report, signal));
  request.resume();
}

async function push(images: ImageService, call: Call): Promise<void> {
  const { name, query, request, response, signal } = call;
  request.resume();
  const tag = query.text('tag') ?? '';
  await requirePlatform(images, [tag === '' ? name : `${name}:${tag}`], askedPlatform(call, 46));
  const auth = parseRegistryAuth(request.headers['x-registry-auth']);
  await streamProgress(response, signal, (report) =>
    images.push(name, query.text('tag'), auth, report, signal),
  );
}

async function requirePlatform(
  images: ImageService,
  names: readonly string[],
  platform: ImagePlatform | undefined,
): Promise<void> {
  if (platform === undefined) return;
  for (const name of names) await images.requirePlatform(name, platform);
}

async function save(images: ImageService, names: readonly string[], call: Call): Promise<void> {
  const { response, signal } = call;
  await requirePlatform(images, names, askedPlatform(call, 48));
  await sendArchive(response, 'application/x-tar', await images.save(names, signal), signal);
}

async function prune(images: ImageService, { query, request, response }: Call): Promise<void> {
  request.resume();
  sendJson(response, 200, await images.prune(query.filters(imagePruneFilterNames)));
}

async function load(images: ImageService, call: Call): Promise<void> {
  const { query, request, response, signal } = call;
  const options = { quiet: query.flag('quiet'), platform: askedPlatform(call, 48) };
  await streamProgress(
    response,
    signal,
    (report) => images.load(request, options, report, signal),
    'in the stream',
  );
  // What was not read of the archive stands before the next request of this connection.
  request.resume();
}
