// Which images the list shows, and in which order. Pure.
import type { ImageModel } from '../../../../runtime/contract/model.ts';
import { byText, filterWords, fitsUse, hasWords, type WhichUse } from '../../components/text-filter.ts';
import { imageName } from './image-reference.ts';

export type ImageColumn = 'reference' | 'id' | 'use' | 'created' | 'shared' | 'size' | 'actions';

function compare(column: ImageColumn, a: ImageModel, b: ImageModel): number {
  switch (column) {
    case 'id':
      return byText.compare(a.id, b.id);
    case 'use':
      return a.containers - b.containers;
    case 'created':
      return b.createdMs - a.createdMs;
    case 'shared':
      return (a.sharedBytes ?? -1) - (b.sharedBytes ?? -1);
    case 'size':
      return a.sizeBytes - b.sizeBytes;
    case 'reference':
    case 'actions':
      // Untagged ones after those with a name.
      return (
        Number(a.tags.length === 0) - Number(b.tags.length === 0) ||
        byText.compare(imageName(a), imageName(b))
      );
  }
}

/** The ids to show, in order. */
export function listImages(
  images: ReadonlyMap<string, ImageModel>,
  text: string,
  which: WhichUse,
  column: ImageColumn,
  ascending: boolean,
): string[] {
  const words = filterWords(text);
  const shown = [...images.values()].filter(
    (image) => fitsUse(image, which) && hasWords(`${image.tags.join(' ')} ${image.id}`, words),
  );
  const sign = ascending ? 1 : -1;
  shown.sort((a, b) => sign * compare(column, a, b) || byText.compare(imageName(a), imageName(b)));
  return shown.map((image) => image.id);
}
