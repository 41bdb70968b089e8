// The header: the brand, the search that opens the palette, and at the right the theme, the messages and the tasks.
import { Moon, Search, Sun } from 'lucide-react';
import { IconButton } from '../components/IconButton.tsx';
import { chordText, useChord, useShiftChord } from '../components/page-key.ts';
import { openPanel } from '../state/panel-store.ts';
import { chooseTheme, useTheme } from '../state/theme-store.ts';
import { en } from '../strings/en.ts';
import { MessagePanel } from './MessagePanel.tsx';
import { TaskPanel } from './TaskPanel.tsx';

export function Header() {
  return (
    <header className="app-header">
      <div className="flex items-center gap-[9px] text-lg font-[650] tracking-[-0.01em]">
        <svg width="22" height="22" viewBox="0 0 24 24" aria-hidden className="flex-none">
          <rect x="2" y="3" width="9" height="7" rx="1.5" fill="var(--accent)" />
          <rect x="13" y="3" width="9" height="7" rx="1.5" fill="var(--accent)" opacity=".45" />
          <path d="M2 14h20l-3 6.5H5z" fill="var(--ink)" />
        </svg>
        <span className="header-text">{en.product}</span>
      </div>
      <SearchButton />
      <div className="flex items-center justify-end gap-1">
        <ThemeButton />
        <MessagePanel />
        <TaskPanel />
      </div>
    </header>
  );
}

function SearchButton() {
  const open = (): void => openPanel('palette');
  useChord('k', open);
  useShiftChord('p', open);
  return (
    <button
      type="button"
      className="search-button"
      aria-label={en.palette.title}
      aria-haspopup="dialog"
      aria-keyshortcuts="Control+K Meta+K Control+Shift+P"
      onClick={open}
    >
      <Search aria-hidden />
      <span className="min-w-0 flex-1 truncate text-left">{en.palette.button}</span>
      <kbd className="kbd" aria-hidden>
        {chordText('K')}
      </kbd>
    </button>
  );
}

function ThemeButton() {
  const shown = useTheme((state) => state.shown);
  const other = shown === 'dark' ? 'light' : 'dark';
  const label = en.theme.switchTo[other];
  return (
    <IconButton
      label={label}
      side="bottom"
      icon={shown === 'dark' ? <Sun aria-hidden /> : <Moon aria-hidden />}
      onClick={() => chooseTheme(other)}
    />
  );
}
