// A failure where it happened: what was tried, the engine's own sentence, and what to do.
import { CircleAlert } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { inert } from '../format/inert.ts';

interface FailureNoticeProps {
  readonly title: string;
  readonly failure: { readonly message: string; readonly hint: string };
}

export function FailureNotice({ title, failure }: FailureNoticeProps) {
  const notice = useRef<HTMLDivElement>(null);
  useEffect(() => {
    notice.current?.scrollIntoView({ block: 'nearest' });
  }, [failure.message]);
  return (
    <div ref={notice} className="notice notice-bad mt-3" role="alert">
      <CircleAlert aria-hidden />
      <div className="min-w-0 break-words">
        <div className="font-[600]">{title}</div>
        <div>{inert(failure.message)}</div>
        {failure.hint !== '' && <div className="mt-1 text-ink-2">{inert(failure.hint)}</div>}
      </div>
    </div>
  );
}
