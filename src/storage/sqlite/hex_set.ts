import { getRandomValues } from "node:crypto";
import { keyAt } from "../keys.ts";

/** Two odd numbers that nobody knows who could otherwise ask for values that crowd in one place. */
const [FIRST, SECOND] = getRandomValues(new Uint32Array(2)).map((random) => random | 1) as unknown as [
  number,
  number,
];

/**
 * Ids or public keys, found by their keys (see keys.ts), in a table with open addressing. A feed asks about hundreds of
 * them once only: to make a Map of as many numbers takes five times as long on Bun.
 */
export class HexSet {
  readonly #values: readonly string[];
  /** By place: the key of a value, and from 1 on its number; 0 where there is none. */
  readonly #keys: Float64Array;
  readonly #numbers: Uint32Array;
  readonly #last: number;

  /** @param values Whole ones. */
  constructor(values: readonly string[]) {
    let places = 2;
    while (places < 2 * values.length) places *= 2;
    this.#values = values;
    this.#keys = new Float64Array(places);
    this.#numbers = new Uint32Array(places);
    this.#last = places - 1;
    for (let number = 0; number < values.length; number++) {
      const key = keyAt(values[number]!, 0);
      let place = this.#placeOf(key);
      while (this.#numbers[place] !== 0) place = this.#after(place);
      this.#keys[place] = key;
      this.#numbers[place] = number + 1;
    }
  }

  has(key: number): boolean {
    for (let place = this.#placeOf(key); this.#numbers[place] !== 0; place = this.#after(place)) {
      if (this.#keys[place] === key) return true;
    }
    return false;
  }

  /** Whether one of them stands at this place of a text. */
  standsAt(text: string, at: number): boolean {
    const key = keyAt(text, at);
    for (let place = this.#placeOf(key); this.#numbers[place] !== 0; place = this.#after(place)) {
      if (this.#keys[place] !== key) continue;
      if (text.startsWith(this.#values[this.#numbers[place]! - 1]!, at)) return true;
    }
    return false;
  }

  /** Where to look first; then `after` it, until a place is free. */
  #placeOf(key: number): number {
    const low = Math.imul(key | 0, FIRST), high = key / 2 ** 32 | 0;
    return Math.imul(low ^ low >>> 15 ^ high, SECOND) >>> 8 & this.#last;
  }

  #after(place: number): number {
    return place + 1 & this.#last;
  }
}
