/** A binary heap: the first in the given order is always at hand. */
export class Heap<T> {
  readonly #items: T[] = [];

  /** @param order Negative when the first argument comes first. */
  constructor(readonly order: (a: T, b: T) => number) {}

  get first(): T | undefined {
    return this.#items[0];
  }

  push(item: T): void {
    const items = this.#items;
    let at = items.length;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (this.order(items[parent]!, item) <= 0) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  }

  /** Puts the first item where it belongs now, after its place in the order has changed. */
  sink(): void {
    const items = this.#items;
    const item = items[0]!;
    let at = 0;
    while (true) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && this.order(items[child + 1]!, items[child]!) < 0) child++;
      if (this.order(item, items[child]!) <= 0) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = item;
  }

  /** Drops the first item. */
  shift(): void {
    const last = this.#items.pop();
    if (last === undefined || this.#items.length === 0) return;
    this.#items[0] = last;
    this.sink();
  }
}
