// What hangs from an element without being mounted around it.
import type { CSSProperties } from 'react';

/** The style of an unseen element that lies where this one is now: for what is placed by its anchor. */
export function coverOf(element: Element): CSSProperties {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { position: 'fixed', left, top, width, height, pointerEvents: 'none' };
}
