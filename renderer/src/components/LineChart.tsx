// Lines over time, drawn by uPlot on a canvas that only the eye sees; whoever uses it writes the figures beside it. Colours
// are the theme's, taken anew when it changes.
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useTheme } from '../state/theme-store.ts';

export interface ChartLine {
  /** A token of the style sheet: `--accent`. */
  readonly color: string;
  readonly dashed?: boolean;
  readonly values: readonly (number | null)[];
}

interface LineChartProps {
  /** Seconds since the epoch. */
  readonly times: readonly number[];
  readonly lines: readonly ChartLine[];
  /** The least that the height stands for. */
  readonly least: number;
  /** The least that the width stands for, in seconds. */
  readonly spanSeconds: number;
  readonly format: (value: number) => string;
  /** The place that the mouse is at, or null when it left. */
  readonly onPoint: (index: number | null) => void;
}

const heightPx = 120;

export function LineChart(props: LineChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot>(undefined);
  const theme = useTheme((state) => state.shown);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
    chart.current?.setData(dataOf(props));
  });

  const count = props.lines.length;
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const made = new uPlot(optionsOf(element, latest), dataOf(latest.current), element);
    chart.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: heightPx }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      chart.current = undefined;
    };
  }, [theme, count]);
  return <div ref={host} aria-hidden className="line-chart" />;
}

function dataOf({ times, lines }: LineChartProps): uPlot.AlignedData {
  return [[...times], ...lines.map((line) => [...line.values])];
}

function optionsOf(element: HTMLElement, latest: { readonly current: LineChartProps }): uPlot.Options {
  const style = getComputedStyle(element);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  const font = `11px ${token('--font-ui')}`;
  const grid = { stroke: token('--line'), width: 1 };
  const axis = { stroke: token('--ink-3'), font, grid, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: heightPx,
    legend: { show: false },
    padding: [8, 26, 0, 0],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: {
        range: (_chart, min, max) => [Math.min(min, max - latest.current.spanSeconds), max],
      },
      y: { range: (_chart, _min, max) => [0, Math.max(latest.current.least, max * 1.1)] },
    },
    axes: [
      {
        ...axis,
        size: 24,
        space: 70,
        values: [
          [3600, '{HH}:{mm}', null, null, null, null, null, null, 0],
          [60, '{HH}:{mm}', null, null, null, null, null, null, 0],
          [1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 0],
        ],
      },
      {
        ...axis,
        size: 62,
        space: 34,
        gap: 6,
        values: (_chart, splits) => splits.map((value) => latest.current.format(value)),
      },
    ],
    series: [
      {},
      ...latest.current.lines.map((line) => ({
        stroke: token(line.color),
        width: 1.5,
        points: { show: false },
        spanGaps: false,
        ...(line.dashed === true ? { dash: [4, 3] } : { fill: `${token(line.color)}1f` }),
      })),
    ],
    hooks: { setCursor: [(made) => latest.current.onPoint(made.cursor.idx ?? null)] },
  };
}
