import type { Library } from "./library.ts";

const PUBKEY_BYTES = 32;
const PARSED_BYTES = 64;

/**
 * Public keys that the library has parsed. Authors repeat, and parsing is 12 % of a verification.
 * A key has one slot, named by its first bits; another key there replaces it.
 */
export class ParsedKeys {
  readonly #pubkeys: Uint8Array;
  readonly #parsed: Uint8Array;
  /** 1 where a slot holds a key: the library aborts the process when given an empty one. */
  readonly #filled: Uint8Array;
  readonly #address: number;

  /** @param slots A power of 2, at most 65,536. */
  constructor(readonly library: Library, readonly context: number, readonly slots: number) {
    this.#pubkeys = new Uint8Array(slots * PUBKEY_BYTES);
    this.#parsed = new Uint8Array(slots * PARSED_BYTES);
    this.#filled = new Uint8Array(slots);
    this.#address = library.addressOf(this.#parsed);
  }

  /**
   * The address of the parsed form of the public key at `records[at]`; 0 when it is no public key.
   * @param base The address of `records`.
   */
  address(records: Uint8Array, base: number, at: number): number {
    const slot = (records[at]! << 8 | records[at + 1]!) & (this.slots - 1);
    const parsed = this.#address + slot * PARSED_BYTES;
    if (this.#filled[slot] === 1 && this.#holds(slot, records, at)) return parsed;
    // A failed parse wipes the slot.
    this.#filled[slot] = this.library.parsePublicKey(this.context, parsed, base + at);
    if (this.#filled[slot] === 0) return 0;
    for (let n = 0; n < PUBKEY_BYTES; n++) this.#pubkeys[slot * PUBKEY_BYTES + n] = records[at + n]!;
    return parsed;
  }

  #holds(slot: number, records: Uint8Array, at: number): boolean {
    for (let n = 0; n < PUBKEY_BYTES; n++) {
      if (this.#pubkeys[slot * PUBKEY_BYTES + n] !== records[at + n]) return false;
    }
    return true;
  }
}
