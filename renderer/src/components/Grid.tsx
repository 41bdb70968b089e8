// The table of both pages: a header to sort by, and rows of which only the visible ones exist. One row is the current one:
// Tab reaches it, arrows move it, Enter opens it, letters act on it. What a row shows is the page's affair.
import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronDown, ChevronUp } from 'lucide-react';
import {
  memo,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
} from 'react';

const rowPx = 36;
/** The header scrolls with the rows and sticks above them, so that their columns never part. */
const headPx = 30;

export interface GridColumn<C extends string> {
  readonly id: C;
  readonly title: string;
  readonly className?: string;
  readonly sortable: boolean;
}

export interface GridSort<C extends string> {
  readonly column: C;
  readonly ascending: boolean;
}

interface GridProps<C extends string> {
  readonly label: string;
  readonly className: string;
  readonly columns: readonly GridColumn<C>[];
  readonly sort: GridSort<C>;
  readonly sortLabel: (column: string) => string;
  readonly onSort: (sort: GridSort<C>) => void;
  readonly ids: readonly string[];
  readonly openId?: string | undefined;
  readonly onOpen: (id: string) => void;
  /** Escape on a row while one is open. */
  readonly onClose?: () => void;
  /** A letter on the current row; true when it meant something. */
  readonly onLetter: (id: string, letter: string) => boolean;
  readonly row: (id: string) => ReactNode;
}

/** Gives the keyboard back to the list: to its current row. */
export function focusCurrentRow(): void {
  const row = document.querySelector('[data-current-row]');
  if (row instanceof HTMLElement) row.focus();
}

export function Grid<C extends string>(props: GridProps<C>) {
  const { ids, openId, onOpen, onLetter, row } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [currentId, setCurrentId] = useState<string>();
  const focusedId = useRef<string>(undefined);
  const [focusWanted, setFocusWanted] = useState<string>();
  // eslint-disable-next-line react-hooks/incompatible-library -- the compiler is not used here
  const virtual = useVirtualizer({
    count: ids.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 8,
    scrollMargin: headPx,
    scrollPaddingStart: headPx,
    getItemKey: (index) => ids[index] ?? index,
  });

  const known = currentId === undefined ? -1 : ids.indexOf(currentId);
  const openIndex = openId === undefined ? -1 : ids.indexOf(openId);
  const [rememberedIndex, setRememberedIndex] = useState(0);
  const current = known >= 0 ? known : openIndex >= 0 ? openIndex : Math.min(rememberedIndex, ids.length - 1);

  const moveTo = (index: number): void => {
    const to = Math.max(0, Math.min(ids.length - 1, index));
    const id = ids[to];
    if (id === undefined) return;
    setCurrentId(id);
    setRememberedIndex(to);
    setFocusWanted(id);
    virtual.scrollToIndex(to, { align: 'auto' });
  };

  // The row that had the focus went away: its place has it now.
  useLayoutEffect(() => {
    const focused = focusedId.current;
    if (focused === undefined || ids.includes(focused)) return;
    if (document.activeElement === null || document.activeElement === document.body) {
      focusedId.current = undefined;
      focusCurrentRow();
    }
  }, [ids, current]);

  // Details that open take room from the list: the row they belong to stays in view.
  useEffect(() => {
    const element = scroller.current;
    if (element === null || openIndex < 0) return;
    const topPx = openIndex * rowPx;
    const roomPx = element.clientHeight - headPx - rowPx;
    if (element.scrollTop > topPx) element.scrollTop = topPx;
    else if (element.scrollTop < topPx - roomPx) element.scrollTop = topPx - roomPx;
  }, [openIndex]);

  useEffect(() => {
    if (focusWanted === undefined) return;
    const element = scroller.current?.querySelector('[data-current-row]');
    if (element instanceof HTMLElement) element.focus({ preventScroll: true });
  }, [focusWanted, current]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // Keys of a row's open menu come by here too, and those of the header.
    if (rowIdOf(event.target) === undefined) return;
    const id = ids[current];
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? rowPx) / rowPx) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key];
    if (step !== undefined) moveTo(current + step);
    else if (event.key === 'Home') moveTo(0);
    else if (event.key === 'End') moveTo(ids.length - 1);
    else if (event.key === 'Enter' && id !== undefined && isRow(event.target)) onOpen(id);
    else if (event.key === 'Escape' && !isRow(event.target)) focusCurrentRow();
    else if (event.key === 'Escape' && openId !== undefined) props.onClose?.();
    else if (id === undefined || event.key.length !== 1 || !onLetter(id, event.key)) return;
    event.preventDefault();
  };

  return (
    <div className={`grid-wrap ${props.className}`}>
      <div
        role="grid"
        aria-label={props.label}
        aria-rowcount={ids.length + 1}
        className="flex min-h-0 flex-1 flex-col"
      >
        {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions -- keys of the rows inside arrive here */}
        <div
          ref={scroller}
          className="grid-scroll"
          onKeyDown={onKeyDown}
          onFocus={(event) => {
            focusedId.current = rowIdOf(event.target);
          }}
          onBlur={(event) => {
            if (event.relatedTarget !== null) focusedId.current = undefined;
          }}
        >
          <div role="rowgroup" className="contents">
            <div role="row" className="grid-head" aria-rowindex={1}>
              {props.columns.map((column) => (
                <div
                  key={column.id}
                  role="columnheader"
                  className={`cell ${column.className ?? ''}`}
                  {...(props.sort.column === column.id
                    ? { 'aria-sort': props.sort.ascending ? ('ascending' as const) : ('descending' as const) }
                    : {})}
                >
                  {column.sortable ? (
                    <SortButton
                      column={column}
                      sort={props.sort}
                      label={props.sortLabel(column.title)}
                      onSort={props.onSort}
                    />
                  ) : (
                    <span className="sr-only">{column.title}</span>
                  )}
                </div>
              ))}
            </div>
          </div>
          <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
            {virtual.getVirtualItems().map((item) => {
              const id = ids[item.index];
              if (id === undefined) return null;
              return (
                <GridRow
                  key={id}
                  id={id}
                  index={item.index}
                  topPx={item.start - headPx}
                  current={item.index === current}
                  open={id === openId}
                  onCurrent={(to) => {
                    setCurrentId(to);
                    setRememberedIndex(item.index);
                  }}
                  onOpen={onOpen}
                >
                  {row(id)}
                </GridRow>
              );
            })}
          </div>
        </div>
      </div>
    </div>
  );
}

function isRow(target: EventTarget): boolean {
  return target instanceof HTMLElement && target.getAttribute('role') === 'row';
}

function rowIdOf(target: EventTarget): string | undefined {
  if (!(target instanceof HTMLElement)) return undefined;
  return target.closest<HTMLElement>('[data-row-id]')?.dataset.rowId;
}

interface SortButtonProps<C extends string> {
  readonly column: GridColumn<C>;
  readonly sort: GridSort<C>;
  readonly label: string;
  readonly onSort: (sort: GridSort<C>) => void;
}

function SortButton<C extends string>({ column, sort, label, onSort }: SortButtonProps<C>) {
  const on = sort.column === column.id;
  return (
    <button
      type="button"
      className="sort"
      title={label}
      data-on={on}
      onClick={() => onSort({ column: column.id, ascending: on ? !sort.ascending : true })}
    >
      {column.title}
      {on && (sort.ascending ? <ChevronUp aria-hidden /> : <ChevronDown aria-hidden />)}
    </button>
  );
}

interface GridRowProps {
  readonly id: string;
  readonly index: number;
  readonly topPx: number;
  readonly current: boolean;
  readonly open: boolean;
  readonly onCurrent: (id: string) => void;
  readonly onOpen: (id: string) => void;
  readonly children: ReactNode;
}

const GridRow = memo(function GridRow({
  id,
  index,
  topPx,
  current,
  open,
  onCurrent,
  onOpen,
  children,
}: GridRowProps) {
  return (
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- Enter is handled by the grid
    <div
      role="row"
      className="grid-row"
      style={{ transform: `translateY(${topPx}px)` }}
      data-row-id={id}
      {...(current ? { 'data-current-row': '' } : {})}
      aria-rowindex={index + 2}
      aria-selected={open}
      tabIndex={current ? 0 : -1}
      onFocus={() => onCurrent(id)}
      onClick={(event: MouseEvent) => {
        const target = event.target;
        if (target instanceof Element && target.closest('a, button, [role=menu]') === null) onOpen(id);
      }}
    >
      {children}
    </div>
  );
});
