// `--cache-from`: the images whose steps may be used. Those that were built here are known by what they stand on; of others, which were pulled
// or loaded, the history tells it: a step on the same history and the same layers whose line is the same.
import type { BuildImages } from '../images/image-build.ts';
import type { StoredImage } from '../images/image-store.ts';
import type { Layer } from '../images/layer-store.ts';

/** A step of such an image. */
export interface SourceStep {
  /** undefined: it changed the configuration alone. */
  readonly layer: Layer | undefined;
  readonly created: string;
  readonly comment: string;
  /** The image itself, when the step is its last. */
  readonly whole: StoredImage | undefined;
}

export class CacheSources {
  readonly #builds: BuildImages;
  readonly #images: readonly StoredImage[];
  readonly #usable: ReadonlySet<string>;

  private constructor(builds: BuildImages, images: readonly StoredImage[], usable: ReadonlySet<string>) {
    this.#builds = builds;
    this.#images = images;
    this.#usable = usable;
  }

  /** The named ones that are here; undefined when none was named. */
  static find(builds: BuildImages, names: readonly string[]): CacheSources | undefined {
    if (names.length === 0) return undefined;
    const images = names.flatMap((name) => builds.find(name) ?? []);
    const usable = new Set<string>();
    for (const named of images) {
      for (
        let image: StoredImage | undefined = named;
        image !== undefined;
        image = image.parent === undefined ? undefined : builds.get(image.parent)
      ) {
        usable.add(image.id);
      }
    }
    return new CacheSources(builds, images, usable);
  }

  /** Whether one of them is this image, or was built on it. */
  has(image: StoredImage): boolean {
    return this.#usable.has(image.id);
  }

  /** The step that one of them has on `parent` and that says `createdBy` of itself. */
  step(parent: StoredImage, createdBy: string): SourceStep | undefined {
    const { history, rootfs } = parent.config;
    for (const image of this.#images) {
      const { chain, config } = image;
      const entry = config.history[history.length];
      if (entry?.created_by !== createdBy) continue;
      const begins =
        rootfs.diff_ids.every((diffId, index) => diffId === config.rootfs.diff_ids[index]) &&
        history.every((one, index) => {
          const other = config.history[index];
          return (
            other?.created_by === one.created_by &&
            other.created === one.created &&
            other.comment === one.comment
          );
        });
      if (!begins) continue;
      const { created, comment } = entry;
      const whole = config.history.length === history.length + 1 ? image : undefined;
      if (entry.empty_layer) return { layer: undefined, created, comment, whole };
      const layer = this.#builds.layer(chain[rootfs.diff_ids.length] ?? '');
      if (layer !== undefined) return { layer, created, comment, whole };
    }
    return undefined;
  }
}
