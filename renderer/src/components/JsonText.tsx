// A JSON document as it is, indented. Only the lines on screen exist; a very long line is cut for the eye, never for Copy.
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';
import { inertLine } from '../format/inert.ts';
import { MarkedText } from './MarkedText.tsx';

const linePx = 19;
const longestLine = 5000;

interface JsonTextProps {
  readonly label: string;
  readonly lines: readonly string[];
  readonly found: string;
  /** Index of the line one is at; -1 for none. */
  readonly foundAt: number;
}

export function JsonText({ label, lines, found, foundAt }: JsonTextProps) {
  const scroller = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- the compiler is not used here
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => scroller.current,
    estimateSize: lineHeight,
    overscan: 12,
  });
  useEffect(() => {
    if (foundAt >= 0) virtual.scrollToIndex(foundAt, { align: 'center' });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- a scroll is no reason to go there again
  }, [foundAt]);
  const longest = useMemo(
    () => lines.reduce((most, line) => Math.max(most, Math.min(line.length, longestLine)), 0),
    [lines],
  );
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a region that scrolls must be reachable by key
    <div ref={scroller} role="region" aria-label={label} tabIndex={0} className="json-view json-text">
      <div className="relative" style={{ height: virtual.getTotalSize(), minWidth: `${longest + 6}ch` }}>
        {virtual.getVirtualItems().map((item) => {
          const line = lines[item.index] ?? '';
          return (
            <div
              key={item.index}
              className="json-line"
              data-found={item.index === foundAt || undefined}
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <MarkedText text={inertLine(line.slice(0, longestLine))} found={found} />
              {line.length > longestLine && '…'}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function lineHeight(): number {
  return linePx;
}
