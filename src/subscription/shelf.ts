/**
 * Values and what is filed under each. Nearly every value holds a single thing, so only a second one
 * makes a set: a subscription to 500 authors files 500 values and must be cheap to open and close.
 */
export class Shelf<Value, Thing extends object> {
  readonly #files = new Map<Value, Thing | Set<Thing>>();

  add(value: Value, thing: Thing): void {
    const file = this.#files.get(value);
    if (file === undefined || file === thing) this.#files.set(value, thing);
    else if (file instanceof Set) file.add(thing);
    else this.#files.set(value, new Set([file, thing]));
  }

  remove(value: Value, thing: Thing): void {
    const file = this.#files.get(value);
    if (file === thing) this.#files.delete(value);
    else if (file instanceof Set && file.delete(thing) && file.size === 0) this.#files.delete(value);
  }

  /** Calls `visit` with each thing filed under the value. */
  visit(value: Value, visit: (thing: Thing) => void): void {
    const file = this.#files.get(value);
    if (file instanceof Set) file.forEach(visit);
    else if (file !== undefined) visit(file);
  }

  /** Values that something is filed under. */
  get size(): number {
    return this.#files.size;
  }
}
