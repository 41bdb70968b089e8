// A growing, ascending list of line numbers: the lines that match or pass a filter. Positions stay what they are when old
// entries are dropped, as line numbers do in the store.

export class LineList {
  #numbers = new Uint32Array(1024);
  /** Position of `#numbers[0]`. */
  #base = 0;
  #from = 0;
  #used = 0;

  /** Position of the oldest entry. */
  get first(): number {
    return this.#base + this.#from;
  }

  /** One past the position of the newest entry. */
  get end(): number {
    return this.#base + this.#used;
  }

  /** The line number at a position; undefined outside of the list. */
  at(position: number): number | undefined {
    return position < this.first || position >= this.end ? undefined : this.#numbers[position - this.#base];
  }

  push(number: number): void {
    if (this.#used === this.#numbers.length) this.#makeRoom();
    this.#numbers[this.#used++] = number;
  }

  /** Forgets entries below this line number. */
  dropBelow(number: number): void {
    this.#from = this.position(number) - this.#base;
  }

  /** Position of the first entry that is this line or a later one; `end` when there is none. */
  position(number: number): number {
    let low = this.#from;
    let high = this.#used;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#numbers[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return this.#base + low;
  }

  has(number: number): boolean {
    return this.at(this.position(number)) === number;
  }

  #makeRoom(): void {
    const kept = this.#numbers.subarray(this.#from, this.#used);
    const roomy = new Uint32Array(Math.max(1024, kept.length * 2));
    roomy.set(kept);
    this.#base += this.#from;
    this.#used = kept.length;
    this.#from = 0;
    this.#numbers = roomy;
  }
}
