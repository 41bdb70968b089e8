// The head of a page: its title, a count, and the one primary button.
import type { ReactNode } from 'react';

interface PageHeadProps {
  readonly title: string;
  readonly summary: string;
  readonly children?: ReactNode;
}

export function PageHead({ title, summary, children }: PageHeadProps) {
  return (
    <div className="flex flex-none items-center gap-3 px-[18px] pt-[14px] pb-[10px]">
      <h1 className="text-xl font-[620] tracking-[-0.015em]">{title}</h1>
      <span className="min-w-0 truncate text-ink-3 tabular-nums">{summary}</span>
      <span className="flex-1" />
      {children}
    </div>
  );
}
