import { KEY_SHIFT } from "../keys.ts";

/**
 * Ids or public keys, found by their keys (see keys.ts). A Set of the texts would do as well, but a feed asks
 * about hundreds of them once only, and to make that Set takes five times as long.
 */
export class HexSet {
  readonly #byKey = new Map<number, string>();
  /** Those that share their key with another. */
  readonly #twins: string[] = [];

  /** @param values Whole ones, each once. */
  constructor(values: readonly string[]) {
    for (const value of values) {
      const key = keyAt(value, 0);
      if (this.#byKey.has(key)) this.#twins.push(value);
      else this.#byKey.set(key, value);
    }
  }

  get keys(): Iterable<number> {
    return this.#byKey.keys();
  }

  get size(): number {
    return this.#byKey.size;
  }

  has(key: number): boolean {
    return this.#byKey.has(key);
  }

  /** Whether one of them stands at this place of a text. */
  standsAt(text: string, at: number): boolean {
    const value = this.#byKey.get(keyAt(text, at));
    return value !== undefined && text.startsWith(value, at) ||
      this.#twins.some((twin) => text.startsWith(twin, at));
  }
}

/** The same as `hexKey`, without making a text for `parseInt`. */
export function keyAt(text: string, at: number): number {
  return sixDigits(text, at) * 0x100_0000 + sixDigits(text, at + 6) - KEY_SHIFT;
}

function sixDigits(text: string, at: number): number {
  let number = 0;
  for (let digit = 0; digit < 6; digit++) {
    const code = text.charCodeAt(at + digit);
    number = number << 4 | (code & 15) + (code >> 6) * 9; // "a" is 0x61
  }
  return number;
}
