// Image references as people type them: are they well-formed, and is the image meant already here?
import type { ImageModel } from '../../../../runtime/contract/model.ts';

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const wellFormed = new RegExp(
  `^(?:(?:[A-Za-z0-9.-]+|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?/)?${component}(?:/${component})*(?::[\\w][\\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$`,
);
const imageId = /^(?:sha256:)?[0-9a-f]{4,64}$/;

/** Whether the engine could read it as a reference or an image id. */
export function isReference(text: string): boolean {
  return wellFormed.test(text) || imageId.test(text);
}

/** The short form in which an engine lists it: without Docker Hub's names, with a tag. */
export function familiar(reference: string): string {
  const name = reference.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '');
  const tagged = name.includes('@') || /:[^/]+$/.test(name);
  return tagged ? name : `${name}:latest`;
}

/** Whether one of the images goes by this reference or id. */
export function isHere(reference: string, images: Iterable<ImageModel>): boolean {
  const wanted = familiar(reference);
  const id = imageId.test(reference) ? reference.replace(/^sha256:/, '') : undefined;
  for (const image of images) {
    if (image.tags.some((tag) => familiar(tag) === wanted)) return true;
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
