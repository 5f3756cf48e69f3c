/** What was used last, by key: two generations, of which the older goes when the younger is full. */
export class Recent<Key, Value> {
  #young = new Map<Key, Value>();
  #old = new Map<Key, Value>();
  #size = 0;

  /**
   * @param generation Size of each of the two, as `sizeOf` counts.
   * @param sizeOf What a value counts.
   */
  constructor(readonly generation: number, readonly sizeOf: (value: Value) => number) {}

  get(key: Key): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: Key, value: Value): void {
    this.#young.set(key, value);
    this.#size += this.sizeOf(value);
    if (this.#size < this.generation) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#size = 0;
  }

  delete(key: Key): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  get isEmpty(): boolean {
    return this.#young.size + this.#old.size === 0;
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#size = 0;
  }
}
