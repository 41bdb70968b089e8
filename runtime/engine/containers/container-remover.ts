// Removing containers: one by name, all that have ended, or one whose end was to be its removal.
import { EngineError } from '../errors.ts';
import type { FileWorker } from '../helper/file-worker.ts';
import { pruneTest } from '../prune-filter.ts';
import type { Filters } from '../services.ts';
import { publishContainerEvent } from './container-events.ts';
import { forgetLinks } from './container-links.ts';
import type { ContainerStopper } from './container-stopper.ts';
import type { Container } from './container.ts';
import type { Surroundings } from './surroundings.ts';

/** Told when a container is gone, so that what belongs to it goes too. */
export type RemovalListener = (container: Container) => void;

/** Removes containers. */
export class ContainerRemover {
  readonly #around: Surroundings;
  readonly #onRemoved: RemovalListener;
  readonly #worker: Pick<FileWorker, 'usage'>;
  #pruning = false;

  constructor(around: Surroundings, worker: Pick<FileWorker, 'usage'>, onRemoved: RemovalListener) {
    this.#around = around;
    this.#worker = worker;
    this.#onRemoved = onRemoved;
  }

  /** `docker rm`; `asNamed` is what the client calls the container. The caller holds its lock. */
  async remove(
    container: Container,
    asNamed: string,
    options: { readonly force: boolean; readonly volumes: boolean },
    stopper: Pick<ContainerStopper, 'end'>,
  ): Promise<void> {
    if (container.removing) {
      throw new EngineError('conflict', `removal of container ${asNamed} is already in progress`);
    }
    if (container.running || container.waitsForRestart) {
      if (!options.force) {
        const { status } = container.record.state;
        const first = container.paused ? 'Unpause and then stop' : 'Stop';
        throw new EngineError(
          'conflict',
          `You cannot remove a ${status} container ${container.id}. ${first} the container before attempting removal or force remove`,
        );
      }
      await stopper.end(container);
    }
    await this.discard(container, { durable: true, volumes: options.volumes });
  }

  /** `docker container prune`: removes all that do not run and fit the filters. */
  async prune(filters: Filters): Promise<{ removed: string[]; reclaimedBytes: number }> {
    const { index, locks, events, folders } = this.#around;
    const fits = pruneTest(filters, Date.now());
    if (this.#pruning) throw new EngineError('conflict', 'a prune operation is already running');
    this.#pruning = true;
    const removed: string[] = [];
    let reclaimedBytes = 0;
    try {
      const ended = [...index.values()].filter((container) => {
        const { record } = container;
        const thing = { createdMs: Date.parse(record.created), labels: record.config.Labels };
        return isOver(container) && fits(thing);
      });
      const used = await this.#worker.usage(
        folders.containers,
        ended.map(({ id }) => id),
      );
      for (const container of ended) {
        await locks.run(container.id, async () => {
          // It may have been started, or removed, while it waited its turn.
          if (!isOver(container)) return;
          await this.discard(container, { durable: true, volumes: false });
          reclaimedBytes += used.get(container.id) ?? 0;
          removed.push(container.id);
        });
      }
    } finally {
      this.#pruning = false;
    }
    events.publish({
      type: 'container',
      action: 'prune',
      id: '',
      attributes: { reclaimed: String(reclaimedBytes) },
    });
    return { removed, reclaimedBytes };
  }

  /**
   * Removes a container that does not run: out of sight at once, its files behind. `durable` moves the files before it
   * resolves, so that the container does not come back after a crash; with `volumes`, those without a name go too.
   */
  async discard(
    container: Container,
    { durable, volumes }: { readonly durable: boolean; readonly volumes: boolean },
  ): Promise<void> {
    if (container.removing) return;
    const { events, folders, index, trash } = this.#around;
    container.removing = true;
    const move = async (): Promise<void> => {
      await container.saved;
      await trash.discard(folders.container(container.id));
    };
    if (durable) {
      try {
        await move();
      } catch (error) {
        container.removing = false;
        throw error;
      }
    }
    index.delete(container.id);
    index.release(container.name, container.id);
    forgetLinks(index, container);
    if (volumes) await this.#around.volumes.removeAnonymous(container);
    for (const pending of container.pendingAttaches) pending.cancel();
    publishContainerEvent(events, container, 'destroy');
    this.#onRemoved(container);
    container.notify('removal');
    if (durable) return;
    await container.teardown;
    await move();
  }
}

/** Nothing of it runs or will, and nobody is removing it or has. */
function isOver(container: Container): boolean {
  return !container.running && !container.waitsForRestart && !container.removing;
}
