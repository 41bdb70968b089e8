// How long something takes or took; it counts on while it runs.
import { useAge } from '../../format/clock.ts';
import { en } from '../../strings/en.ts';
import { tookMs } from './build-text.ts';

interface DurationProps {
  readonly of: { readonly startedMs: number | null; readonly finishedMs: number | null };
}

export function Duration({ of }: DurationProps) {
  if (of.startedMs === null) return null;
  return of.finishedMs === null ? (
    <Counting sinceMs={of.startedMs} />
  ) : (
    <>{en.builds.duration(tookMs(of, 0) ?? 0)}</>
  );
}

function Counting({ sinceMs }: { readonly sinceMs: number }) {
  return <>{useAge(sinceMs)}</>;
}
