// Lines that are wrapped: each has its own height, measured when it is first shown and guessed before.
import { useVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef, type UIEvent } from 'react';
import { LogLine } from './LogLine.tsx';
import { useFocusKeys, type LogLinesProps } from './LogLines.tsx';

const linePx = 19;

export function WrappedLogLines({ store, first, end, time, follow, label, onFollow }: LogLinesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const lastTopPx = useRef(0);
  // eslint-disable-next-line react-hooks/incompatible-library -- the compiler is not used here
  const virtual = useVirtualizer({
    count: end - first,
    getScrollElement: () => scroller.current,
    estimateSize: () => linePx,
    getItemKey: (index) => first + index,
    overscan: 10,
    paddingStart: 6,
    paddingEnd: 6,
  });
  const totalPx = virtual.getTotalSize();

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element !== null && follow) element.scrollTop = element.scrollHeight;
  }, [first, end, follow, totalPx, time]);

  useFocusKeys(scroller, onFollow);

  const onScroll = (event: UIEvent<HTMLDivElement>): void => {
    const element = event.currentTarget;
    const up = element.scrollTop < lastTopPx.current;
    lastTopPx.current = element.scrollTop;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < linePx;
    if (follow && up && !atEnd) onFollow(false);
    else if (!follow && !up && atEnd) onFollow(true);
  };

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
      <div className="relative" style={{ height: totalPx }}>
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.key}
            ref={virtual.measureElement}
            data-index={item.index}
            className="absolute inset-x-0 top-0"
            style={{ transform: `translateY(${item.start}px)` }}
          >
            <LogLine line={store.line(first + item.index)} time={time} />
          </div>
        ))}
      </div>
    </div>
  );
}
