/** Forgotten places at the front that are worth a copy of what is left. */
const SLACK = 64;

/** Things with ascending offsets: added at the end, forgotten from the front, found by offset. */
export class Trail<T extends { readonly offset: number }> {
  #items: (T | undefined)[];
  #start = 0;

  constructor(...items: T[]) {
    this.#items = items;
  }

  get size(): number {
    return this.#items.length - this.#start;
  }

  get first(): T | undefined {
    return this.#items[this.#start];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Forgets the first. */
  shift(): void {
    if (this.size === 0) return;
    this.#items[this.#start] = undefined;
    this.#start += 1;
    // Copied when half is forgotten, so that each shift costs the same on average.
    if (this.#start < SLACK || this.#start * 2 < this.#items.length) return;
    this.#items = this.#items.slice(this.#start);
    this.#start = 0;
  }

  /** Those beyond an offset. */
  after(offset: number): readonly T[] {
    let low = this.#start;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#items[middle]?.offset ?? 0) > offset) high = middle;
      else low = middle + 1;
    }
    const found: T[] = [];
    for (let at = low; at < this.#items.length; at++) {
      const item = this.#items[at];
      if (item !== undefined) found.push(item);
    }
    return found;
  }
}
