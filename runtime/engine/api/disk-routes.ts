// `/system/df`: what images, containers and volumes take of the disk.
import { EngineError } from '../errors.ts';
import type { Services } from '../services.ts';
import { sendJson } from './reply.ts';
import type { Call, Route } from './route.ts';
import { containerSummaryJson, imageSummaryJson } from './shape.ts';

const kinds: ReadonlySet<string> = new Set(['container', 'image', 'volume', 'build-cache']);
/** The minor version that brought `type`. */
const typesSince = 42;

type Measured = Pick<Services, 'builds' | 'containers' | 'files' | 'images' | 'volumes'>;

/** The route of disk usage. */
export function diskRoutes(services: Measured): Route[] {
  return [{ method: 'GET', pattern: '/system/df', handle: (call) => diskUsage(services, call) }];
}

async function diskUsage(services: Measured, { query, minor, response }: Call): Promise<void> {
  const asked = minor < typesSince ? [] : query.all('type');
  const unknown = asked.find((kind) => !kinds.has(kind));
  if (unknown !== undefined) throw new EngineError('invalid', `unknown object type: ${unknown}`);
  const wants = (kind: string): boolean => asked.length === 0 || asked.includes(kind);
  const [images, containers, volumes, caches] = await Promise.all([
    // Without those that are steps of others, as Docker counts them.
    wants('image') ? services.images.list({ all: false, filters: new Map(), sharedSize: true }) : undefined,
    wants('container') ? measuredContainers(services) : undefined,
    wants('volume') ? services.volumes.usage() : undefined,
    wants('build-cache') ? services.builds.cacheItems() : undefined,
  ]);
  sendJson(response, 200, {
    LayersSize: wants('image') ? services.images.layersBytes() : 0,
    // Lists say how many containers have an image since 1.51; this has always done so.
    Images:
      images?.map((image) => ({ ...imageSummaryJson(image, minor), Containers: image.Containers })) ?? null,
    Containers: containers?.map((container) => containerSummaryJson(container, minor)) ?? null,
    Volumes: volumes ?? null,
    BuildCache: caches ?? null,
    ...(minor < typesSince ? { BuilderSize: 0 } : {}),
  });
}

async function measuredContainers({ containers, files }: Pick<Measured, 'containers' | 'files'>) {
  const all = await containers.list({ all: true, limit: undefined, filters: new Map() });
  const sizes = await files.sizes(all.map(({ Id }) => Id));
  return all.map((container) => ({ ...container, ...sizes.get(container.Id) }));
}
