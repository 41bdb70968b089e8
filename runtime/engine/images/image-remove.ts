// What `docker rmi` does and refuses, with Docker's rules: a name is taken away first, and the image goes with its
// last name unless containers or other names hold it.
import {
  familiarReference,
  repositoryName,
  withDefaultTag,
  type ImageReference,
} from '../../syntax/image-reference.ts';
import { EngineError } from '../errors.ts';
import type { ImageDeleteItem } from '../types.ts';
import { isCanonical, isIdPrefix, parseReference, type ImageStore, type StoredImage } from './image-store.ts';
import type { LayerStore } from './layer-store.ts';

/** The containers of an image, as the container service tells them. */
export type ImageUsers = (imageId: string) => readonly { id: string; name: string; running: boolean }[];

/** What a removal works with. The caller serializes. */
export interface RemoveRoom {
  readonly images: ImageStore;
  readonly layers: LayerStore;
  readonly users: ImageUsers;
  readonly announce: (action: 'untag' | 'delete', image: StoredImage) => void;
}

const short = (id: string): string => id.replace(/^sha256:/, '').slice(0, 12);

/** How to remove: `noprune` leaves parents that nothing else keeps. */
export interface RemoveOptions {
  readonly force: boolean;
  readonly noprune: boolean;
}

/** Removes a name, or an image with all of its names. Throws notFound or conflict in Docker's words. */
export async function removeImage(
  room: RemoveRoom,
  typed: string,
  options: RemoveOptions,
): Promise<ImageDeleteItem[]> {
  const { force } = options;
  const { images, users } = room;
  const image = images.find(typed);
  const items: ImageDeleteItem[] = [];
  if (isIdPrefix(image.id, typed)) {
    const references = images.referencesOf(image.id);
    if (isSingle(references)) {
      refuseParent(room, image);
      refuseInUse(room, image, force);
      await untag(room, image, references, items);
    }
    await removeWhole(room, image, options, false, items);
    return items;
  }

  const references = images.referencesOf(image.id);
  const user = users(image.id)[0];
  if (!force && isSingle(references) && user !== undefined) {
    throw new EngineError(
      'conflict',
      `conflict: unable to remove repository reference ${JSON.stringify(typed)} (must force) - ` +
        `container ${short(user.id)} is using its referenced image ${short(image.id)}`,
    );
  }
  const named = nameOf(typed, images);
  await untag(room, image, [named], items);
  const rest = images.referencesOf(image.id);
  const sameRepository = rest.filter((other) => repositoryName(other) === repositoryName(named));
  if (!isCanonical(named) && sameRepository.every(isCanonical)) {
    // Digests are no names of their own: they go with the repository's last tag.
    await untag(room, image, sameRepository, items);
  }
  if (images.referencesOf(image.id).length > 0) return items;
  await removeWhole(room, image, options, true, items);
  return items;
}

/**
 * Forgets detached images that no container stands on any more, and their layers.
 * Called whenever a container may have gone.
 */
export async function collectDetached({ images, layers, users }: RemoveRoom): Promise<void> {
  const free = images.images().filter((image) => image.detached && users(image.id).length === 0);
  for (const image of free) {
    await images.remove(image.id);
    await layers.collect(images.neededLayers(), image.chain.toReversed());
  }
}

async function removeWhole(
  room: RemoveRoom,
  image: StoredImage,
  { force, noprune }: RemoveOptions,
  quiet: boolean,
  items: ImageDeleteItem[],
): Promise<void> {
  const { images, layers, users } = room;
  const using = users(image.id);
  if (quiet && images.childrenOf(image.id).length > 0) return;
  refuseParent(room, image);
  if (quiet) {
    // Its last name is gone already; while it is used it stays without one.
    if (using.some((user) => user.running) || (!force && using.length > 0)) return;
  } else {
    refuseInUse(room, image, true);
    if (!force && images.referencesOf(image.id).length > 0) {
      throw conflict(image, 'must be forced', 'image is referenced in multiple repositories');
    }
    refuseInUse(room, image, force);
  }
  await untag(room, image, images.referencesOf(image.id), items);
  await (using.length > 0 ? images.detach(image.id) : images.remove(image.id));
  // Who hears of it and asks for the list must not find it there any more.
  room.announce('delete', image);
  items.push({ Deleted: image.id });
  if (using.length > 0) return;
  const removed = await layers.collect(images.neededLayers(), image.chain.toReversed());
  for (const chainId of removed) items.push({ Deleted: chainId });
  const parent = noprune || image.parent === undefined ? undefined : images.get(image.parent);
  // A parent that only its child kept goes with it.
  if (parent !== undefined && !parent.detached && images.referencesOf(parent.id).length === 0) {
    await removeWhole(room, parent, { force: false, noprune }, true, items);
  }
}

async function untag(
  room: RemoveRoom,
  image: StoredImage,
  references: readonly ImageReference[],
  items: ImageDeleteItem[],
): Promise<void> {
  if (references.length === 0) return;
  await room.images.unname(references);
  for (const reference of references) {
    room.announce('untag', image);
    items.push({ Untagged: familiarReference(reference) });
  }
}

/** What others were committed from stays as long as they do. */
function refuseParent({ images }: RemoveRoom, image: StoredImage): void {
  if (images.childrenOf(image.id).length === 0) return;
  throw conflict(image, 'cannot be forced', 'image has dependent child images');
}

/** A running container cannot be forced, a stopped one can. */
function refuseInUse({ users }: RemoveRoom, image: StoredImage, force: boolean): void {
  const using = users(image.id);
  const running = using.find((user) => user.running);
  if (running !== undefined) {
    throw conflict(
      image,
      'cannot be forced',
      `image is being used by running container ${short(running.id)}`,
    );
  }
  const stopped = using[0];
  if (stopped !== undefined && !force) {
    throw conflict(image, 'must be forced', `image is being used by stopped container ${short(stopped.id)}`);
  }
}

function conflict(image: StoredImage, how: string, why: string): EngineError {
  return new EngineError('conflict', `conflict: unable to delete ${short(image.id)} (${how}) - ${why}`);
}

/** The name that was typed, as it is stored. */
function nameOf(typed: string, images: ImageStore): ImageReference {
  const reference = withDefaultTag(parseReference(typed));
  if (images.named(reference) !== undefined || reference.digest === undefined) return reference;
  const { domain, path, digest } = reference;
  return { domain, path, digest };
}

/** Whether all names are one tag and digests of its repository: then removing by id removes them. */
function isSingle(references: readonly ImageReference[]): boolean {
  if (references.length <= 1) return true;
  if (references.filter((reference) => !isCanonical(reference)).length > 1) return false;
  return new Set(references.map(repositoryName)).size === 1;
}
