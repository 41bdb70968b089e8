// What the table's pure parts decide: which columns fit, what is selected, and how a sparkline runs.
import { describe, expect, it, vi } from 'vitest';
import { columnTemplate, fitColumns } from '../../../renderer/src/components/grid-columns.ts';
import { RowSelection, rowsBetween } from '../../../renderer/src/components/row-selection.ts';
import { sparklinePath } from '../../../renderer/src/pages/containers/sparkline.ts';

describe('columns', () => {
  const columns = [
    { id: 'name', widthPx: 100, grow: 1 },
    { id: 'image', widthPx: 80, rank: 1 },
    { id: 'cpu', widthPx: 50, rank: 2 },
  ];
  const fitting = (roomPx: number) => fitColumns(columns, roomPx).map((column) => column.id);
  it('all fit, and are the very same', () => expect(fitColumns(columns, 230)).toBe(columns));
  it('give way by rank', () => {
    expect(fitting(229)).toEqual(['name', 'cpu']);
    expect(fitting(149)).toEqual(['name']);
  });
  it('stay without a rank, whatever the room', () => expect(fitting(10)).toEqual(['name']));
  it('have fixed widths, and grow where they may', () => {
    expect(columnTemplate(columns)).toBe('minmax(100px, 1fr) 80px 50px');
    expect(columnTemplate([{ widthPx: 1 }, {}])).toBeUndefined();
  });
});

describe('the selection', () => {
  const rows = ['group', 'a', 'b', 'c', 'd'];
  const membersOf = (row: string) => (row === 'group' ? ['a', 'b'] : [row]);
  const fresh = () => {
    const selection = new RowSelection();
    selection.offer(['a', 'b', 'c', 'd']);
    return selection;
  };
  const ids = (selection: RowSelection) => [...selection.ids()].sort();

  it('toggles a row, and a group with its members', () => {
    const selection = fresh();
    selection.toggle('a', ['a']);
    expect(selection.stateOf(membersOf('group'))).toBe('some');
    selection.toggle('group', membersOf('group'));
    expect(ids(selection)).toEqual(['a', 'b']);
    expect(selection.stateOf(membersOf('group'))).toBe('all');
    selection.toggle('group', membersOf('group'));
    expect(ids(selection)).toEqual([]);
  });
  it('takes a range from the last row toggled, and gives back what it leaves', () => {
    const selection = fresh();
    selection.toggle('b', ['b']);
    selection.extend('d', 'b', rows, membersOf);
    expect(ids(selection)).toEqual(['b', 'c', 'd']);
    selection.extend('c', 'd', rows, membersOf);
    expect(ids(selection)).toEqual(['b', 'c']);
    selection.extend('group', 'c', rows, membersOf);
    expect(ids(selection)).toEqual(['a', 'b']);
  });
  it('begins a range at the current row when nothing was toggled', () => {
    const selection = fresh();
    selection.extend('c', 'b', rows, membersOf);
    expect(ids(selection)).toEqual(['b', 'c']);
  });
  it('selects only what is offered, and forgets what is not any more', () => {
    const selection = fresh();
    selection.selectAll();
    expect(selection.stateOfAll()).toBe('all');
    selection.offer(['a', 'c']);
    expect(ids(selection)).toEqual(['a', 'c']);
    selection.clear();
    selection.toggle('group', membersOf('group'));
    expect(ids(selection)).toEqual(['a']);
    expect(selection.stateOfAll()).toBe('some');
  });
  it('is the same set while it has the same members', () => {
    const selection = fresh();
    selection.selectAll();
    const before = selection.ids();
    const listener = vi.fn();
    selection.subscribe(listener);
    selection.offer(['d', 'c', 'b', 'a']);
    expect(selection.ids()).toBe(before);
    expect(listener).toHaveBeenCalledOnce();
  });
  it('finds the rows between two, whichever comes first', () => {
    expect(rowsBetween(rows, 'c', 'a')).toEqual(['a', 'b', 'c']);
    expect(rowsBetween(rows, 'c', 'gone')).toEqual([]);
  });
});

describe('sparklinePath', () => {
  const size = { widthPx: 60, heightPx: 12, spanMs: 60_000, least: 10 };
  const path = (...points: readonly (readonly [timeMs: number, value: number | null])[]) =>
    sparklinePath(
      points.map(([timeMs, value]) => ({ timeMs, value })),
      size,
    );
  it('runs to the right end, by time', () =>
    expect(path([57_000, 0], [60_000, 5])).toBe('M57.0 11.0L60.0 6.0'));
  it('scales to its peak, but not below the least', () =>
    expect(path([59_000, 100], [60_000, 50])).toBe('M59.0 1.0L60.0 6.0'));
  it('has a gap where nothing was measured', () => {
    expect(path([57_000, 0], [58_000, 0], [59_000, null], [60_000, 0])).toBe(
      'M57.0 11.0L58.0 11.0M60.0 11.0',
    );
    expect(path([40_000, 0], [59_000, 0], [60_000, 0])).toContain('M59.0');
  });
  it('leaves out what is older than it shows', () =>
    expect(path([0, 0], [70_000, 0], [71_000, 0])).toMatch(/^M59/));
  it('is nothing without two points together', () => {
    expect(path()).toBe('');
    expect(path([1, 1])).toBe('');
    expect(path([1, null], [2, 1])).toBe('');
  });
});
