// Lines that are wrapped, each as high as it needs. A few dozen of them lie in the page in their natural order; what is
// above and below is blank space of an estimated height. When the estimate was wrong the scroll position is corrected, so
// that the line at the top of the view stays where it is. Costs the same for a thousand lines and for a million.
import { useLayoutEffect, useRef, useState, type UIEvent } from 'react';
import { useFollowInput } from './follow-input.ts';
import { LogLine, shownBytes } from './LogLine.tsx';
import type { LogLinesProps } from './LogLines.tsx';

const linePx = 19;
/** Above the first line and below the last. */
const roomPx = 6;
/** How near the view may come to the end of the lines in the page before others are taken. */
const marginPx = 200;

interface Span {
  readonly from: number;
  readonly to: number;
  /** Height of a line on average, as far as seen. */
  readonly averagePx: number;
}

/** What is held on to when heights change: a line, and where it was. */
interface Anchor {
  readonly number: number;
  /** Distance from the top of all, not of the view: where the person scrolls to meanwhile is no change to be undone. */
  readonly placePx: number;
}

export function WrappedLogLines(props: LogLinesProps) {
  const { source, whole, time, names, follow, label, highlight, target, opened, onOpen, onFollow } = props;
  const { first, end } = source;
  const scroller = useRef<HTMLDivElement>(null);
  const lines = useRef<HTMLDivElement>(null);
  const lastTopPx = useRef(0);
  const anchor = useRef<Anchor>(undefined);
  const [size, setSize] = useState({ widthPx: 0, heightPx: 600 });
  const [kept, setKept] = useState<Span>({ from: first, to: end, averagePx: linePx });

  const intentRef = useFollowInput(scroller, follow, onFollow);

  const count = Math.ceil(size.heightPx / linePx) + 2 * Math.ceil(marginPx / linePx);
  const from = follow ? Math.max(first, end - count) : Math.min(Math.max(kept.from, first), end);
  const to = follow ? end : Math.min(Math.max(kept.to, from), end, from + 3 * count);
  const abovePx = (from - first) * kept.averagePx;
  const belowPx = (end - to) * kept.averagePx;

  // Who stops following begins with the lines that are in the page.
  const [followed, setFollowed] = useState(follow);
  if (follow !== followed) {
    setFollowed(follow);
    if (!follow) setKept({ from: Math.max(first, end - count), to: end, averagePx: kept.averagePx });
  }

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const observer = new ResizeObserver(() =>
      setSize({ widthPx: element.clientWidth, heightPx: element.clientHeight }),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    if (follow) {
      element.scrollTop = element.scrollHeight;
      anchor.current = undefined;
    } else if (anchor.current !== undefined) {
      const { number, placePx } = anchor.current;
      const line = lines.current?.children[number - from];
      if (line === undefined) return;
      const nowPx = placeOf(line, element);
      if (Math.abs(nowPx - placePx) >= 1) {
        element.scrollTop += nowPx - placePx;
        anchor.current = { number, placePx: nowPx };
      }
    }
    lastTopPx.current = element.scrollTop;
  }, [follow, from, to, first, end, abovePx, time, size]);

  // Going to a line: it is held on to, a third from the top, and the effect above brings it there.
  const [shownTarget, setShownTarget] = useState<LogLinesProps['target']>(undefined);
  if (target !== shownTarget) {
    setShownTarget(target);
    if (target !== undefined)
      setKept({
        from: Math.max(first, target.position - count),
        to: Math.min(end, target.position + 2 * count),
        averagePx: kept.averagePx,
      });
  }
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || target === undefined) return;
    intentRef.current = 'none';
    const line = lines.current?.querySelector('[data-current]');
    if (line === undefined || line === null) return;
    const view = element.getBoundingClientRect();
    const box = line.getBoundingClientRect();
    if (box.top < view.top || box.bottom > view.bottom)
      element.scrollTop += box.top - view.top - view.height / 3;
    anchor.current = { number: target.position, placePx: placeOf(line, element) };
  }, [target, intentRef]);

  const onScroll = (event: UIEvent<HTMLDivElement>): void => {
    const element = event.currentTarget;
    const inside = lines.current;
    if (inside === null) return;
    const up = element.scrollTop < lastTopPx.current;
    const down = element.scrollTop > lastTopPx.current;
    lastTopPx.current = element.scrollTop;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < linePx;
    const by = intentRef.current;
    if (follow && atEnd) return;
    if (follow && !(up && (by === 'up' || by === 'free'))) {
      element.scrollTop = element.scrollHeight;
      return;
    }
    if (follow) onFollow(false);
    else if (down && atEnd && to === end && (by === 'down' || by === 'free')) {
      onFollow(true);
      return;
    }
    const view = element.getBoundingClientRect();
    const box = inside.getBoundingClientRect();
    const guess = Math.min(end - 1, first + Math.floor(element.scrollTop / kept.averagePx));
    // Above the first line is a little room: whoever goes to the very top sees it.
    anchor.current = topmost(inside, element, from) ?? {
      number: guess,
      placePx: element.scrollTop + (guess === first ? roomPx : 0),
    };
    const lacksAbove = from > first && box.top > view.top - marginPx;
    const lacksBelow = to < end && box.bottom < view.bottom + marginPx;
    if (!follow && !lacksAbove && !lacksBelow) return;
    const { number } = anchor.current;
    setKept({
      from: Math.max(first, number - count),
      to: Math.min(end, number + 2 * count),
      averagePx: to > from ? box.height / (to - from) : linePx,
    });
  };

  const numbers: number[] = [];
  for (let number = from; number < to; number++) numbers.push(number);
  return (
    <div
      ref={scroller}
      className="log log-wrap"
      role="log"
      aria-live="off"
      aria-label={label}
      // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by key
      tabIndex={0}
      onScroll={onScroll}
    >
      <div style={{ height: abovePx + roomPx }} />
      <div ref={lines}>
        {numbers.map((number) => (
          <LogLine
            key={number}
            position={number}
            line={source.line(number, shownBytes)}
            whole={whole}
            time={time}
            names={names}
            expression={highlight(number)}
            current={target?.position === number}
            opened={opened.has(number)}
            onOpen={onOpen}
          />
        ))}
      </div>
      <div style={{ height: belowPx + roomPx }} />
    </div>
  );
}

/** How far a line is from the top of all that the scroller holds. */
function placeOf(line: Element, scroller: Element): number {
  return line.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
}

/** The line at the top of the view; undefined when none of those in the page is in view. */
function topmost(inside: HTMLElement, scroller: Element, from: number): Anchor | undefined {
  const viewTopPx = scroller.getBoundingClientRect().top;
  const { children } = inside;
  for (let index = 0; index < children.length; index++) {
    const line = children[index];
    const box = line?.getBoundingClientRect();
    if (line !== undefined && box !== undefined && box.bottom > viewTopPx) {
      // The first one lies below the top of the view: there is nothing to hold on to.
      return index === 0 && box.top > viewTopPx + 1 && from > 0
        ? undefined
        : { number: from + index, placePx: placeOf(line, scroller) };
    }
  }
  return undefined;
}
