// A page with nothing to show, which says why and what to do: an icon, a sentence, a button, and a line for the terminal.
import type { ReactNode } from 'react';
import { en } from '../strings/en.ts';
import { CopyButton } from './CopyButton.tsx';

interface EmptyStateProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text: string;
  readonly detail?: string;
  readonly command?: string;
  readonly action?: ReactNode;
}

export function EmptyState({ icon, title, text, detail, command, action }: EmptyStateProps) {
  return (
    <div className="flex flex-1 flex-col items-center justify-center gap-2 overflow-auto p-6 text-center">
      <div className="mb-1 grid h-12 w-12 flex-none place-items-center rounded-full bg-idle-soft text-ink-3 [&>svg]:h-6 [&>svg]:w-6">
        {icon}
      </div>
      <h2 className="text-lg font-[600]">{title}</h2>
      <p className="max-w-[440px] text-ink-2">{text}</p>
      {detail !== undefined && <p className="max-w-[440px] text-ink-3">{detail}</p>}
      {command !== undefined && (
        <div className="code-line mt-1">
          <span className="overflow-hidden text-ellipsis whitespace-nowrap">{command}</span>
          <CopyButton text={command} label={en.common.copy} />
        </div>
      )}
      {action !== undefined && <div className="mt-3">{action}</div>}
    </div>
  );
}
