// A tooltip for an element: its name, and the key that does the same. The element is only marked; one TipLayer, at the frame,
// shows the tooltips of them all. (A tooltip that each row of a long list mounts for itself costs more than the rest of the row.)
import { cloneElement, type ReactElement } from 'react';

export type TipSide = 'top' | 'right' | 'bottom' | 'left';

interface TipProps {
  readonly text: string;
  readonly side?: TipSide;
  /** An element of the document, or a component that hands `data-` attributes on to one. */
  readonly children: ReactElement<TipMarks>;
}

interface TipMarks {
  readonly 'data-tip'?: string;
  readonly 'data-tip-side'?: TipSide;
}

export function Tip({ text, side, children }: TipProps) {
  return cloneElement(children, {
    'data-tip': text,
    ...(side === undefined ? {} : { 'data-tip-side': side }),
  });
}
