// A JSON document as a tree that folds: arrows move and fold as in every tree, `*` unfolds all, `c` copies the value. Only the
// lines on screen exist, so a megabyte is as quick as a page.
import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronRight } from 'lucide-react';
import { useEffect, useRef, useState, type KeyboardEvent, type MouseEvent } from 'react';
import { inert } from '../format/inert.ts';
import { en } from '../strings/en.ts';
import type { JsonLine } from './json-tree.ts';
import { MarkedText } from './MarkedText.tsx';

const linePx = 21;
const indentPx = 16;
/** Characters that may not fit: then the pointer shows the whole. */
const longLine = 60;

interface JsonTreeProps {
  readonly label: string;
  readonly lines: readonly JsonLine[];
  /** Indices of the lines that are not folded away. */
  readonly visible: readonly number[];
  readonly folded: ReadonlySet<string>;
  /** What was searched for, and the line one is at; -1 for none. */
  readonly found: string;
  readonly foundAt: number;
  readonly onFold: (path: string, folded: boolean) => void;
  readonly onUnfoldAll: () => void;
  readonly onCopy: (line: JsonLine) => void;
}

export function JsonTree(props: JsonTreeProps) {
  const { lines, visible, folded, foundAt, onFold } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [currentPath, setCurrentPath] = useState('');
  const focusWanted = useRef<string>(undefined);
  // eslint-disable-next-line react-hooks/incompatible-library -- the compiler is not used here
  const virtual = useVirtualizer({
    count: visible.length,
    getScrollElement: () => scroller.current,
    estimateSize: lineHeight,
    overscan: 12,
  });
  const current = Math.max(
    0,
    visible.findIndex((at) => lines[at]?.path === currentPath),
  );

  // The line that shall have the focus is there only when the tree has scrolled to it.
  useEffect(() => {
    if (focusWanted.current !== currentPath) return;
    const element = scroller.current?.querySelector<HTMLElement>('[data-current]');
    if (element === null || element === undefined) return;
    focusWanted.current = undefined;
    element.focus({ preventScroll: true });
  });

  // What was found comes into view; the keyboard stays where one types.
  useEffect(() => {
    const place = visible.indexOf(foundAt);
    if (foundAt < 0 || place < 0) return;
    setCurrentPath(lines[foundAt]?.path ?? '');
    virtual.scrollToIndex(place, { align: 'center' });
    // eslint-disable-next-line react-hooks/exhaustive-deps -- a fold or a scroll is no reason to go there again
  }, [foundAt]);

  const moveTo = (index: number): void => {
    const to = Math.max(0, Math.min(visible.length - 1, index));
    const line = lines[visible[to] ?? -1];
    if (line === undefined) return;
    setCurrentPath(line.path);
    focusWanted.current = line.path;
    virtual.scrollToIndex(to, { align: 'auto' });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const line = lines[visible[current] ?? -1];
    if (line === undefined) return;
    const opens = line.size > 0 && folded.has(line.path);
    const closes = line.size > 0 && !opens;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? linePx) / linePx) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key];
    if (step !== undefined) moveTo(current + step);
    else if (event.key === 'Home') moveTo(0);
    else if (event.key === 'End') moveTo(visible.length - 1);
    else if (event.key === 'ArrowRight' && opens) onFold(line.path, false);
    else if (event.key === 'ArrowRight' && closes) moveTo(current + 1);
    else if (event.key === 'ArrowLeft' && closes) onFold(line.path, true);
    else if (event.key === 'ArrowLeft' && line.parent >= 0) moveTo(visible.indexOf(line.parent));
    else if ((event.key === 'Enter' || event.key === ' ') && line.size > 0) onFold(line.path, closes);
    else if (event.key === '*') props.onUnfoldAll();
    else if (event.key === 'c') props.onCopy(line);
    else return;
    event.preventDefault();
  };
  const onClick = (event: MouseEvent): void => {
    if (!(event.target instanceof Element)) return;
    const index = Number(event.target.closest<HTMLElement>('[data-index]')?.dataset.index ?? -1);
    const line = lines[visible[index] ?? -1];
    if (line === undefined) return;
    setCurrentPath(line.path);
    // A click that ends a selection of text selects, and folds nothing.
    if (line.size > 0 && window.getSelection()?.isCollapsed !== false)
      onFold(line.path, !folded.has(line.path));
  };

  return (
    // eslint-disable-next-line jsx-a11y/interactive-supports-focus -- one of its lines has the focus
    <div
      ref={scroller}
      role="tree"
      aria-label={props.label}
      className="json-view"
      onKeyDown={onKeyDown}
      onClick={onClick}
    >
      <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const at = visible[item.index] ?? -1;
          const line = lines[at];
          if (line === undefined) return null;
          const isCurrent = item.index === current;
          return (
            <div
              key={line.path}
              role="treeitem"
              aria-level={line.depth + 1}
              aria-selected={isCurrent}
              {...(line.size > 0 ? { 'aria-expanded': !folded.has(line.path) } : {})}
              tabIndex={isCurrent ? 0 : -1}
              className="json-line"
              title={line.text.length > longLine ? line.text : undefined}
              data-index={item.index}
              data-found={at === foundAt || undefined}
              {...(isCurrent ? { 'data-current': '' } : {})}
              style={{
                transform: `translateY(${item.start}px)`,
                paddingLeft: 14 + line.depth * indentPx,
              }}
            >
              <Line line={line} folded={folded.has(line.path)} found={props.found} />
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

interface LineProps {
  readonly line: JsonLine;
  readonly folded: boolean;
  readonly found: string;
}

function Line({ line, folded, found }: LineProps) {
  const isArray = line.kind === 'array';
  return (
    <>
      <span className="json-fold" aria-hidden>
        {line.size > 0 && <ChevronRight data-open={!folded} />}
      </span>
      {line.name !== undefined && (
        <>
          <span className="json-name">
            <MarkedText text={inert(line.name)} found={found} />
          </span>
          <span className="text-ink-3">: </span>
        </>
      )}
      {line.kind === 'object' || isArray ? (
        <span className="text-ink-3">
          {line.size === 0 ? (isArray ? '[]' : '{}') : en.json.members(isArray, line.size)}
        </span>
      ) : (
        <span className={`json-${line.kind}`}>
          <MarkedText text={line.text} found={found} />
        </span>
      )}
    </>
  );
}
