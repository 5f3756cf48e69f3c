import { BEFORE_ALL_KEYS, hexKey, KEY_SHIFT } from "../keys.ts";

/**
 * Bits of the filter: 4 MiB. At a million ids one unknown id in 6,000 looks known; at ten million, one in four. Each costs
 * a look-up, for which a reader must first learn all that was written since the last.
 */
const BITS = 2 ** 25;

/** Bits set for an id. */
const HASHES = 4;

/** Ids learnt at a time: some milliseconds of a reader's time. */
const STRETCH = 10_000;

/**
 * A Bloom filter over event ids: tells at once, without a look into the database, that an id is not there. The writer
 * believes it (see News): each id that may be stored has to come by here first, in the order of the saves.
 * Ids are hashes already, so an id's key says which bits are its own.
 */
export class KnownIds {
  readonly #bits = new Uint8Array(BITS / 8);
  #isComplete = false;

  /** Whether all were learnt that there were; until then, every question goes to the database. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /**
   * Learns what is stored already, a stretch at a time.
   * @param after Gives the keys that come after one, in order; fewer than `most` when they are the last.
   */
  async learn(after: (key: number, most: number) => Promise<Float64Array>): Promise<void> {
    let last = BEFORE_ALL_KEYS;
    while (!this.#isComplete) {
      const keys = await after(last, STRETCH);
      for (const key of keys) this.addKey(key);
      this.#isComplete = keys.length < STRETCH;
      last = keys.at(-1) ?? last;
    }
  }

  /** Answers whether the id is new for certain; none is until all were learnt. */
  add(id: string): boolean {
    return this.addKey(hexKey(id)) && this.#isComplete;
  }

  /**
   * True: the key was never added. False: it may have been.
   * @param key Of an id; see keys.ts.
   */
  addKey(key: number): boolean {
    const { first, step } = positions(key);
    let isNew = false;
    for (let hash = 0; hash < HASHES; hash++) {
      const bit = (first + hash * step) % BITS;
      const mask = 1 << (bit & 7), byte = this.#bits[bit >> 3]!;
      if ((byte & mask) === 0) isNew = true;
      this.#bits[bit >> 3] = byte | mask;
    }
    return isNew;
  }

  /** False: the id was never added. True: it may have been. */
  mayHave(id: string): boolean {
    const { first, step } = positions(hexKey(id));
    for (let hash = 0; hash < HASHES; hash++) {
      const bit = (first + hash * step) % BITS;
      if ((this.#bits[bit >> 3]! & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }
}

/** The first 25 of a key's 48 bits, and the last 24. */
function positions(key: number): { first: number; step: number } {
  const bits = key + KEY_SHIFT;
  return { first: Math.floor(bits / 2 ** 23), step: (bits % 2 ** 24) | 1 };
}
