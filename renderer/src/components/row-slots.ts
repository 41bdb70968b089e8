// Which element shows which row. A row that scrolls or sorts away leaves its element to one that comes: to change the words of
// an element costs a fraction of what a new one does. In the document the elements stand in the order of their rows; while the
// list changes again and again they may stay where they are, and only be moved to their rows' places on the screen.

const fewChanges = 4;

/** An element for rows, by a key that it keeps, and the row that it shows now. */
export interface RowSlot<I> {
  readonly key: number;
  readonly id: I;
}

export class RowSlots<I extends string | number> {
  /** The row that has the focus, or a part of it. Its element is nobody else's: what is pressed must stay what it is. */
  focusedId: I | undefined;
  /** For now all elements go with their rows. */
  frozen = false;
  /** Changes since the list was last at rest. When there were many, the order in the document can wait. */
  changes = 0;
  #slots: readonly RowSlot<I>[] = [];
  #nextKey = 0;

  /** The elements for these rows, in their order in the document. The same ones again for the same rows. */
  assign(ids: readonly I[]): readonly RowSlot<I>[] {
    this.#take(ids);
    if (this.changes <= fewChanges && !this.isInOrder(ids)) {
      const places = new Map(ids.map((id, at) => [id, at]));
      this.#slots = this.#slots.toSorted((a, b) => (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0));
    }
    return this.#slots;
  }

  /** Whether the elements stand in the order of these rows, which are those last assigned. */
  isInOrder(ids: readonly I[]): boolean {
    return this.#slots.every(({ id }, at) => id === ids[at]);
  }

  #take(ids: readonly I[]): void {
    const coming = new Set(ids);
    const stays = this.#slots.map(({ id }) => coming.delete(id));
    if (coming.size === 0 && !stays.includes(false)) return;
    const waiting = [...coming];
    const slots: RowSlot<I>[] = [];
    this.#slots.forEach((slot, at) => {
      if (stays[at] === true) slots.push(slot);
      else if (!this.frozen && slot.id !== this.focusedId) {
        const next = waiting.shift();
        if (next !== undefined) slots.push({ key: slot.key, id: next });
      }
    });
    for (const id of waiting) slots.push({ key: this.#nextKey++, id });
    this.#slots = slots;
  }
}
