// Where the window was, and whether it can be there again: a display may have gone since.
import { z } from 'zod';

/** Pixels that do not depend on the display's scale. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const pixels = z.number().int().min(-100_000).max(100_000);

/** What is remembered of the window. The bounds are those it has when it is not maximized. */
export const savedWindow = z.object({
  bounds: z.object({
    x: pixels,
    y: pixels,
    width: pixels.min(1),
    height: pixels.min(1),
  }),
  maximized: z.boolean(),
});
export type SavedWindow = z.infer<typeof savedWindow>;

export const defaultSize = { width: 1280, height: 820 } as const;
export const minimumSize = { width: 900, height: 600 } as const;

/** Of the window's upper edge, by which it is moved, so much must be in reach. */
const grip = { width: 160, height: 40 } as const;

/**
 * The bounds to open with: the saved ones where a display shows enough of them to take hold of, else a size that fits
 * and no place. `workAreas` are those of the displays there are now.
 */
export function fitBounds(
  saved: Rectangle | undefined,
  workAreas: readonly Rectangle[],
): Rectangle | { readonly width: number; readonly height: number } {
  const home = saved === undefined ? undefined : workAreas.find((area) => canBeGrasped(saved, area));
  const area = home ?? workAreas[0];
  const wanted = saved ?? defaultSize;
  const width = clamp(wanted.width, minimumSize.width, area?.width);
  const height = clamp(wanted.height, minimumSize.height, area?.height);
  return saved === undefined || home === undefined
    ? { width, height }
    : { x: saved.x, y: saved.y, width, height };
}

function canBeGrasped(window: Rectangle, area: Rectangle): boolean {
  const shownWidth = Math.min(window.x + window.width, area.x + area.width) - Math.max(window.x, area.x);
  // The upper edge itself must not be above the display: there nobody reaches it.
  return shownWidth >= grip.width && window.y >= area.y && window.y + grip.height <= area.y + area.height;
}

function clamp(value: number, least: number, most: number | undefined): number {
  return Math.max(Math.min(value, most ?? value), least);
}
