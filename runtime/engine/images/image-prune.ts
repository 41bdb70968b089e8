// `docker image prune`: which images go, and the removal itself by the same rules as `docker rmi`. What would go can be asked before.
import { familiarReference } from '../../syntax/image-reference.ts';
import { EngineError } from '../errors.ts';
import { pruneTest } from '../prune-filter.ts';
import type { Filters } from '../services.ts';
import type { ImageDeleteItem } from '../types.ts';
import { removeImage, type RemoveRoom } from './image-remove.ts';
import { isCanonical, type StoredImage } from './image-store.ts';

/** What a prune would remove. */
export interface PrunePreview {
  readonly images: readonly StoredImage[];
  /** Bytes of the layers that nothing else stands on. */
  readonly reclaimBytes: number;
}

/** The images that a prune by these filters removes: those without a tag, or with `dangling=false` all that no container uses. */
export function prunable({ images, layers, users }: RemoveRoom, filters: Filters): PrunePreview {
  const danglingOnly = danglingFilter(filters);
  const mayGo = pruneTest(filters, Date.now());
  const chosen = images.images().filter((image) => {
    if (image.detached || users(image.id).length > 0) return false;
    const tagged = images.referencesOf(image.id).some((reference) => !isCanonical(reference));
    if (danglingOnly && tagged) return false;
    // A step of a build that something was made from stays for it.
    if (!tagged && images.childrenOf(image.id).length > 0) return false;
    const { created, config } = image.config;
    return mayGo({ createdMs: created === '' ? 0 : Date.parse(created), labels: config.Labels ?? {} });
  });
  const going = new Set(chosen.map(({ id }) => id));
  const kept = new Set(images.images().flatMap((image) => (going.has(image.id) ? [] : image.chain)));
  const freed = new Set(chosen.flatMap((image) => image.chain).filter((chainId) => !kept.has(chainId)));
  const reclaimBytes = [...freed].reduce((sum, chainId) => sum + (layers.get(chainId)?.fileBytes ?? 0), 0);
  return { images: chosen, reclaimBytes };
}

/** Removes them. One that something began to use meanwhile stays. The caller serializes. */
export async function pruneImages(
  room: RemoveRoom,
  filters: Filters,
): Promise<{ ImagesDeleted: ImageDeleteItem[] | null; SpaceReclaimed: number }> {
  const { images, layers } = room;
  const deleted: ImageDeleteItem[] = [];
  const sizes = new Map(
    images
      .images()
      .flatMap(({ chain }) =>
        chain.map((chainId) => [chainId, layers.get(chainId)?.fileBytes ?? 0] as const),
      ),
  );
  for (const image of prunable(room, filters).images) {
    if (images.get(image.id) === undefined) continue;
    const tags = images.referencesOf(image.id).filter((reference) => !isCanonical(reference));
    const names = tags.length === 0 ? [image.id] : tags.map(familiarReference);
    for (const name of names) {
      try {
        deleted.push(...(await removeImage(room, name, { force: false, noprune: false })));
      } catch (error) {
        const stays =
          error instanceof EngineError && (error.kind === 'conflict' || error.kind === 'notFound');
        if (!stays) throw error;
      }
    }
  }
  const SpaceReclaimed = deleted.reduce(
    (sum, item) => sum + ('Deleted' in item ? (sizes.get(item.Deleted) ?? 0) : 0),
    0,
  );
  return { ImagesDeleted: deleted.length === 0 ? null : deleted, SpaceReclaimed };
}

/** True unless it is said otherwise. */
function danglingFilter(filters: Filters): boolean {
  const values = filters.get('dangling');
  if (values === undefined) return true;
  const [value] = values;
  if (values.length === 1 && (value === '1' || value === 'true')) return true;
  if (values.length === 1 && (value === '0' || value === 'false')) return false;
  throw new EngineError('invalid', `invalid filter 'dangling=[${values.join(' ')}]'`);
}
