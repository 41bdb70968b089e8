// What the UI asks of image references: is a typed one well-formed, and is the image it means here already?
import type { ImageModel } from '../../../../runtime/contract/model.ts';
import {
  familiarReference,
  InvalidReferenceError,
  parseImageReference,
  withDefaultTag,
} from '../../../../runtime/syntax/image-reference.ts';

const imageId = /^(?:sha256:)?[0-9a-f]{4,64}$/;

function parsed(text: string): string | undefined {
  try {
    return familiarReference(withDefaultTag(parseImageReference(text)));
  } catch (error) {
    if (error instanceof InvalidReferenceError) return undefined;
    throw error;
  }
}

/** Whether the engine could read it as a reference or an image id. */
export function isReference(text: string): boolean {
  return parsed(text) !== undefined || imageId.test(text);
}

/** The short form in which an engine lists it: without Docker Hub's names, with a tag. What is no reference stays. */
export function familiar(reference: string): string {
  return parsed(reference) ?? reference;
}

/** Whether one of the images goes by this reference or id. */
export function isHere(reference: string, images: Iterable<ImageModel>): boolean {
  const wanted = parsed(reference);
  const id = imageId.test(reference) ? reference.replace(/^sha256:/, '') : undefined;
  for (const image of images) {
    if (wanted !== undefined && image.tags.some((tag) => parsed(tag) === wanted)) return true;
    if (id !== undefined && image.id.startsWith(`sha256:${id}`)) return true;
  }
  return false;
}

/** What an image is called: its first tag, or the beginning of its id. */
export function imageName(image: ImageModel): string {
  return image.tags[0] ?? shortImageId(image.id);
}

export function shortImageId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}
