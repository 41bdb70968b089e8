// Containers' files, for the API: copied out and in, compared with the image, exported, committed. What is read is read beside whatever
// the container does; what is written holds its lock, so that no start finds its upper directory in use.
import type { Readable } from 'node:stream';
import { EngineError, messageOf } from '../errors.ts';
import type { FileChange, FileView, FileWorker } from '../helper/file-worker.ts';
import { WorkerError } from '../helper/worker-job.ts';
import type {
  ArchiveAnswer,
  CommitRequest,
  ContainerFilesService,
  ContainerSize,
  ExtractRequest,
} from '../services.ts';
import { changedConfig, mergedConfig } from './config-changes.ts';
import { publishContainerEvent } from './container-events.ts';
import { fileView } from './container-file-view.ts';
import { containerPath, pathStatHeader, type NamedPath } from './container-path.ts';
import { pauseContainer, unpauseContainer } from './container-pauser.ts';
import type { ContainerRunner } from './container-runner.ts';
import type { Container } from './container.ts';
import type { Surroundings } from './surroundings.ts';

/** How often a container that ends or starts while it is looked at is looked at again. */
const maxTries = 5;

type Around = Pick<Surroundings, 'folders' | 'images' | 'index' | 'locks' | 'events' | 'log' | 'volumes'>;

export class ContainerFiles implements ContainerFilesService {
  readonly #around: Around;
  readonly #worker: FileWorker;
  readonly #runner: Pick<ContainerRunner, 'save' | 'health'>;

  constructor(around: Around, worker: FileWorker, runner: Pick<ContainerRunner, 'save' | 'health'>) {
    this.#around = around;
    this.#worker = worker;
    this.#runner = runner;
  }

  async stat(nameOrId: string, path: string, signal: AbortSignal): Promise<string> {
    const container = this.#around.index.find(nameOrId);
    const at = checkedPath(path);
    const status = await named(nameOrId, path, () =>
      this.#viewed(container, true, (view) => this.#worker.stat(view, at, signal)),
    );
    return pathStatHeader(at.base, status);
  }

  async read(nameOrId: string, path: string, signal: AbortSignal): Promise<ArchiveAnswer> {
    const container = this.#around.index.find(nameOrId);
    const at = checkedPath(path);
    const { status, archive } = await named(nameOrId, path, () =>
      this.#viewed(container, true, (view) => this.#worker.read(view, at, signal)),
    );
    publishContainerEvent(this.#around.events, container, 'archive-path');
    return { stat: pathStatHeader(at.base, status), archive };
  }

  async write(
    nameOrId: string,
    request: ExtractRequest,
    archive: Readable,
    signal: AbortSignal,
  ): Promise<void> {
    const container = this.#around.index.find(nameOrId);
    const { path } = checkedPath(request.path);
    const { User } = container.record.config;
    const into = {
      path,
      keepKinds: request.noOverwriteDirNonDir,
      user: request.copyUIDGID && User !== '' ? User : undefined,
    };
    await named(nameOrId, request.path, () =>
      this.#around.locks.run(container.id, () =>
        this.#viewed(container, true, (view) => this.#worker.write(view, into, archive, signal)),
      ),
    );
    publishContainerEvent(this.#around.events, container, 'extract-to-dir');
  }

  async changes(nameOrId: string, signal: AbortSignal): Promise<FileChange[]> {
    const container = this.#around.index.find(nameOrId);
    return this.#viewed(container, false, (view) => this.#worker.changes(view, signal)).catch(told);
  }

  async export(nameOrId: string, signal: AbortSignal): Promise<Readable> {
    const container = this.#around.index.find(nameOrId);
    const archive = await this.#viewed(container, false, (view) => this.#worker.export(view, signal)).catch(
      told,
    );
    publishContainerEvent(this.#around.events, container, 'export');
    return archive;
  }

  async commit(nameOrId: string, request: CommitRequest, signal: AbortSignal): Promise<string> {
    const container = this.#around.index.find(nameOrId);
    const { config, imageId } = container.record;
    const wanted = mergedConfig(changedConfig(request.config ?? config, request.changes), config);
    const image = {
      parent: imageId,
      config: wanted,
      author: request.author,
      comment: request.comment,
      containerId: container.id,
      containerConfig: config,
      repository: request.repository,
      tag: request.tag,
    };
    const pack = (): Promise<Readable> =>
      this.#viewed(container, false, (view) => this.#worker.pack(view, signal)).catch(told);
    const { id, name } = await this.#still(container, request.pause, () =>
      this.#around.images.commit(image, pack, signal),
    );
    const more = { comment: request.comment, imageID: id, imageRef: name };
    publishContainerEvent(this.#around.events, container, 'commit', more);
    return id;
  }

  async sizes(ids: readonly string[]): Promise<ReadonlyMap<string, ContainerSize>> {
    const { folders, images, index } = this.#around;
    const containers = [...index.values()].filter(({ id }) => ids.includes(id));
    const used = await this.#worker.usage(
      folders.containers,
      containers.map(({ id }) => id),
    );
    const sizes = new Map<string, ContainerSize>();
    for (const { id, record } of containers) {
      const SizeRw = used.get(id);
      if (SizeRw === undefined) continue;
      const below = await images.runnable(record.imageId).then(
        (image) => image.sizeBytes,
        () => 0,
      );
      sizes.set(id, { SizeRw, SizeRootFs: SizeRw + below });
    }
    return sizes;
  }

  /** Does something while a container that runs is paused, if it shall be. */
  async #still<T>(container: Container, pause: boolean, work: () => Promise<T>): Promise<T> {
    const { locks } = this.#around;
    return locks.run(container.id, async () => {
      const paused = pause && container.running && !container.paused && (await this.#pause(container));
      try {
        return await work();
      } finally {
        if (paused && container.paused) await unpauseContainer(this.#around, this.#runner, container);
      }
    });
  }

  /** Whether it could be paused: it may have ended meanwhile. */
  async #pause(container: Container): Promise<boolean> {
    try {
      await pauseContainer(this.#around, this.#runner, container);
      return true;
    } catch (error) {
      if (error instanceof EngineError && error.kind === 'conflict') return false;
      throw error;
    }
  }

  /** Does something on a view of the container; once more when it has ended between our look and the worker's. */
  async #viewed<T>(container: Container, binds: boolean, work: (view: FileView) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      if (container.removing) {
        throw new EngineError('conflict', `container ${container.id} is being removed`);
      }
      const image = await this.#around.images.runnable(container.record.imageId);
      const { run } = container;
      try {
        const sources = binds ? await this.#around.volumes.sources(container.record.mounts) : undefined;
        const view = fileView(this.#around, container, image, sources);
        return await (binds ? this.#around.volumes.during(container, () => work(view)) : work(view));
      } catch (error) {
        if (!(error instanceof WorkerError && error.code === 'ESRCH') || tries === maxTries) throw error;
        await run?.exited;
      }
    }
  }
}

function checkedPath(text: string): NamedPath {
  if (text.includes('\0')) throw new EngineError('invalid', 'invalid path: it holds a NUL byte');
  return containerPath(text);
}

/** Says in Docker's words what a worker could not do at a path. */
async function named<T>(nameOrId: string, path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WorkerError && error.code === 'ENOENT') {
      throw new EngineError('notFound', `Could not find the file ${path} in container ${nameOrId}`, {
        cause: error,
      });
    }
    return told(error);
  }
}

/** What a client did wrong, by the worker's codes; everything else is our fault. */
const clientsFault: ReadonlySet<string> = new Set(['EBADARCHIVE', 'ETRUNCATED', 'EROFS', 'EINVAL']);

/** Rethrows an error; a worker's refusal becomes the engine's. */
export function told(error: unknown): never {
  if (!(error instanceof WorkerError)) throw error;
  const kind = clientsFault.has(error.code) ? 'invalid' : 'internal';
  throw new EngineError(kind, messageOf(error), { cause: error });
}
