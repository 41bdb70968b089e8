// The rail at the left: the pages, each with how many things are on it and the key that goes there; Settings at the bottom.
import { Link, useLocation } from 'wouter';
import { Tip } from '../components/Tip.tsx';
import { useChord, usePageKey } from '../components/page-key.ts';
import { formatCount } from '../format/number.ts';
import { pagePath, type Page } from '../route.ts';
import { useModel } from '../state/model-store.ts';
import { en } from '../strings/en.ts';
import { pages } from './page-list.ts';

type Entry = (typeof pages)[number];

export function Rail({ page }: { readonly page: Page }) {
  return (
    <nav
      aria-label={en.rail.label}
      className="flex flex-col gap-[2px] overflow-auto border-r border-line bg-surface px-[10px] py-3"
    >
      {pages.map((entry) => (
        <RailLink key={entry.page} entry={entry} on={entry.page === page} />
      ))}
    </nav>
  );
}

function RailLink({ entry, on }: { readonly entry: Entry; readonly on: boolean }) {
  const [, navigate] = useLocation();
  const count = useCount(entry.page);
  const href = pagePath(entry.page);
  const last = entry.page === 'settings';
  const Icon = entry.icon;
  usePageKey(entry.key, () => navigate(href));
  useChord(last ? ',' : '', () => navigate(href));
  return (
    <Tip text={`${en.rail[entry.page]} (${entry.key})`} side="right">
      <Link
        href={href}
        aria-current={on ? 'page' : undefined}
        aria-keyshortcuts={last ? `${entry.key} Control+, Meta+,` : entry.key}
        className={`rail-link ${last ? 'mt-auto' : ''}`}
      >
        <Icon aria-hidden />
        <span className="rail-text">{en.rail[entry.page]}</span>
        {count !== undefined && <span className="rail-text rail-count">{formatCount(count)}</span>}
        <kbd className="rail-key" aria-hidden>
          {entry.key}
        </kbd>
      </Link>
    </Tip>
  );
}

function useCount(page: Page): number | undefined {
  return useModel((state) =>
    state.updatedMs === undefined || page === 'builds' || page === 'settings' ? undefined : state[page].size,
  );
}
