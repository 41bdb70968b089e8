// Files of images, for people: of all layers together or of one, and what each layer changes of those below. Each request has a worker
// of its own, which sees the layers through a read-only overlay in its own mount namespace and nothing else.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { EngineError } from '../errors.ts';
import { checkPath, folderView, told } from '../folder-view.ts';
import type { FileView } from '../helper/file-worker.ts';
import type { ImageFileWorker } from '../helper/image-file-worker.ts';
import type { ReadSource } from '../helper/volume-worker.ts';
import type { FolderView, ImageFilesService, ImageLayerView, LayerChanges } from '../services.ts';
import type { ImageStore, StoredImage } from './image-store.ts';
import type { LayerStore } from './layer-store.ts';

/** So many changes of a layer are told one by one. */
const changesMax = 5000;

/** What a view needs besides layers: a folder to mount on, and empty ones in the place of a container's own. */
export interface ViewFolders {
  readonly point: string;
  readonly init: string;
  readonly upper: string;
}

/** Makes `dataRoot/views`. */
export async function makeViewFolders(dataRoot: string): Promise<ViewFolders> {
  const root = path.join(dataRoot, 'views');
  const folders = {
    point: path.join(root, 'point'),
    init: path.join(root, 'init'),
    upper: path.join(root, 'upper'),
  };
  for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true, mode: 0o755 });
  // Says that the init layer is as it should be: empty.
  await writeFile(`${folders.init}.done`, '');
  return folders;
}

/** The files of an engine's images. */
export class ImageFiles implements ImageFilesService {
  readonly #images: ImageStore;
  readonly #layers: LayerStore;
  readonly #worker: ImageFileWorker;
  readonly #folders: ViewFolders;

  constructor(images: ImageStore, layers: LayerStore, worker: ImageFileWorker, folders: ViewFolders) {
    this.#images = images;
    this.#layers = layers;
    this.#worker = worker;
    this.#folders = folders;
  }

  layers(nameOrId: string): ImageLayerView[] {
    const { chain, config } = this.#images.find(nameOrId);
    const steps = config.history.filter((step) => !step.empty_layer);
    return chain.map((chainId, index) => ({
      DiffId: this.#layers.get(chainId)?.diffId ?? '',
      Size: this.#layers.get(chainId)?.fileBytes ?? 0,
      CreatedBy: steps[index]?.created_by ?? '',
    }));
  }

  async changes(nameOrId: string, layer: number, signal: AbortSignal): Promise<LayerChanges> {
    const image = this.#images.find(nameOrId);
    const own = this.#folderOf(image, layer);
    const view = { ...this.#view(image.chain.slice(0, layer)), upper: own };
    const counts: [number, number, number] = [0, 0, 0];
    const changes: { Kind: number; Path: string }[] = [];
    const unpin = this.#layers.pin(image.chain);
    try {
      const hiddenBytes = await this.#worker.layerChanges(
        view,
        ({ kind, path: changed }) => {
          counts[kind as 0 | 1 | 2]++;
          if (changes.length < changesMax) changes.push({ Kind: kind, Path: changed });
        },
        signal,
      );
      const [Modified, Added, Deleted] = counts;
      return { Added, Modified, Deleted, HiddenBytes: hiddenBytes, Changes: changes };
    } catch (error) {
      return told(error);
    } finally {
      unpin();
    }
  }

  folder(nameOrId: string, layer: number | undefined, at: string, signal: AbortSignal): Promise<FolderView> {
    return this.#inside(nameOrId, layer, at, async (source) => {
      return { answer: folderView(at, await this.#worker.list(source, at, signal)) };
    });
  }

  readFile(
    nameOrId: string,
    layer: number | undefined,
    at: string,
    signal: AbortSignal,
  ): Promise<{ sizeBytes: number; data: Readable }> {
    return this.#inside(nameOrId, layer, at, async (source) => {
      const file = await this.#worker.get(source, at, signal);
      return { answer: file, stream: file.data };
    });
  }

  readArchive(
    nameOrId: string,
    layer: number | undefined,
    at: string,
    signal: AbortSignal,
  ): Promise<Readable> {
    return this.#inside(nameOrId, layer, at, async (source) => {
      const archive = await this.#worker.pack(source, at, '.', signal);
      return { answer: archive, stream: archive };
    });
  }

  /** Reads in an image, whose layers stay until the answer, or the stream in it, has ended. */
  async #inside<T>(
    nameOrId: string,
    layer: number | undefined,
    at: string,
    work: (source: ReadSource) => Promise<{ answer: T; stream?: Readable }>,
  ): Promise<T> {
    checkPath(at);
    const image = this.#images.find(nameOrId);
    const source = layer === undefined ? this.#view(image.chain) : this.#folderOf(image, layer);
    const unpin = this.#layers.pin(image.chain);
    try {
      const { answer, stream } = await work(source);
      if (stream === undefined) unpin();
      else stream.once('close', unpin);
      return answer;
    } catch (error) {
      unpin();
      return told(error);
    }
  }

  #view(chain: readonly string[]): FileView {
    const lower = this.#layers.lower(chain);
    const { point, init, upper } = this.#folders;
    const layers = this.#layers.folder;
    // `work` is for views that are written.
    return {
      id: '0',
      point,
      layers,
      lower,
      init,
      upper,
      work: upper,
      readOnly: true,
      mounts: [],
      folders: [],
      files: [],
    };
  }

  #folderOf({ chain, id }: StoredImage, layer: number): string {
    const chainId = chain[layer];
    if (chainId === undefined) throw new EngineError('notFound', `the image ${id} has no layer ${layer}`);
    const [own = ''] = this.#layers.lower([chainId]);
    return path.join(this.#layers.folder, own);
  }
}
