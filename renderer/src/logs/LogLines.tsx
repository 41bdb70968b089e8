// Lines that are not wrapped: every one is 19 px high, so the window over a million of them is a division. When old lines
// are dropped from the store the view moves along, so what one reads stays where it is.
import { useEffect, useLayoutEffect, useRef, useState, type UIEvent } from 'react';
import { LogLine } from './LogLine.tsx';
import type { LogStore } from './log-store.ts';

/** What both kinds of line view take. */
export interface LogLinesProps {
  readonly store: LogStore;
  /** Numbers of the oldest line and one past the newest. */
  readonly first: number;
  readonly end: number;
  readonly time: boolean;
  readonly follow: boolean;
  readonly label: string;
  readonly onFollow: (follow: boolean) => void;
}

const linePx = 19;
const padPx = 6;
const overscan = 10;

export function LogLines({ store, first, end, time, follow, label, onFollow }: LogLinesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [heightPx, setHeightPx] = useState(600);
  const [topPx, setTopPx] = useState(0);
  const shownFirst = useRef(first);
  const count = end - first;

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
  }, [first, end, follow, heightPx, time]);

  useFocusKeys(scroller, onFollow);

  const onScroll = (event: UIEvent<HTMLDivElement>): void => {
    const element = event.currentTarget;
    setTopPx(element.scrollTop);
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < linePx;
    // Away from the end while following can only be the person's doing: the end moves by layout, not by scroll events.
    if (follow && !atEnd && element.scrollTop < topPx) onFollow(false);
    else if (!follow && atEnd && element.scrollTop > topPx) onFollow(true);
  };

  // Following, the view is at the end by definition: the scroll event that says so comes a frame too late for a fast log.
  const endPx = count * linePx + 2 * padPx;
  const shownPx = follow ? Math.max(0, endPx - heightPx) : topPx;
  const from = Math.max(0, Math.floor((shownPx - padPx) / linePx) - overscan);
  const to = Math.min(count, Math.ceil((shownPx + heightPx) / linePx) + overscan);
  const numbers: number[] = [];
  for (let index = Math.min(from, Math.max(0, count - 1)); index < to; index++) numbers.push(first + index);

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
        <div style={{ paddingTop: padPx + (numbers[0] === undefined ? 0 : (numbers[0] - first) * linePx) }}>
          {numbers.map((number) => (
            <LogLine key={number} line={store.line(number)} time={time} />
          ))}
        </div>
      </div>
    </div>
  );
}

/** `End` follows the log; the other scroll keys are the browser's own. */
export function useFocusKeys(
  scroller: React.RefObject<HTMLDivElement | null>,
  onFollow: (follow: boolean) => void,
): void {
  const latest = useRef(onFollow);
  useEffect(() => {
    latest.current = onFollow;
  });
  useEffect(() => {
    const element = scroller.current;
    const listen = (event: KeyboardEvent): void => {
      if (event.key === 'End') latest.current(true);
      else if (event.key === 'Home') latest.current(false);
    };
    element?.addEventListener('keydown', listen);
    return () => element?.removeEventListener('keydown', listen);
  }, [scroller]);
}
