// A button in the head of a page, and the key that does the same on this page.
import type { ReactNode } from 'react';
import { usePageKey } from './page-key.ts';

interface PageButtonProps {
  readonly letter: string;
  readonly icon: ReactNode;
  readonly text: string;
  /** What one most likely came for. */
  readonly primary?: boolean;
  readonly onClick: () => void;
}

export function PageButton({ letter, icon, text, primary, onClick }: PageButtonProps) {
  usePageKey(letter, onClick);
  return (
    <button
      type="button"
      className={primary === true ? 'btn btn-primary' : 'btn'}
      aria-keyshortcuts={letter}
      onClick={onClick}
    >
      {icon}
      {text}
      <kbd className={primary === true ? 'kbd kbd-on' : 'kbd'} aria-hidden>
        {letter}
      </kbd>
    </button>
  );
}
