/** Tells which rows come again, among as many others as it has places, more or less. */
export class Seen {
  /** The last row of those that share a place. */
  readonly #last: Uint32Array;

  constructor(places: number) {
    this.#last = new Uint32Array(places);
  }

  /** Whether it was seen already, as far as is known; from now on it is. */
  again(seq: number): boolean {
    const place = seq % this.#last.length, row = seq >>> 0;
    if (this.#last[place] === row) return true;
    this.#last[place] = row;
    return false;
  }
}
