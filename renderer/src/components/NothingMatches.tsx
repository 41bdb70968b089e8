// A list whose filter hides all that there is: says how much, and offers to clear it.
import { SearchX } from 'lucide-react';
import { en } from '../strings/en.ts';
import { EmptyState } from './EmptyState.tsx';

interface NothingMatchesProps {
  /** How much of what is hidden. */
  readonly text: string;
  readonly onClear: () => void;
}

export function NothingMatches({ text, onClear }: NothingMatchesProps) {
  return (
    <EmptyState
      icon={<SearchX aria-hidden />}
      title={en.filter.nothing}
      text={text}
      action={
        <button type="button" className="btn" onClick={onClear}>
          {en.filter.clear}
        </button>
      }
    />
  );
}
