import { getRandomValues } from "node:crypto";
import { keyAt } from "../keys.ts";

/** A random odd number: nobody knows it who could otherwise ask for values whose keys crowd in one place. */
const odd = (): number => getRandomValues(new Uint32Array(1))[0]! | 1;
const FIRST = odd(), SECOND = odd();

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
  /** Those that share their key with another: so that not even values made to share one crowd. */
  readonly #twins: string[] = [];

  /** @param values Whole ones. */
  constructor(values: readonly string[]) {
    let places = 2;
    while (places < 2 * values.length) places *= 2;
    this.#values = values;
    this.#keys = new Float64Array(places);
    this.#numbers = new Uint32Array(places);
    this.#last = places - 1;
    for (let number = 0; number < values.length; number++) {
      const key = keyAt(values[number]!, 0), place = this.#placeOf(key), taken = this.#numbers[place]!;
      if (taken === 0) {
        this.#keys[place] = key;
        this.#numbers[place] = number + 1;
      } else if (values[taken - 1] !== values[number]) this.#twins.push(values[number]!);
    }
  }

  /** Of all of them, each once. */
  keys(): Float64Array {
    return this.#keys.filter((_, place) => this.#numbers[place] !== 0);
  }

  has(key: number): boolean {
    return this.#numbers[this.#placeOf(key)] !== 0;
  }

  /** Whether one of them stands at this place of a text. */
  standsAt(text: string, at: number): boolean {
    const number = this.#numbers[this.#placeOf(keyAt(text, at))]!;
    if (number === 0) return false;
    return text.startsWith(this.#values[number - 1]!, at) ||
      this.#twins.some((twin) => text.startsWith(twin, at));
  }

  /** Where a key is, or, as the place is free, would be. */
  #placeOf(key: number): number {
    const low = Math.imul(key | 0, FIRST), high = key / 2 ** 32 | 0;
    let place = Math.imul(low ^ low >>> 15 ^ high, SECOND) >>> 8 & this.#last;
    while (this.#numbers[place] !== 0 && this.#keys[place] !== key) place = place + 1 & this.#last;
    return place;
  }
}
