// A small switch in a bar: on or off, said by aria-pressed and by its looks.
import type { ReactNode } from 'react';
import { Tip } from './Tip.tsx';

interface ChipProps {
  readonly text: string;
  readonly tip?: string;
  /** Something before the text: a mark with a shape of its own. */
  readonly mark?: ReactNode;
  readonly on: boolean;
  readonly onToggle: (on: boolean) => void;
}

export function Chip({ text, tip, mark, on, onToggle }: ChipProps) {
  const chip = (
    <button type="button" className="chip" aria-pressed={on} onClick={() => onToggle(!on)}>
      {mark}
      {text}
    </button>
  );
  return tip === undefined ? chip : <Tip text={tip}>{chip}</Tip>;
}
