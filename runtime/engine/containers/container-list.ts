// What the API shows of containers: the list with its filters, and one of them in full.
import { EngineError } from '../errors.ts';
import type { ListContainersRequest } from '../services.ts';
import type { ContainerInspect, ContainerSummary } from '../types.ts';
import { asksForAll, containerFilter } from './container-filters.ts';
import { linkTexts, linkedNames } from './container-links.ts';
import type { ContainerRecord } from './container-record.ts';
import { inspectView, summaryView, type ViewContext } from './container-views.ts';
import type { Container } from './container.ts';
import type { Surroundings } from './surroundings.ts';

type Around = Pick<Surroundings, 'index' | 'images' | 'networks' | 'folders'>;

/** `GET /containers/json`. Throws invalid or notFound for filters that mean nothing. */
export async function listContainers(
  around: Around,
  request: ListContainersRequest,
): Promise<ContainerSummary[]> {
  const { index, images, networks } = around;
  const ancestors = new Set<string>();
  for (const name of request.filters.get('ancestor') ?? []) {
    try {
      ancestors.add((await images.runnable(name)).id);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
    }
  }
  const matches = containerFilter(request.filters, {
    find: (nameOrId) => index.find(nameOrId).record,
    ancestors,
    networkId: (name) => networkIdOf(networks, name),
  });
  const everything = request.all || request.limit !== undefined || asksForAll(request.filters);
  const found = [...index.values()]
    .filter((container) => everything || container.running || container.waitsForRestart)
    .filter((container) => matches(container.record))
    .sort((a, b) => (a.record.created < b.record.created ? 1 : -1))
    .slice(0, request.limit);
  const names = await imageNames(around, found);
  const linked = linkedNames(index.values());
  const now = Date.now();
  const networkIds = new Map<string, string>();
  const networkId = (name: string): string => {
    const id = networkIds.get(name) ?? networkIdOf(networks, name);
    networkIds.set(name, id);
    return id;
  };
  return found.map(({ record }) =>
    summaryView(record, names.get(record.id) ?? record.config.Image, now, {
      ...viewContext(around, record, []),
      networkId,
      linkedNames: linked.get(record.id) ?? [],
    }),
  );
}

/** `GET /containers/{id}/json`. */
export async function inspectContainer(around: Around, container: Container): Promise<ContainerInspect> {
  return inspectOn(around, container, await lowerFolders(around, container.record.imageId));
}

/** `GET /berth/containers`: all of them as inspect shows them; each image is looked up once. */
export async function inspectContainers(around: Around): Promise<ContainerInspect[]> {
  const containers = [...around.index.values()];
  const images = new Set(containers.map(({ record }) => record.imageId));
  const lower = new Map<string, readonly string[]>();
  for (const id of images) lower.set(id, await lowerFolders(around, id));
  return containers.map((container) =>
    inspectOn(around, container, lower.get(container.record.imageId) ?? []),
  );
}

function inspectOn(around: Around, container: Container, lower: readonly string[]): ContainerInspect {
  const execs = container.running ? [...container.execIds] : [];
  return inspectView(container.record, execs, viewContext(around, container.record, lower));
}

/** The folders of an image's layers; none when it is gone. */
function lowerFolders({ images }: Around, imageId: string): Promise<string[]> {
  return images.runnable(imageId).then(
    (image) => image.lower.map((layer) => `${images.layersFolder}/${layer}`),
    () => [],
  );
}

/** What to show as the image: as it was typed, or its id when that name now means another image. */
async function imageNames(
  { images }: Around,
  containers: readonly Container[],
): Promise<ReadonlyMap<string, string>> {
  const current = new Map<string, string | undefined>();
  for (const typed of new Set(containers.map(({ record }) => record.config.Image))) {
    current.set(
      typed,
      await images.runnable(typed).then(
        (image) => image.id,
        () => undefined,
      ),
    );
  }
  return new Map(
    containers.map(({ id, record: { config, imageId } }) => [
      id,
      current.get(config.Image) === imageId ? config.Image : imageId,
    ]),
  );
}

function viewContext(
  { folders, networks, index }: Around,
  record: ContainerRecord,
  lower: readonly string[],
): ViewContext {
  return {
    folders,
    networkId: (name) => networkIdOf(networks, name),
    isOverlay: (name) => networks.isOverlay(name),
    lower,
    linkedNames: [],
    links: linkTexts(index, record),
  };
}

function networkIdOf(networks: Around['networks'], name: string): string {
  try {
    return networks.find(name).id;
  } catch {
    return ''; // it is gone, or not there yet
  }
}
