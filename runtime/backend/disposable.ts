// Who opens something closes it: everything that is subscribed, opened or timed belongs to a disposable.

/** Something that is held until it is disposed of. Disposing twice does nothing more. */
export interface Disposable {
  dispose(): void;
}

/** Several disposables with one end. What is added after the end is disposed of at once. */
export class Disposables implements Disposable {
  readonly #items = new Set<Disposable>();
  #disposed = false;

  get disposed(): boolean {
    return this.#disposed;
  }

  /** Takes ownership. */
  add<T extends Disposable>(item: T): T {
    if (this.#disposed) item.dispose();
    else this.#items.add(item);
    return item;
  }

  /** Gives ownership back without disposing. */
  forget(item: Disposable): void {
    this.#items.delete(item);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const items = [...this.#items].reverse();
    this.#items.clear();
    for (const item of items) item.dispose();
  }
}
