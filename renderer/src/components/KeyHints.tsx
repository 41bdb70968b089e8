// The keys of a list, printed where they work.
import { en } from '../strings/en.ts';

export interface KeyHint {
  readonly keys: readonly string[];
  readonly text: string;
}

export function KeyHints({ hints }: { readonly hints: readonly KeyHint[] }) {
  return (
    <ul
      className="key-hints flex flex-none flex-wrap gap-x-4 gap-y-1 overflow-hidden border-t border-line px-[18px] py-[5px] text-sm text-ink-3"
      aria-label={en.hints.label}
    >
      {hints.map((hint) => (
        <li key={hint.text} className="flex items-center gap-1 whitespace-nowrap">
          {hint.keys.map((key) => (
            <kbd key={key} className="kbd">
              {key}
            </kbd>
          ))}
          <span className="ml-0.5">{hint.text}</span>
        </li>
      ))}
    </ul>
  );
}
