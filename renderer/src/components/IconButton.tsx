// A button of one icon, with its name for the ear and, as a tooltip, for the eye.
import type { ReactNode } from 'react';
import { Tip, type TipSide } from './Tip.tsx';

interface IconButtonProps {
  readonly label: string;
  /** What the tooltip says, when that is not the name: a key that does the same, or less. */
  readonly tip?: string;
  readonly side?: TipSide;
  readonly icon: ReactNode;
  /** `small` stands beside small text, `framed` among buttons with a frame. */
  readonly look?: 'small' | 'framed';
  readonly disabled?: boolean;
  /** Whether what it opens is open. */
  readonly expanded?: boolean;
  readonly onClick: () => void;
}

const looks = { plain: 'btn-ghost', small: 'btn-ghost h-6 w-6', framed: 'h-[30px] w-[30px]' };

export function IconButton({ label, tip, side, icon, look, disabled, expanded, onClick }: IconButtonProps) {
  return (
    <Tip text={tip ?? label} {...(side === undefined ? {} : { side })}>
      <button
        type="button"
        className={`btn btn-icon ${looks[look ?? 'plain']}`}
        aria-label={label}
        aria-expanded={expanded}
        disabled={disabled}
        onClick={onClick}
      >
        {icon}
      </button>
    </Tip>
  );
}
