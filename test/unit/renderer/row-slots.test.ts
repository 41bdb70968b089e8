import { describe, expect, it } from 'vitest';
import { RowSlots, type RowSlot } from '../../../renderer/src/components/row-slots.ts';

const ids = (slots: readonly RowSlot<string>[]) => slots.map(({ id }) => id);
const keyOf = (slots: readonly RowSlot<string>[], id: string) => slots.find((slot) => slot.id === id)?.key;

describe('the elements of rows', () => {
  it('stand in the order of their rows at first', () => {
    expect(ids(new RowSlots<string>().assign(['a', 'b', 'c']))).toEqual(['a', 'b', 'c']);
  });

  it('go from rows that leave to rows that come, and the others keep theirs', () => {
    const slots = new RowSlots<string>();
    const before = slots.assign(['a', 'b', 'c', 'd']);
    slots.changes = 5;
    const after = slots.assign(['c', 'd', 'e', 'f']);
    expect(ids(after)).toEqual(['e', 'f', 'c', 'd']);
    expect(keyOf(after, 'e')).toBe(keyOf(before, 'a'));
    expect(keyOf(after, 'c')).toBe(keyOf(before, 'c'));
  });

  it('are the very same for the same rows, in whatever order', () => {
    const slots = new RowSlots<string>();
    const before = slots.assign(['a', 'b']);
    expect(slots.assign(['a', 'b'])).toBe(before);
    slots.changes = 5;
    expect(slots.assign(['b', 'a'])).toBe(before);
    expect(slots.isInOrder(['a', 'b'])).toBe(true);
    expect(slots.isInOrder(['b', 'a'])).toBe(false);
  });

  it('are as many as the rows', () => {
    const slots = new RowSlots<string>();
    slots.assign(['a', 'b', 'c']);
    expect(ids(slots.assign(['c']))).toEqual(['c']);
    expect(ids(slots.assign(['c', 'd', 'e']))).toEqual(['c', 'd', 'e']);
    expect(new Set(slots.assign(['c', 'd', 'e']).map(({ key }) => key)).size).toBe(3);
  });

  it('are given to nobody else while the focus is in them', () => {
    const slots = new RowSlots<string>();
    const before = slots.assign(['a', 'b']);
    slots.focusedId = 'a';
    const after = slots.assign(['b', 'c']);
    expect(ids(after)).toEqual(['b', 'c']);
    expect(keyOf(after, 'c')).not.toBe(keyOf(before, 'a'));
  });

  it('go with their rows while they are frozen', () => {
    const slots = new RowSlots<string>();
    const before = slots.assign(['a', 'b']);
    slots.frozen = true;
    const after = slots.assign(['b', 'c']);
    expect(before.map(({ key }) => key)).not.toContain(keyOf(after, 'c'));
    expect(keyOf(after, 'b')).toBe(keyOf(before, 'b'));
  });

  it('come to stand in the order of their rows, with the keys they had', () => {
    const slots = new RowSlots<string>();
    slots.assign(['a', 'b', 'c']);
    slots.changes = 5;
    const before = slots.assign(['b', 'c', 'd']);
    expect(ids(before)).toEqual(['d', 'b', 'c']);
    slots.changes = 0;
    const after = slots.assign(['b', 'c', 'd']);
    expect(ids(after)).toEqual(['b', 'c', 'd']);
    expect(keyOf(after, 'd')).toBe(keyOf(before, 'd'));
  });
});
