// What a running container uses, live in its row: CPU as a line of the last minute and a number, and memory.
import { useMemo } from 'react';
import { formatPercent, formatSize } from '../../format/number.ts';
import { useContainerHistory, useContainerStats } from '../../state/stats-store.ts';
import { en } from '../../strings/en.ts';
import { sparklinePath } from './sparkline.ts';

const size = { widthPx: 38, heightPx: 16, spanMs: 60_000, least: 10 };

/** Before the first figure, and where the engine gives none. */
function Unknown() {
  return <span className="text-ink-3">{en.common.none}</span>;
}

export function CpuUse({ id }: { readonly id: string }) {
  const history = useContainerHistory(id);
  const path = useMemo(
    () =>
      sparklinePath(
        history.map(({ timeMs, cpuPercent }) => ({ timeMs, value: cpuPercent })),
        size,
      ),
    [history],
  );
  const percent = history.at(-1)?.cpuPercent ?? null;
  if (percent === null) return <Unknown />;
  return (
    <span className="cpu-use">
      <svg aria-hidden width={size.widthPx} height={size.heightPx} className="sparkline">
        <path d={path} />
      </svg>
      <span className="cpu-number">{formatPercent(percent)}</span>
    </span>
  );
}

export function MemoryUse({ id }: { readonly id: string }) {
  const now = useContainerStats(id);
  if (now === undefined) return <Unknown />;
  return (
    <span title={en.containers.memoryOf(formatSize(now.memoryBytes), formatSize(now.memoryLimitBytes))}>
      {formatSize(now.memoryBytes)}
    </span>
  );
}
