// The text filter of a list. `/` anywhere on the page goes to it; Escape clears it, then leaves it.
import { Search, X } from 'lucide-react';
import { useRef } from 'react';
import { usePageKey } from './page-key.ts';
import { en } from '../strings/en.ts';

interface FilterFieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function FilterField({ value, onChange }: FilterFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  usePageKey('/', () => input.current?.focus());
  return (
    <div className="filter">
      <Search aria-hidden />
      <input
        ref={input}
        type="text"
        aria-label={en.filter.label}
        aria-keyshortcuts="/"
        placeholder={en.filter.placeholder}
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          if (value === '') event.currentTarget.blur();
          else onChange('');
        }}
      />
      {value === '' ? (
        <kbd className="kbd">/</kbd>
      ) : (
        <button
          type="button"
          className="btn btn-ghost btn-icon h-5 w-5"
          aria-label={en.filter.clear}
          onClick={() => onChange('')}
        >
          <X aria-hidden />
        </button>
      )}
    </div>
  );
}
