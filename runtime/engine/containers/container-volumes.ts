// Volumes and images in containers: found or made as a container is made, filled from its image, mounted while it runs, let go when it
// goes. Who refers to a volume is told by the containers' records alone.
import { EngineError } from '../errors.ts';
import type { VolumeWorker } from '../helper/volume-worker.ts';
import { WorkerError } from '../helper/worker-job.ts';
import type { ImageService } from '../services.ts';
import type { ContainerConfig, HostConfig } from '../types.ts';
import type { Volumes } from '../volumes/volumes.ts';
import { checkSources } from './bind-sources.ts';
import { fileView } from './container-file-view.ts';
import type { ContainerMount, MountSources, VolumeMount } from './container-mounts.ts';
import type { ContainerIndex } from './container-names.ts';
import type { Container } from './container.ts';
import type { Folders } from './folders.ts';
import {
  declaredVolume,
  parseMounts,
  parseVolumesFrom,
  type MountRequest,
  type VolumeRequest,
} from './mount-requests.ts';

interface Around {
  readonly index: ContainerIndex<Container>;
  readonly images: ImageService;
  readonly folders: Folders;
}

/** What of a create request is about mounts. */
export type MountWishes = Pick<HostConfig, 'Binds' | 'Mounts' | 'Tmpfs' | 'VolumeDriver' | 'VolumesFrom'> &
  Pick<ContainerConfig, 'Volumes'>;

/** Ties volumes to containers. */
export class ContainerVolumes {
  readonly #around: Around;
  readonly #volumes: Volumes;
  readonly #worker: Pick<VolumeWorker, 'copy'>;

  constructor(around: Around, volumes: Volumes, worker: Pick<VolumeWorker, 'copy'>) {
    this.#around = around;
    this.#volumes = volumes;
    this.#worker = worker;
    volumes.setReferences(() => this.#references());
  }

  /**
   * The mounts that a new container shall have, in Docker's order: what others have, what is asked for, what is declared. Volumes are
   * made, and held for `id` until {@link settle}. Throws invalid, notFound, or what the volume's making throws.
   */
  async provide(id: string, wishes: MountWishes): Promise<ContainerMount[]> {
    const asked = parseMounts(wishes);
    await checkSources(asked);
    const mounts = new Map<string, ContainerMount>();
    const declared = Object.keys(wishes.Volumes).map((folder) => declaredVolume(folder, wishes.VolumeDriver));
    for (const mount of wishes.VolumesFrom.flatMap((spec) => this.#mountsOf(spec))) {
      mounts.set(mount.destination, mount);
      if (mount.type === 'volume') await this.#volumes.obtain({ ...nothingWanted, name: mount.name }, id);
    }
    for (const request of asked) mounts.set(request.destination, await this.#found(request, id));
    for (const request of declared) {
      if (!mounts.has(request.destination)) mounts.set(request.destination, await this.#found(request, id));
    }
    return [...mounts.values()];
  }

  /** Fills empty volumes with what the image has in their place. The container was not started yet. */
  async fill(container: Container): Promise<void> {
    for (const mount of volumesOf(container)) if (mount.copies) await this.#fillOne(container, mount);
  }

  /** The record is written, or never will be: what was held for it is let go. */
  settle(id: string): void {
    this.#volumes.letGo(id);
  }

  /** Takes back what was made for a container that could not be made: volumes that nobody named. */
  async abandon(id: string, mounts: readonly ContainerMount[]): Promise<void> {
    this.settle(id);
    for (const mount of mounts) {
      if (mount.type === 'volume' && mount.anonymous) await this.#volumes.removeUnused(mount.name);
    }
  }

  /** Mounts a container's volumes for its run; `onMounted` is told of each, to be undone by {@link end}. */
  async begin(container: Container): Promise<void> {
    const mounted: string[] = [];
    try {
      for (const name of namesOf(container)) {
        await this.#volumes.mounts.mount(name);
        mounted.push(name);
      }
    } catch (error) {
      for (const name of mounted) await this.#volumes.mounts.unmount(name);
      throw error;
    }
    for (const mount of volumesOf(container)) {
      this.#volumes.publishUse('mount', mount.name, {
        container: container.id,
        destination: mount.destination,
        propagation: '',
        'read/write': String(!mount.readOnly),
      });
    }
  }

  /** The run is over. Never throws. */
  async end(container: Container): Promise<void> {
    const names = namesOf(container);
    for (const name of names) this.#volumes.publishUse('unmount', name, { container: container.id });
    await Promise.all(names.map((name) => this.#volumes.mounts.unmount(name)));
  }

  /** It runs since before this engine did. */
  adopt(container: Container): void {
    for (const name of namesOf(container)) this.#volumes.mounts.adopt(name);
  }

  /** After all were adopted. */
  restored(): Promise<void> {
    return this.#volumes.mounts.settle();
  }

  /** The container is gone: so are the volumes that nobody named and nobody else refers to. */
  async removeAnonymous(container: Container): Promise<void> {
    const names = volumesOf(container).filter(({ anonymous }) => anonymous);
    for (const { name } of names) await this.#volumes.removeUnused(name);
  }

  /** Does something while the volumes of a container are mounted, which it may not have itself just now. */
  async during<T>(container: Container, work: () => Promise<T>): Promise<T> {
    const names = namesOf(container).filter((name) => this.#volumes.store.get(name) !== undefined);
    const held: string[] = [];
    try {
      for (const name of names) {
        await this.#volumes.mounts.mount(name);
        held.push(name);
      }
      return await work();
    } finally {
      for (const name of held) await this.#volumes.mounts.unmount(name);
    }
  }

  /** Where a start finds the files of volumes and images. Throws notFound for an image that is gone. */
  async sources(mounts: readonly ContainerMount[]): Promise<MountSources> {
    const { folders, images } = this.#around;
    const lower = new Map<string, readonly string[]>();
    for (const mount of mounts) {
      if (mount.type === 'image') lower.set(mount.imageId, (await images.runnable(mount.imageId)).lower);
    }
    return {
      volume: (name) => folders.volume(name),
      image: (imageId) => ({
        layers: images.layersFolder,
        lower: lower.get(imageId) ?? [],
        empty: folders.empty,
      }),
    };
  }

  async #found(request: MountRequest, id: string): Promise<ContainerMount> {
    if (request.type === 'volume') return this.#foundVolume(request, id);
    if (request.type !== 'image') return request;
    const { id: imageId } = await this.#around.images.runnable(request.source);
    return { ...request, imageId };
  }

  async #foundVolume(request: VolumeRequest, id: string): Promise<VolumeMount> {
    const { driver, options, labels, ...mount } = request;
    const { name } = await this.#volumes.obtain({ name: request.name, driver, options, labels }, id);
    return { ...mount, name, anonymous: request.name === '' };
  }

  /** What `--volumes-from` takes over: never more rights than asked for, nothing copied. */
  #mountsOf(spec: string): ContainerMount[] {
    const { container, readOnly } = parseVolumesFrom(spec);
    let other: Container;
    try {
      other = this.#around.index.find(container);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      // A client takes a 404 from a create for a missing image.
      throw new EngineError('invalid', error.message, { cause: error });
    }
    return other.record.mounts.flatMap((mount): ContainerMount[] => {
      if (mount.type === 'tmpfs') return mount.listed ? [mount] : [];
      if (mount.type === 'image') return [mount];
      const taken = { readOnly: mount.readOnly || readOnly, mode: '' };
      return [mount.type === 'bind' ? { ...mount, ...taken } : { ...mount, ...taken, copies: false }];
    });
  }

  async #fillOne(container: Container, mount: VolumeMount): Promise<void> {
    const { images } = this.#around;
    const view = fileView(
      this.#around,
      container,
      await images.runnable(container.record.imageId),
      undefined,
    );
    try {
      await this.#volumes.fill(mount.name, (into) => this.#worker.copy({ view }, mount.destination, into));
    } catch (cause) {
      if (!(cause instanceof WorkerError && cause.code === 'ENOTDIR')) throw cause;
      throw new EngineError(
        'internal',
        `cannot mount volume over existing file, file exists ${mount.destination}`,
        { cause },
      );
    }
  }

  #references(): Map<string, string[]> {
    const users = new Map<string, string[]>();
    for (const container of this.#around.index.values()) {
      for (const name of namesOf(container)) users.set(name, [...(users.get(name) ?? []), container.id]);
    }
    return users;
  }
}

const nothingWanted = { driver: '', options: null, labels: null };

function volumesOf({ record }: Container): VolumeMount[] {
  return record.mounts.filter((mount) => mount.type === 'volume');
}

function namesOf(container: Container): string[] {
  return [...new Set(volumesOf(container).map(({ name }) => name))];
}
