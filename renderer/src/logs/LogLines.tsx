// Lines that are not wrapped: every row is 19 px high, and a line folded open is so many rows more, so the window over a
// million of them is a division. When old lines are dropped from the store the view moves along, so what one reads stays
// where it is.
import { useEffect, useLayoutEffect, useRef, useState, type UIEvent } from 'react';
import { RowSlots } from '../components/row-slots.ts';
import { useFollowInput } from './follow-input.ts';
import { LogLine, shownBytes } from './LogLine.tsx';
import type { LineSource } from './line-source.ts';
import type { TimeDisplay } from './log-view-store.ts';

/** What both kinds of line view take. */
export interface LogLinesProps {
  readonly source: LineSource;
  /** The whole text of a line. */
  readonly whole: (position: number) => string;
  readonly time: TimeDisplay;
  /** The logs' names when there are several. */
  readonly names: readonly string[];
  readonly follow: boolean;
  readonly label: string;
  /** What to highlight in the line at a position. */
  readonly highlight: (position: number) => RegExp | undefined;
  /** Where to go; a new object goes again. */
  readonly target: { readonly position: number } | undefined;
  /** Lines folded open, with how many rows each takes more. */
  readonly opened: ReadonlyMap<number, number>;
  readonly onOpen: (position: number, rows: number) => void;
  readonly onFollow: (follow: boolean) => void;
}

const linePx = 19;
const padPx = 6;
/** So many lines above and below those in view are drawn too, for whoever scrolls slowly. */
const overscan = 10;
/** So long after the last leap the view counts as calm again. */
const calmMs = 200;

export function LogLines(props: LogLinesProps) {
  const { source, whole, time, names, follow, label, highlight, target, opened, onOpen, onFollow } = props;
  const { first, end } = source;
  const scroller = useRef<HTMLDivElement>(null);
  const [heightPx, setHeightPx] = useState(600);
  const [topPx, setTopPx] = useState(0);
  const shownFirst = useRef(first);
  const lastTopPx = useRef(0);
  const intentRef = useFollowInput(scroller, follow, onFollow);
  const rows = new OpenedRows(first, end, opened);
  const [slots] = useState(() => new RowSlots<number>());

  // What is selected stays with its lines, and goes with them.
  useEffect(() => {
    const listen = (): void => {
      const selection = document.getSelection();
      slots.frozen = selection !== null && !selection.isCollapsed;
    };
    document.addEventListener('selectionchange', listen);
    return () => document.removeEventListener('selectionchange', listen);
  }, [slots]);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setHeightPx(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const element = scroller.current;
    const dropped = first - shownFirst.current;
    shownFirst.current = first;
    if (element === null) return;
    if (follow) element.scrollTop = element.scrollHeight;
    else if (dropped > 0) element.scrollTop = Math.max(0, element.scrollTop - dropped * linePx);
  }, [first, end, rows.total, follow, heightPx, time]);

  const targetPx = target === undefined ? 0 : padPx + rows.above(target.position) * linePx;
  const shownTarget = useRef<LogLinesProps['target']>(undefined);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || target === undefined || shownTarget.current === target) return;
    shownTarget.current = target;
    intentRef.current = 'none';
    const seen =
      targetPx >= element.scrollTop && targetPx + linePx <= element.scrollTop + element.clientHeight;
    if (!seen) element.scrollTop = Math.max(0, targetPx - element.clientHeight / 2);
  }, [target, targetPx, intentRef]);

  // Who stops following goes on from where the view is.
  useLayoutEffect(() => {
    if (!follow && scroller.current !== null) setTopPx(scroller.current.scrollTop);
  }, [follow]);

  const onScroll = (event: UIEvent<HTMLDivElement>): void => {
    const element = event.currentTarget;
    const up = element.scrollTop < lastTopPx.current;
    lastTopPx.current = element.scrollTop;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < linePx;
    const by = intentRef.current;
    if (follow && !atEnd) {
      if (up && (by === 'up' || by === 'free')) onFollow(false);
      else element.scrollTop = element.scrollHeight;
    } else if (!follow) {
      setTopPx(element.scrollTop);
      if (atEnd && !up && (by === 'down' || by === 'free')) onFollow(true);
    }
  };

  // Following, the view is at the end by definition: the scroll event that says so comes a frame too late for a fast log,
  // and draws nothing.
  const endPx = rows.total * linePx + 2 * padPx;
  const shownPx = follow ? Math.max(0, endPx - heightPx) : topPx;
  const more = useLeaps(shownPx + first * linePx, heightPx) ? 0 : overscan;
  const from = Math.max(first, rows.at(Math.floor((shownPx - padPx) / linePx)) - more);
  const to = Math.min(end, rows.at(Math.ceil((shownPx + heightPx) / linePx)) + more);
  const positions: number[] = [];
  for (let position = Math.min(from, Math.max(first, end - 1)); position < to; position++)
    positions.push(position);

  return (
    <div
      ref={scroller}
      className="log"
      role="log"
      aria-live="off"
      aria-label={label}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by key
      tabIndex={0}
      onScroll={onScroll}
    >
      <div className="relative w-max min-w-full" style={{ height: endPx }}>
        <div style={{ paddingTop: padPx + rows.above(positions[0] ?? first) * linePx }}>
          {slots.assign(positions).map(({ key, id: position }) => (
            <LogLine
              key={key}
              position={position}
              line={source.line(position, shownBytes)}
              whole={whole}
              time={time}
              names={names}
              expression={highlight(position)}
              current={target?.position === position}
              opened={opened.has(position)}
              onOpen={onOpen}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

/** Whether the view leaps: each time nothing is left in view of what was. Then what lies around it is not worth drawing. */
function useLeaps(placePx: number, heightPx: number): boolean {
  const [leaps, setLeaps] = useState(false);
  const lastPlacePx = useRef(placePx);
  const calm = useRef<ReturnType<typeof setTimeout>>(undefined);
  useLayoutEffect(() => {
    const leaptPx = Math.abs(placePx - lastPlacePx.current);
    lastPlacePx.current = placePx;
    if (leaptPx < heightPx) return;
    clearTimeout(calm.current);
    calm.current = setTimeout(() => setLeaps(false), calmMs);
    setLeaps(true);
  }, [placePx, heightPx]);
  useEffect(() => () => clearTimeout(calm.current), []);
  return leaps;
}

/** Rows of lines of which a few are folded open. */
class OpenedRows {
  readonly #first: number;
  readonly #end: number;
  readonly #opened: readonly (readonly [position: number, rows: number])[];

  constructor(first: number, end: number, opened: ReadonlyMap<number, number>) {
    this.#first = first;
    this.#end = end;
    this.#opened = [...opened]
      .filter(([position]) => position >= first && position < end)
      .sort(([one], [other]) => one - other);
  }

  get total(): number {
    return this.above(this.#end);
  }

  /** How many rows lie above a line. */
  above(position: number): number {
    let rows = position - this.#first;
    for (const [opened, more] of this.#opened) if (opened < position) rows += more;
    return rows;
  }

  /** The line to which a row belongs. */
  at(row: number): number {
    let left = row;
    for (const [opened, more] of this.#opened) {
      const head = opened - this.#first + (row - left);
      if (row <= head) break;
      left -= Math.min(more, row - head);
    }
    return this.#first + left;
  }
}
