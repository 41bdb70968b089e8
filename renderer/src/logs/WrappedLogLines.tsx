// Lines that are wrapped, each as high as it needs. A few dozen of them lie in the page in their natural order; what is
// above and below is blank space of an estimated height. When the estimate was wrong the scroll position is corrected, so
// that the line at the top of the view stays where it is. Costs the same for a thousand lines and for a million.
import { useLayoutEffect, useRef, useState, type UIEvent } from 'react';
import { useFollowInput } from './follow-input.ts';
import { LogLine, shownBytes } from './LogLine.tsx';
import type { LogLinesProps } from './LogLines.tsx';

const linePx = 19;
/** How near the view may come to the end of the lines in the page before others are taken. */
const marginPx = 200;

interface Span {
  readonly from: number;
  readonly to: number;
  /** Height of a line on average, as far as seen. */
  readonly averagePx: number;
}

interface Anchor {
  readonly number: number;
  /** Distance from the top of the view. */
  readonly topPx: number;
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
    if (follow) element.scrollTop = element.scrollHeight;
    else if (anchor.current !== undefined) {
      const line = lines.current?.children[anchor.current.number - from];
      if (line === undefined) return;
      const movedPx =
        line.getBoundingClientRect().top - element.getBoundingClientRect().top - anchor.current.topPx;
      if (Math.abs(movedPx) >= 1) element.scrollTop += movedPx;
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
    const view = element.getBoundingClientRect();
    const line = lines.current?.querySelector('[data-current]')?.getBoundingClientRect();
    if (line === undefined) return;
    if (line.top < view.top || line.bottom > view.bottom)
      element.scrollTop += line.top - view.top - view.height / 3;
    anchor.current = {
      number: target.position,
      topPx: line.top < view.top || line.bottom > view.bottom ? view.height / 3 : line.top - view.top,
    };
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
    // Above the first line is a little room: whoever goes to the very top sees it.
    const guess = Math.min(end - 1, first + Math.floor(element.scrollTop / kept.averagePx));
    anchor.current = topmost(inside, view.top, from) ?? { number: guess, topPx: guess === first ? 6 : 0 };
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
      <div style={{ height: abovePx + 6 }} />
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
      <div style={{ height: belowPx + 6 }} />
    </div>
  );
}

/** The line at the top of the view, and how far from it; undefined when none of those in the page is in view. */
function topmost(inside: HTMLElement, viewTopPx: number, from: number): Anchor | undefined {
  const { children } = inside;
  for (let index = 0; index < children.length; index++) {
    const box = children[index]?.getBoundingClientRect();
    if (box !== undefined && box.bottom > viewTopPx) {
      // The first one lies below the top of the view: there is nothing to hold on to.
      return index === 0 && box.top > viewTopPx + 1 && from > 0
        ? undefined
        : { number: from + index, topPx: box.top - viewTopPx };
    }
  }
  return undefined;
}
