// The table of every page: a header to sort by, and rows of which only the visible ones exist. One row is the current one:
// Tab reaches it, arrows move it, Enter opens it, letters act on it; where rows can be selected, Space does it, and Shift
// takes ranges. What a row shows is the page's affair.
import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronDown, ChevronUp } from 'lucide-react';
import {
  memo,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  useSyncExternalStore,
  type CSSProperties,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
} from 'react';
import { columnTemplate, fitColumns, type ColumnWidth } from './grid-columns.ts';
import { RowSlots } from './row-slots.ts';
import type { RowSelection } from './row-selection.ts';

/** A list that did not change for so long is at rest. */
const restMs = 300;
const rowPx = 36;
/** The header scrolls with the rows and sticks above them, so that their columns never part. */
const headPx = 30;

export interface GridColumn<C extends string> extends ColumnWidth {
  readonly id: C;
  readonly title: string;
  readonly className?: string;
  readonly sortable: boolean;
  /** Sorted for the first time, the biggest comes first. */
  readonly descending?: boolean;
  /** In the header instead of the title. */
  readonly head?: ReactNode;
}

export interface GridSort<C extends string> {
  readonly column: C;
  readonly ascending: boolean;
}

/** Rows that can be selected. The row itself shows a box in an element with `data-select`. */
export interface GridSelection {
  readonly rows: RowSelection;
  /** What a row stands for: itself, or the members of a group. */
  readonly membersOf: (id: string) => readonly string[];
}

interface GridProps<C extends string> {
  readonly label: string;
  readonly className?: string;
  readonly columns: readonly GridColumn<C>[];
  readonly sort: GridSort<C>;
  readonly sortLabel: (column: string) => string;
  readonly onSort: (sort: GridSort<C>) => void;
  readonly ids: readonly string[];
  readonly openId?: string | undefined;
  readonly selection?: GridSelection;
  readonly onOpen?: (id: string) => void;
  /** Escape on a row while one is open. */
  readonly onClose?: () => void;
  /** A letter, or F2, on the current row; true when it meant something. */
  readonly onLetter?: (id: string, letter: string) => boolean;
  /** The left or the right arrow on the current row: fold it or unfold it. */
  readonly onFold?: (id: string, folded: boolean) => void;
  /**
   * The cells of a row, one for each of these columns. Keep the function the same while it draws the same. What it draws for
   * one row may show another later: it keeps no state but that of an id.
   */
  readonly row: (id: string, columns: readonly GridColumn<C>[]) => ReactNode;
}

/** Gives the keyboard back to the list: to its current row. */
export function focusCurrentRow(): void {
  const row = document.querySelector('[data-current-row]');
  if (row instanceof HTMLElement) row.focus();
}

export function Grid<C extends string>(props: GridProps<C>) {
  const { ids, openId, selection, onOpen, onLetter, onFold, row } = props;
  const wrap = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useRef<HTMLDivElement>(null);
  const columns = useFittingColumns(wrap, props.columns);
  const [currentId, setCurrentId] = useState<string>();
  const [slots] = useState(() => new RowSlots<string>());
  const [, setRests] = useState(0);
  const focusWanted = useRef<string>(undefined);
  // eslint-disable-next-line react-hooks/incompatible-library -- the compiler is not used here
  const virtual = useVirtualizer({
    count: ids.length,
    getScrollElement: () => scroller.current,
    estimateSize: rowHeight,
    overscan: 8,
    scrollMargin: headPx,
    scrollPaddingStart: headPx,
  });

  const known = currentId === undefined ? -1 : ids.indexOf(currentId);
  const openIndex = openId === undefined ? -1 : ids.indexOf(openId);
  const [rememberedIndex, setRememberedIndex] = useState(0);
  const current = known >= 0 ? known : openIndex >= 0 ? openIndex : Math.min(rememberedIndex, ids.length - 1);

  const becomeCurrent = (id: string, index: number): void => {
    setCurrentId(id);
    setRememberedIndex(index);
  };
  const moveTo = (index: number): string | undefined => {
    const to = Math.max(0, Math.min(ids.length - 1, index));
    const id = ids[to];
    if (id === undefined) return undefined;
    becomeCurrent(id, to);
    focusWanted.current = id;
    virtual.scrollToIndex(to, { align: 'auto' });
    return id;
  };

  // The row that had the focus went away: its place has it now.
  useLayoutEffect(() => {
    const focused = slots.focusedId;
    if (focused === undefined || ids.includes(focused)) return;
    if (document.activeElement === null || document.activeElement === document.body) {
      slots.focusedId = undefined;
      focusCurrentRow();
    }
  }, [slots, ids, current]);

  // Details that open take room from the list: the row they belong to stays in view.
  useEffect(() => {
    const element = scroller.current;
    if (element === null || openIndex < 0) return;
    const topPx = openIndex * rowPx;
    const roomPx = element.clientHeight - headPx - rowPx;
    if (element.scrollTop > topPx) element.scrollTop = topPx;
    else if (element.scrollTop < topPx - roomPx) element.scrollTop = topPx - roomPx;
  }, [openIndex]);

  // The row that shall have the focus may be far away: it is there only when the list has scrolled to it.
  useEffect(() => {
    if (focusWanted.current === undefined || focusWanted.current !== ids[current]) return;
    const element = scroller.current?.querySelector('[data-current-row]');
    if (!(element instanceof HTMLElement)) return;
    focusWanted.current = undefined;
    element.focus({ preventScroll: true });
  });

  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const shown = ids.slice(first, first + items.length);
  const shownSlots = slots.assign(shown);

  // Not by React: a row that others push up or down is not drawn anew for its place.
  useLayoutEffect(() => {
    const places = new Map(shown.map((id, at) => [id, first + at]));
    shownSlots.forEach(({ id }, at) => {
      const row = rows.current?.children[at];
      const index = places.get(id);
      if (!(row instanceof HTMLElement) || index === undefined) return;
      const number = String(index + 2);
      if (row.getAttribute('aria-rowindex') === number) return;
      row.setAttribute('aria-rowindex', number);
      row.style.transform = `translateY(${String(index * rowPx)}px)`;
    });
  });

  // Who reads the document from its beginning to its end finds the rows in their order: at once, or when the list is at rest.
  useEffect(() => {
    slots.changes += 1;
    const timer = setTimeout(() => {
      slots.changes = 0;
      setRests((rests) => rests + 1);
    }, restMs);
    return () => clearTimeout(timer);
  }, [slots, ids, first, items.length]);

  const extendTo = (id: string | undefined): void => {
    const start = ids[current];
    if (selection === undefined || id === undefined || start === undefined) return;
    selection.rows.extend(id, start, ids, selection.membersOf);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    // Keys of a row's open menu come by here too, and those of the header.
    if (event.altKey || rowIdOf(event.target) === undefined) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key !== 'a' || selection === undefined) return;
      selection.rows.selectAll();
      event.preventDefault();
      return;
    }
    const id = ids[current];
    const onRow = isRow(event.target);
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? rowPx) / rowPx) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key];
    if (step !== undefined) {
      const to = moveTo(current + step);
      if (event.shiftKey) extendTo(to);
    } else if (event.key === 'Home') moveTo(0);
    else if (event.key === 'End') moveTo(ids.length - 1);
    else if (event.key === 'Escape' && !onRow) focusCurrentRow();
    else if (event.key === 'Escape' && selection !== undefined && selection.rows.ids().size > 0)
      selection.rows.clear();
    else if (event.key === 'Escape' && openId !== undefined) props.onClose?.();
    else if (id === undefined) return;
    else if (event.key === 'Enter' && onRow) onOpen?.(id);
    else if (event.key === ' ' && onRow && selection !== undefined)
      selection.rows.toggle(id, selection.membersOf(id));
    else if (event.key === 'ArrowLeft' && onRow) onFold?.(id, true);
    else if (event.key === 'ArrowRight' && onRow) onFold?.(id, false);
    else if ((event.key.length !== 1 && event.key !== 'F2') || onLetter?.(id, event.key) !== true) return;
    event.preventDefault();
  };

  const onClick = (event: MouseEvent): void => {
    const { target } = event;
    const id = rowIdOf(target);
    if (id === undefined || !(target instanceof Element)) return;
    const onBox = target.closest('[data-select]') !== null;
    if (!onBox && target.closest('a, button, input, [role=menu]') !== null) return;
    if (selection !== undefined && event.shiftKey) extendTo(id);
    else if (selection !== undefined && (onBox || event.ctrlKey || event.metaKey))
      selection.rows.toggle(id, selection.membersOf(id));
    else onOpen?.(id);
    becomeCurrent(id, ids.indexOf(id));
  };

  const { onSort: sorts } = props;
  const onSort = useCallback(
    (sort: GridSort<C>): void => {
      slots.changes = 0;
      sorts(sort);
    },
    [slots, sorts],
  );

  const template = columnTemplate(columns);
  const style: CSSProperties & { readonly '--columns'?: string } =
    template === undefined ? {} : { '--columns': template };
  return (
    <div ref={wrap} className={`grid-wrap ${props.className ?? ''}`}>
      <div
        role="grid"
        aria-label={props.label}
        aria-rowcount={ids.length + 1}
        aria-multiselectable={selection !== undefined}
        className="flex min-h-0 flex-1 flex-col"
        style={style}
      >
        {/* eslint-disable-next-line jsx-a11y/no-static-element-interactions -- keys of the rows inside arrive here */}
        <div
          ref={scroller}
          className="grid-scroll"
          onKeyDown={onKeyDown}
          onFocus={(event) => {
            const id = rowIdOf(event.target);
            slots.focusedId = id;
            if (id !== undefined && id !== ids[current]) becomeCurrent(id, ids.indexOf(id));
          }}
          onBlur={(event) => {
            if (event.relatedTarget !== null) slots.focusedId = undefined;
          }}
        >
          <Head columns={columns} sort={props.sort} sortLabel={props.sortLabel} onSort={onSort} />
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events -- clicks on the rows inside arrive here; their keys arrive above */}
          <div
            role="rowgroup"
            className="grid-body"
            ref={rows}
            style={{ height: virtual.getTotalSize() }}
            onClick={onClick}
            onMouseDown={(event) => {
              // Shift and a click take a range of rows, not of text.
              if (event.shiftKey && selection !== undefined) event.preventDefault();
            }}
          >
            {shownSlots.map(({ key, id }) => (
              <GridRow
                key={key}
                id={id}
                current={id === ids[current]}
                open={id === openId}
                columns={columns}
                selection={selection?.rows}
                membersOf={selection?.membersOf}
                row={row}
              />
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

function rowHeight(): number {
  return rowPx;
}

function isRow(target: EventTarget): boolean {
  return target instanceof HTMLElement && target.getAttribute('role') === 'row';
}

function rowIdOf(target: EventTarget): string | undefined {
  if (!(target instanceof Element)) return undefined;
  return target.closest<HTMLElement>('[data-row-id]')?.dataset.rowId;
}

/** The columns for which the table is wide enough now. */
function useFittingColumns<C extends string>(
  wrap: { readonly current: HTMLDivElement | null },
  columns: readonly GridColumn<C>[],
): readonly GridColumn<C>[] {
  const [roomPx, setRoomPx] = useState(Infinity);
  useLayoutEffect(() => {
    const element = wrap.current?.querySelector('.grid-scroll');
    if (element === null || element === undefined) return;
    const measure = (): void => setRoomPx(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [wrap]);
  const fitting = fitColumns(columns, roomPx);
  const [shown, setShown] = useState(fitting);
  const same = shown.length === fitting.length && shown.every((column, at) => column === fitting[at]);
  if (!same) setShown(fitting);
  return same ? shown : fitting;
}

interface HeadProps<C extends string> extends Pick<GridProps<C>, 'sort' | 'sortLabel' | 'onSort'> {
  readonly columns: readonly GridColumn<C>[];
}

const Head = memo(HeadCells) as typeof HeadCells;

function HeadCells<C extends string>({ columns, ...head }: HeadProps<C>) {
  return (
    <div role="rowgroup" className="contents">
      <div role="row" className="grid-head" aria-rowindex={1}>
        {columns.map((column) => (
          <HeadCell key={column.id} column={column} {...head} />
        ))}
      </div>
    </div>
  );
}

interface HeadCellProps<C extends string> extends Pick<GridProps<C>, 'sort' | 'sortLabel' | 'onSort'> {
  readonly column: GridColumn<C>;
}

function HeadCell<C extends string>({ column, sort, sortLabel, onSort }: HeadCellProps<C>) {
  const on = sort.column === column.id;
  return (
    <div
      role="columnheader"
      className={`cell ${column.className ?? ''}`}
      {...(on ? { 'aria-sort': sort.ascending ? ('ascending' as const) : ('descending' as const) } : {})}
    >
      {column.head ??
        (column.sortable ? (
          <button
            type="button"
            className="sort"
            title={sortLabel(column.title)}
            data-on={on}
            onClick={() =>
              onSort({ column: column.id, ascending: on ? !sort.ascending : column.descending !== true })
            }
          >
            {column.title}
            {on && (sort.ascending ? <ChevronUp aria-hidden /> : <ChevronDown aria-hidden />)}
          </button>
        ) : (
          <span className="sr-only">{column.title}</span>
        ))}
    </div>
  );
}

interface GridRowProps<C extends string> {
  readonly id: string;
  readonly current: boolean;
  readonly open: boolean;
  readonly columns: readonly GridColumn<C>[];
  readonly selection: RowSelection | undefined;
  readonly membersOf: ((id: string) => readonly string[]) | undefined;
  readonly row: (id: string, columns: readonly GridColumn<C>[]) => ReactNode;
}

const GridRow = memo(GridRowCells) as typeof GridRowCells;

function GridRowCells<C extends string>(props: GridRowProps<C>) {
  const { id, selection, membersOf } = props;
  const selected = useSyncExternalStore(
    selection?.subscribe ?? neverChanges,
    () => selection !== undefined && selection.stateOf(membersOf?.(id) ?? []) === 'all',
  );
  return (
    <div
      role="row"
      className="grid-row"
      data-row-id={id}
      {...(props.current ? { 'data-current-row': '' } : {})}
      {...(selection === undefined ? {} : { 'aria-selected': selected })}
      {...(props.open ? { 'aria-current': true } : {})}
      tabIndex={props.current ? 0 : -1}
    >
      {props.row(id, props.columns)}
    </div>
  );
}

function neverChanges(): () => void {
  return () => undefined;
}
