interface Entry<Key, Value> {
  readonly key: Key;
  readonly value: Value;
  readonly size: number;
  used: boolean;
  /** What had been added in all, this one included. */
  readonly added: number;
  older: Entry<Key, Value> | undefined;
  newer: Entry<Key, Value> | undefined;
}

/**
 * What the newest, to which the hand doesn't come, have of the room. By what readers load for questions of all sorts
 * (bench/growth.ts, the mix of `deno task bench`) a quarter misses least, compared with none and 1/64 to 3/4.
 */
const YOUNG = 1 / 4;

/**
 * Values by key, up to a size. When there is no room, a hand goes on from the oldest to the newest, and takes out what
 * was not used since it came by last: SIEVE (Zhang and others, "SIEVE is Simpler than LRU", NSDI 2024). To use a value
 * moves nothing, and what is used once is soon gone.
 *
 * Unlike there, the hand turns back before it comes to the newest. Left to itself it stays as far behind them as it
 * happens to be while none of them is used: as much comes as goes. Ten values behind, it takes out each of twenty that are
 * asked for in turns before its turn comes again, for ever, though nobody asks for the older ones any more.
 *
 * The order is in links of its own. An iterator over the map, held for long, would keep all that the map ever held: on
 * V8 it refers to the table that it has last seen, and each table that was outgrown to the next.
 */
export class Sieve<Key, Value> {
  readonly #entries = new Map<Key, Entry<Key, Value>>();
  #oldest: Entry<Key, Value> | undefined;
  #newest: Entry<Key, Value> | undefined;
  /** What the hand comes to next; undefined: the oldest. */
  #hand: Entry<Key, Value> | undefined;
  #size = 0;
  /** What all counted that were ever added. */
  #added = 0;

  /**
   * @param capacity Most that the values may count together.
   * @param sizeOf What a value counts, a whole number. One that counts more than the capacity is not kept.
   */
  constructor(readonly capacity: number, readonly sizeOf: (value: Value) => number) {}

  get(key: Key): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry) entry.used = true;
    return entry?.value;
  }

  set(key: Key, value: Value): void {
    this.delete(key);
    const size = this.sizeOf(value);
    if (size > this.capacity) return;
    while (this.#size + size > this.capacity) this.#advance();
    this.#added += size;
    const entry = {
      key,
      value,
      size,
      used: false,
      added: this.#added,
      older: this.#newest,
      newer: undefined,
    };
    if (this.#newest) this.#newest.newer = entry;
    this.#oldest ??= entry;
    this.#newest = entry;
    this.#entries.set(key, entry);
    this.#size += size;
  }

  delete(key: Key): void {
    const entry = this.#entries.get(key);
    if (entry) this.#remove(entry);
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  clear(): void {
    this.#entries.clear();
    this.#oldest = this.#newest = this.#hand = undefined;
    this.#size = 0;
  }

  /** The hand takes out what it comes to, or spares it until it comes again. */
  #advance(): void {
    const entry = this.#hand && !this.#isYoung(this.#hand) ? this.#hand : this.#oldest!;
    this.#hand = entry.newer;
    if (entry.used) entry.used = false;
    else this.#remove(entry);
  }

  #isYoung({ added }: Entry<Key, Value>): boolean {
    return this.#added - added < YOUNG * this.capacity;
  }

  #remove(entry: Entry<Key, Value>): void {
    const { older, newer } = entry;
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    if (this.#hand === entry) this.#hand = newer;
    entry.older = entry.newer = undefined; // or it would keep younger ones until it is collected itself
    this.#entries.delete(entry.key);
    this.#size -= entry.size;
  }
}
