// Keeps the model equal to the engine, by events: one list at the beginning, then only what an event touched is asked for
// again. It is the caller who subscribes first and lists then; events that come during the list are worked in after it.
import { setMaxListeners } from 'node:events';
import {
  containerAnswer,
  containersAnswer,
  containerListAnswer,
  imageListAnswer,
  networkListAnswer,
  volumeListAnswer,
  type EngineEvent,
} from '../client/engine-answers.ts';
import { segment, type EngineClient } from '../client/engine-client.ts';
import { failureFromError } from '../client/engine-failure.ts';
import type { Disposable } from './disposable.ts';
import { ListSync } from './list-sync.ts';
import type { LiveModel } from './live-model.ts';
import { toContainerModel, toImageModel, toNetworkModel, toVolumeModel } from './model-mapping.ts';

const parallelInspections = 8;
const retryMs = 1000;
const maxRetries = 5;
/** One container that its engine does not answer for must not keep back all the others. */
const settleMs = 2000;

/** Actions after which a container is as it was before. */
const idleActions = new Set([
  'attach',
  'detach',
  'resize',
  'top',
  'export',
  'copy',
  'archive-path',
  'extract-to-dir',
]);

/** Actions on a volume or network that concern its users and not itself. */
const userActions = new Set(['mount', 'unmount', 'connect', 'disconnect']);

/** One session with an engine: from its connection to its loss. */
export class ModelSync implements Disposable {
  readonly #client: EngineClient;
  readonly #model: LiveModel;
  readonly #listsInFull: boolean;
  readonly #abort = new AbortController();
  /** Containers to ask for, with the number of failed attempts. */
  readonly #dirty = new Map<string, number>();
  /** Containers being asked for; one that is destroyed meanwhile is marked, so that its answer does not bring it back. */
  readonly #asking = new Map<string, { destroyed: boolean }>();
  /** Containers that an event has spoken of while the list was under way. */
  #spokenOf: Set<string> | undefined;
  readonly #images: ListSync;
  readonly #volumes: ListSync;
  readonly #networks: ListSync;
  readonly #retries = new Set<NodeJS.Timeout>();
  #settled: (() => void)[] = [];

  /** `listsInFull`: the engine tells all containers in full in one answer, so that none must be asked for by itself. */
  constructor(client: EngineClient, model: LiveModel, listsInFull: boolean) {
    this.#client = client;
    this.#model = model;
    this.#listsInFull = listsInFull;
    const signal = this.#abort.signal;
    // One per request under way; they are gone with their requests.
    setMaxListeners(0, signal);
    this.#images = new ListSync(async () => {
      const images = await client.json(
        { method: 'GET', path: '/images/json', query: { 'shared-size': true }, signal },
        imageListAnswer,
      );
      if (!signal.aborted) model.setAll('images', images.map(toImageModel));
    });
    this.#volumes = new ListSync(async () => {
      const request = client.json({ method: 'GET', path: '/volumes', signal }, volumeListAnswer);
      const { Volumes } = await orAbsent(request, { Volumes: [] });
      if (!signal.aborted) model.setAll('volumes', Volumes.map(toVolumeModel));
    });
    this.#networks = new ListSync(async () => {
      const request = client.json({ method: 'GET', path: '/networks', signal }, networkListAnswer);
      const networks = await orAbsent(request, []);
      if (!signal.aborted) model.setAll('networks', networks.map(toNetworkModel));
    });
  }

  /** Lists everything and resolves once the model has it. Rejects when the engine cannot be asked. */
  async start(): Promise<void> {
    this.#spokenOf = new Set();
    await Promise.all([
      this.#listsInFull ? this.#listInFull() : this.#listIds(),
      this.#images.load(),
      this.#volumes.load(),
      this.#networks.load(),
    ]);
    if (this.#abort.signal.aborted) return;
    await this.#settle();
    this.#model.flush();
  }

  async #listInFull(): Promise<void> {
    const signal = this.#abort.signal;
    const containers = await this.#client.json(
      { method: 'GET', path: '/berth/containers', signal },
      containersAnswer,
    );
    if (signal.aborted) return;
    const spokenOf = this.#listed(containers.map((container) => container.Id));
    // One that an event spoke of meanwhile has been asked for, and may have changed or gone since this answer was made.
    for (const container of containers) {
      if (!spokenOf.has(container.Id)) this.#model.set('containers', toContainerModel(container));
    }
  }

  async #listIds(): Promise<void> {
    const signal = this.#abort.signal;
    const containers = await this.#client.json(
      { method: 'GET', path: '/containers/json', query: { all: true }, signal },
      containerListAnswer,
    );
    if (signal.aborted) return;
    const ids = containers.map((container) => container.Id);
    this.#listed(ids);
    for (const id of ids) this.#touch(id);
  }

  /** Takes these for all there are; who is not among them has gone. Returns those that events spoke of meanwhile. */
  #listed(ids: readonly string[]): ReadonlySet<string> {
    const listed = new Set(ids);
    const spokenOf = this.#spokenOf ?? new Set();
    for (const id of [...this.#model.entities('containers').keys()]) {
      if (!listed.has(id) && !spokenOf.has(id)) this.#model.remove('containers', id);
    }
    this.#spokenOf = undefined;
    return spokenOf;
  }

  /** Works in one event. */
  event(event: EngineEvent): void {
    const id = event.Actor.ID;
    if (event.Type === 'container') {
      // That containers were pruned is said of none of them.
      if (id === '') return;
      this.#spokenOf?.add(id);
      if (event.Action === 'destroy') {
        this.#dirty.delete(id);
        const asked = this.#asking.get(id);
        if (asked !== undefined) asked.destroyed = true;
        this.#model.remove('containers', id);
      } else if (!idleActions.has(event.Action) && !event.Action.startsWith('exec_')) {
        this.#touch(id);
      }
      if (event.Action === 'commit') this.#images.touch();
    } else if (event.Type === 'network') {
      const member = event.Actor.Attributes.find(([name]) => name === 'container')?.[1];
      if (typeof member === 'string' && member !== '' && event.Action !== 'destroy') this.#touch(member);
      if (!userActions.has(event.Action)) this.#networks.touch();
    } else if (event.Type === 'volume') {
      if (!userActions.has(event.Action)) this.#volumes.touch();
    } else if (event.Type === 'image') {
      this.#images.touch();
    }
  }

  dispose(): void {
    this.#abort.abort();
    for (const list of [this.#images, this.#volumes, this.#networks]) list.dispose();
    for (const timer of this.#retries) clearTimeout(timer);
    this.#retries.clear();
    this.#dirty.clear();
    this.#wake();
  }

  #touch(id: string, attempt = 0): void {
    if (this.#abort.signal.aborted) return;
    this.#dirty.set(id, attempt);
    this.#pump();
  }

  /** Asks for dirty containers, a few at a time, each at most once at a time. */
  #pump(): void {
    for (const [id, attempt] of this.#dirty) {
      if (this.#asking.size >= parallelInspections) break;
      if (this.#asking.has(id)) continue;
      this.#dirty.delete(id);
      const asked = { destroyed: false };
      this.#asking.set(id, asked);
      void this.#inspect(id, attempt, asked).finally(() => {
        this.#asking.delete(id);
        this.#pump();
      });
    }
    if (this.#dirty.size === 0 && this.#asking.size === 0) this.#wake();
  }

  async #inspect(id: string, attempt: number, asked: { readonly destroyed: boolean }): Promise<void> {
    const signal = this.#abort.signal;
    const path = `/containers/${segment(id)}/json`;
    try {
      const answer = await this.#client.json({ method: 'GET', path, signal }, containerAnswer);
      if (!signal.aborted && !asked.destroyed) this.#model.set('containers', toContainerModel(answer));
    } catch (error) {
      if (signal.aborted || asked.destroyed) return;
      if (failureFromError(error).status === 404) this.#model.remove('containers', id);
      else if (attempt < maxRetries) {
        const timer = setTimeout(() => {
          this.#retries.delete(timer);
          if (!this.#dirty.has(id)) this.#touch(id, attempt + 1);
        }, retryMs);
        this.#retries.add(timer);
      }
    }
  }

  #settle(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, settleMs);
      this.#settled.push(() => {
        clearTimeout(timer);
        resolve();
      });
      this.#pump();
    });
  }

  #wake(): void {
    for (const resolve of this.#settled.splice(0)) resolve();
  }
}

/** What an engine without this part of the API has of it: nothing. */
async function orAbsent<T>(answer: Promise<T>, nothing: T): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const { status } = failureFromError(error);
    if (status === 404 || status === 501) return nothing;
    throw error;
  }
}
