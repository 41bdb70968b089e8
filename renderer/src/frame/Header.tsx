// The header: the brand and the theme.
import { Monitor, Moon, Sun } from 'lucide-react';
import { Segmented } from '../components/Segmented.tsx';
import { chooseTheme, useTheme } from '../state/theme-store.ts';
import { en } from '../strings/en.ts';

export function Header() {
  const choice = useTheme((state) => state.choice);
  return (
    <header className="col-span-full flex items-center gap-3 border-b border-line bg-surface px-[14px]">
      <div className="flex items-center gap-[9px] text-lg font-[650] tracking-[-0.01em]">
        <svg width="22" height="22" viewBox="0 0 24 24" aria-hidden>
          <rect x="2" y="3" width="9" height="7" rx="1.5" fill="var(--accent)" />
          <rect x="13" y="3" width="9" height="7" rx="1.5" fill="var(--accent)" opacity=".45" />
          <path d="M2 14h20l-3 6.5H5z" fill="var(--ink)" />
        </svg>
        {en.product}
      </div>
      <span className="flex-1" />
      <Segmented
        label={en.theme.label}
        value={choice}
        onChoose={chooseTheme}
        options={[
          { value: 'light', text: en.theme.light, icon: <Sun aria-hidden className="h-[15px] w-[15px]" /> },
          { value: 'dark', text: en.theme.dark, icon: <Moon aria-hidden className="h-[15px] w-[15px]" /> },
          {
            value: 'system',
            text: en.theme.system,
            icon: <Monitor aria-hidden className="h-[15px] w-[15px]" />,
          },
        ]}
      />
    </header>
  );
}
