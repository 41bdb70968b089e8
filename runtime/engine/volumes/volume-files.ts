// Volumes' files, for people: listed, read, written, packed, unpacked, cloned. Each in a worker that has the volume and nothing else.
import type { Readable } from 'node:stream';
import { EngineError } from '../errors.ts';
import { checkPath, folderView, told } from '../folder-view.ts';
import type { VolumeWorker } from '../helper/volume-worker.ts';
import type { FolderView, VolumeFilesService } from '../services.ts';
import { untrustedMap, type Volume } from '../types.ts';
import { hasOwnFileSystem } from './local-driver.ts';
import { anonymousLabel } from './volume-record.ts';
import { volumeView } from './volume-service.ts';
import type { Volumes } from './volumes.ts';

/** Volumes' files, for the API. */
export class VolumeFiles implements VolumeFilesService {
  readonly #volumes: Volumes;
  readonly #worker: VolumeWorker;

  constructor(volumes: Volumes, worker: VolumeWorker) {
    this.#volumes = volumes;
    this.#worker = worker;
  }

  folder(name: string, path: string, signal: AbortSignal): Promise<FolderView> {
    return this.#inside(name, path, async (root) =>
      folderView(path, await this.#worker.list(root, path, signal)),
    );
  }

  readFile(name: string, path: string, signal: AbortSignal): Promise<{ sizeBytes: number; data: Readable }> {
    return this.#streamed(name, path, async (root) => {
      const file = await this.#worker.get(root, path, signal);
      return { answer: file, stream: file.data };
    });
  }

  writeFile(
    name: string,
    path: string,
    content: Readable,
    sizeBytes: number | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    return this.#inside(name, path, (root) => this.#worker.put(root, path, content, { sizeBytes, signal }));
  }

  remove(name: string, path: string, signal: AbortSignal): Promise<void> {
    return this.#inside(name, path, (root) => this.#worker.remove(root, path, signal));
  }

  rename(name: string, path: string, newName: string, signal: AbortSignal): Promise<void> {
    if (newName === '' || newName.includes('\0')) {
      throw new EngineError('invalid', 'the new name is empty or no name');
    }
    return this.#inside(name, path, (root) => this.#worker.rename(root, path, newName, signal));
  }

  readArchive(name: string, path: string, signal: AbortSignal): Promise<Readable> {
    return this.#streamed(name, path, async (root) => {
      const archive = await this.#worker.pack(root, path, '.', signal);
      return { answer: archive, stream: archive };
    });
  }

  writeArchive(name: string, path: string, archive: Readable, signal: AbortSignal): Promise<void> {
    return this.#inside(name, path, (root) => this.#worker.unpack(root, path, archive, signal));
  }

  async clone(name: string, newName: string, signal: AbortSignal): Promise<Volume> {
    const { store, mounts } = this.#volumes;
    const source = store.find(name);
    if (newName === '') throw new EngineError('invalid', 'the new volume needs a name');
    if (store.get(newName) !== undefined) {
      throw new EngineError('conflict', `a volume with the name ${newName} is there already`);
    }
    const labels = Object.entries(source.labels ?? {}).filter(([label]) => label !== anonymousLabel);
    const wanted = { name: newName, driver: '', options: null, labels: untrustedMap(labels) };
    // Held, so that nobody removes it while it is filled.
    const holder = `clone of ${name}`;
    const made = await this.#volumes.obtain(wanted, holder);
    try {
      await mounts.during(name, () =>
        this.#volumes.fill(newName, (into) =>
          this.#worker.copy({ root: store.data(name) }, '/', into, signal),
        ),
      );
    } catch (error) {
      this.#volumes.letGo(holder);
      await this.#volumes.removeUnused(newName);
      signal.throwIfAborted();
      return told(error);
    }
    this.#volumes.letGo(holder);
    return volumeView(store, made);
  }

  /** Does something in a volume while it is mounted. */
  async #inside<T>(name: string, path: string, work: (root: string) => Promise<T>): Promise<T> {
    checkPath(path);
    const { store, mounts } = this.#volumes;
    store.find(name);
    return mounts.during(name, () => work(store.data(name))).catch(told);
  }

  /** The same for an answer that comes bit by bit: the volume stays mounted up to its end. */
  async #streamed<T>(
    name: string,
    path: string,
    work: (root: string) => Promise<{ answer: T; stream: Readable }>,
  ): Promise<T> {
    checkPath(path);
    const { store, mounts } = this.#volumes;
    if (!hasOwnFileSystem(store.find(name))) {
      // The worker has its own mount of the folder by the time it answers.
      return work(store.data(name)).then(({ answer }) => answer, told);
    }
    await mounts.mount(name);
    try {
      const { answer, stream } = await work(store.data(name));
      stream.once('close', () => void mounts.unmount(name));
      return answer;
    } catch (error) {
      await mounts.unmount(name);
      return told(error);
    }
  }
}
