// What a container uses, drawn: CPU, memory, network and disk, from the last minute on and up to ten minutes while one looks.
// The figures stand beside the lines as plain text: now, or where the mouse points.
import { ChartLine as ChartIcon } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { ContainerModel } from '../../../../runtime/contract/model.ts';
import { EmptyState } from '../../components/EmptyState.tsx';
import { LineChart } from '../../components/LineChart.tsx';
import { inert } from '../../format/inert.ts';
import { formatClock, formatPercent, formatSize } from '../../format/number.ts';
import type { StatsPoint } from '../../state/stats-history.ts';
import { useContainerStats, useStats } from '../../state/stats-store.ts';
import { en } from '../../strings/en.ts';
import { isAlive } from './container-status.ts';
import { usageSeries, withPoint } from './usage-series.ts';

const words = en.stats;
const perSecond = (bytes: number): string => words.perSecond(formatSize(bytes));

export function ContainerStats({ container }: { readonly container: ContainerModel }) {
  const alive = isAlive(container);
  const now = useContainerStats(container.id, alive);
  const points = useRecord(container.id);
  const series = useMemo(() => usageSeries(points), [points]);
  const [index, setIndex] = useState<number | null>(null);
  if (points.length === 0) {
    return (
      <EmptyState
        icon={<ChartIcon aria-hidden />}
        title={alive ? words.waiting : words.stopped}
        text={alive ? words.waitingText : words.stoppedText}
      />
    );
  }
  const shown = index === null || index >= series.times.length ? series.times.length - 1 : index;
  const pointed = index !== null && shown === index;
  const at = (values: readonly (number | null)[], format: (value: number) => string): string => {
    const value = values[shown] ?? null;
    return value === null ? en.common.none : format(value);
  };
  const common = { times: series.times, spanSeconds: 60, onPoint: setIndex };
  const time = series.times[shown] ?? 0;
  return (
    <div
      className="min-h-0 flex-1 overflow-auto px-[18px] py-3"
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by key
      tabIndex={0}
      role="region"
      aria-label={words.label(inert(container.name))}
    >
      <p className="mb-2 flex flex-wrap gap-x-4 text-sm text-ink-3 tabular-nums">
        <span>{pointed ? words.at(formatClock(time * 1000)) : alive ? words.now : words.last}</span>
        {now !== undefined && <span>{words.processes(now.pids)}</span>}
      </p>
      <div className="grid grid-cols-[repeat(auto-fit,minmax(300px,1fr))] gap-x-7 gap-y-4">
        <Chart
          title={words.cpu}
          figures={[{ color: '--accent', name: words.cpuNote, value: at(series.cpuPercent, formatPercent) }]}
        >
          <LineChart
            {...common}
            lines={[{ color: '--accent', values: series.cpuPercent }]}
            least={10}
            format={(value) => words.axisPercent(value)}
          />
        </Chart>
        <Chart
          title={words.memory}
          figures={[
            {
              color: '--accent',
              name: words.memoryOf(formatSize(points.at(-1)?.memoryLimitBytes ?? 0)),
              value: at(series.memoryBytes, formatSize),
            },
          ]}
        >
          <LineChart
            {...common}
            lines={[{ color: '--accent', values: series.memoryBytes }]}
            least={1_000_000}
            format={formatSize}
          />
        </Chart>
        <Chart
          title={words.network}
          figures={[
            { color: '--accent', name: words.received, value: at(series.received, perSecond) },
            { color: '--warn', dashed: true, name: words.sent, value: at(series.sent, perSecond) },
          ]}
        >
          <LineChart
            {...common}
            lines={[
              { color: '--accent', values: series.received },
              { color: '--warn', dashed: true, values: series.sent },
            ]}
            least={1000}
            format={formatSize}
          />
        </Chart>
        <Chart
          title={words.disk}
          figures={[
            { color: '--accent', name: words.read, value: at(series.read, perSecond) },
            { color: '--warn', dashed: true, name: words.written, value: at(series.written, perSecond) },
          ]}
        >
          <LineChart
            {...common}
            lines={[
              { color: '--accent', values: series.read },
              { color: '--warn', dashed: true, values: series.written },
            ]}
            least={1000}
            format={formatSize}
          />
        </Chart>
      </div>
    </div>
  );
}

/** The samples of this container from the minute before one came here on. */
function useRecord(id: string): readonly StatsPoint[] {
  const [points, setPoints] = useState<readonly StatsPoint[]>(
    () => useStats.getState().history.get(id) ?? [],
  );
  useEffect(
    () =>
      useStats.subscribe(({ latest }) => {
        const point = latest.get(id);
        if (point !== undefined) setPoints((before) => withPoint(before, point));
      }),
    [id],
  );
  return points;
}

interface Figure {
  readonly color: string;
  readonly dashed?: boolean;
  readonly name: string;
  readonly value: string;
}

interface ChartProps {
  readonly title: string;
  readonly figures: readonly Figure[];
  readonly children: React.ReactNode;
}

function Chart({ title, figures, children }: ChartProps) {
  return (
    <section className="min-w-0" aria-label={title}>
      <div className="mb-1 flex items-baseline gap-4">
        <h3 className="flex-1 font-[600]">{title}</h3>
        {figures.map((figure) => (
          <span key={figure.name} className="flex items-baseline gap-[6px] text-sm whitespace-nowrap">
            <svg aria-hidden width="14" height="8" className="flex-none">
              <line
                x1="0"
                y1="4"
                x2="14"
                y2="4"
                stroke={`var(${figure.color})`}
                strokeWidth="2"
                {...(figure.dashed === true ? { strokeDasharray: '4 3' } : {})}
              />
            </svg>
            <span className="text-ink-3">{figure.name}</span>
            <span className="min-w-[64px] text-right font-[600] tabular-nums">{figure.value}</span>
          </span>
        ))}
      </div>
      {children}
    </section>
  );
}
