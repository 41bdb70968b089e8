// The rail at the left: the pages, each with how many things are on it.
import { Box, Layers } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { formatCount } from '../format/number.ts';
import { containerPath, imagesPath, type Route } from '../route.ts';
import { useModel } from '../state/model-store.ts';
import { en } from '../strings/en.ts';

export function Rail({ page }: { readonly page: Route['page'] }) {
  const containers = useModel((state) => state.containers.size);
  const images = useModel((state) => state.images.size);
  const known = useModel((state) => state.updatedMs !== undefined);
  return (
    <nav
      aria-label={en.rail.label}
      className="flex flex-col gap-[2px] overflow-auto border-r border-line bg-surface px-[10px] py-3"
    >
      <Entry
        href={containerPath(undefined)}
        on={page === 'containers'}
        icon={<Box aria-hidden />}
        text={en.rail.containers}
        count={known ? containers : undefined}
      />
      <Entry
        href={imagesPath}
        on={page === 'images'}
        icon={<Layers aria-hidden />}
        text={en.rail.images}
        count={known ? images : undefined}
      />
    </nav>
  );
}

interface EntryProps {
  readonly href: string;
  readonly on: boolean;
  readonly icon: ReactNode;
  readonly text: string;
  readonly count: number | undefined;
}

function Entry({ href, on, icon, text, count }: EntryProps) {
  return (
    <Link
      href={href}
      aria-current={on ? 'page' : undefined}
      className={`flex h-8 items-center gap-[10px] rounded-sm px-[10px] no-underline [&>svg]:h-4 [&>svg]:w-4 ${
        on ? 'bg-accent-soft font-[550] text-accent' : 'text-ink-2 hover:bg-hover'
      }`}
    >
      {icon}
      <span className="rail-text">{text}</span>
      {count !== undefined && (
        <span
          className={`rail-text ml-auto text-sm font-[500] tabular-nums ${on ? 'text-accent' : 'text-ink-3'}`}
        >
          {formatCount(count)}
        </span>
      )}
    </Link>
  );
}
