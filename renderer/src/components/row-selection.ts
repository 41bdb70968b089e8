// Which rows of a list are selected. It belongs to the list's page and outlives its table; a row hears of its own change only,
// because it asks for its own state. A row may stand for several entities: the head of a group for its members. Only what the
// list offers can be selected: nobody shall act on what is not seen.

export type SelectionState = 'all' | 'some' | 'none';

/** How much of these is selected. */
export function selectionState(selected: ReadonlySet<string>, members: readonly string[]): SelectionState {
  let count = 0;
  for (const id of members) if (selected.has(id)) count += 1;
  if (count === 0) return 'none';
  return count === members.length ? 'all' : 'some';
}

/** Selects these, or takes them out when all of them were selected. */
export function toggled(selected: ReadonlySet<string>, members: readonly string[]): ReadonlySet<string> {
  const next = new Set(selected);
  const out = selectionState(selected, members) === 'all';
  for (const id of members) {
    if (out) next.delete(id);
    else next.add(id);
  }
  return next;
}

/** The rows from one to another, in the list's order, whichever comes first; empty when one of them is not there. */
export function rowsBetween(rows: readonly string[], from: string, to: string): readonly string[] {
  const a = rows.indexOf(from);
  const b = rows.indexOf(to);
  return a < 0 || b < 0 ? [] : rows.slice(Math.min(a, b), Math.max(a, b) + 1);
}

export class RowSelection {
  /** The second is the first as a set, made when it is asked for: a list that changes often offers often, and mostly for nothing. */
  #offers: readonly string[] = [];
  #offeredSet: ReadonlySet<string> | undefined;
  #ids: ReadonlySet<string> = new Set();
  /** Where a range begins, and what was selected when it did: a range that shrinks gives back what it had taken. */
  #anchor: { readonly row: string; readonly before: ReadonlySet<string> } | undefined;
  readonly #listeners = new Set<() => void>();

  readonly ids = (): ReadonlySet<string> => this.#ids;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  /** What can be selected from now on: all that the list shows, folded away or not. The rest is selected no more. */
  offer(ids: readonly string[]): void {
    this.#offers = ids;
    this.#offeredSet = undefined;
    if (this.#ids.size > 0) this.#set(new Set([...this.#ids].filter((id) => this.#offered.has(id))));
  }

  stateOf(members: readonly string[]): SelectionState {
    if (this.#ids.size === 0) return 'none';
    return selectionState(this.#ids, this.#offeredOf(members));
  }

  stateOfAll(): SelectionState {
    if (this.#ids.size === 0) return 'none';
    return this.#ids.size === this.#offered.size ? 'all' : 'some';
  }

  /** Toggles what a row stands for; the next range begins at this row. */
  toggle(row: string, members: readonly string[]): void {
    this.#set(toggled(this.#ids, this.#offeredOf(members)));
    this.#anchor = { row, before: this.#ids };
  }

  /** Selects from the row last toggled, or else from `start`, to `row`. */
  extend(
    row: string,
    start: string,
    rows: readonly string[],
    membersOf: (row: string) => readonly string[],
  ): void {
    const last = this.#anchor;
    const anchor = last !== undefined && rows.includes(last.row) ? last : { row: start, before: this.#ids };
    this.#anchor = anchor;
    const range = rowsBetween(rows, anchor.row, row).flatMap(membersOf);
    this.#set(new Set([...anchor.before, ...this.#offeredOf(range)]));
  }

  selectAll(): void {
    this.#anchor = undefined;
    this.#set(this.#offered);
  }

  clear(): void {
    this.#anchor = undefined;
    this.#set(new Set());
  }

  get #offered(): ReadonlySet<string> {
    return (this.#offeredSet ??= new Set(this.#offers));
  }

  #offeredOf(members: readonly string[]): readonly string[] {
    return members.filter((id) => this.#offered.has(id));
  }

  #set(ids: ReadonlySet<string>): void {
    // Who shows the set itself is told of a new one only.
    if (ids.size !== this.#ids.size || [...ids].some((id) => !this.#ids.has(id))) this.#ids = ids;
    for (const listener of [...this.#listeners]) listener();
  }
}
