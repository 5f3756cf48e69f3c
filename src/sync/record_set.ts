import { hash } from "node:crypto";
import { type Bound, FINGERPRINT_BYTES, ID_BYTES, varint } from "./codec.ts";

/** Records whose ids are added up ahead, so that a fingerprint adds at most two stretches of them. */
const STRETCH = 256;

/** Ids are added as eight numbers of 32 bits. */
const LANES = 8;

/** Sums of lanes stay exact in a Number up to so many records: 2^32 · 2^21 = 2^53. */
export const MOST_RECORDS = 2 ** 21;

/** Events by time and id, in the order of a stored query. */
export interface Identities {
  /** created_at, seconds. */
  readonly times: Float64Array;
  /** 32 bytes each. */
  readonly ids: Uint8Array;
}

/** What NIP-77 compares: records in ascending order of timestamp, then id. 40 bytes each. */
export class RecordSet {
  readonly size: number;
  readonly #times: Float64Array;
  readonly #ids: Uint8Array;
  readonly #words: Uint32Array;
  /** At 8 · n: the sums of the lanes of the first n · STRETCH ids. */
  readonly #sums: Float64Array;

  /** @param pages In the order of a stored query: newest first, ties by the lowest id. At most MOST_RECORDS. */
  constructor(pages: readonly Identities[]) {
    this.size = pages.reduce((sum, { times }) => sum + times.length, 0);
    this.#times = new Float64Array(this.size);
    this.#ids = new Uint8Array(this.size * ID_BYTES);
    this.#words = new Uint32Array(this.#ids.buffer);
    let end = this.size;
    for (const { times, ids } of pages) {
      for (let from = 0; from < times.length;) {
        let to = from + 1;
        while (to < times.length && times[to] === times[from]) to++;
        end -= to - from;
        this.#times.fill(times[from]!, end, end + to - from);
        this.#ids.set(ids.subarray(from * ID_BYTES, to * ID_BYTES), end * ID_BYTES);
        from = to;
      }
    }
    this.#joinTies();
    this.#sums = this.#addUp();
  }

  timestamp(at: number): number {
    return this.#times[at]!;
  }

  /** A view, not a copy. */
  id(at: number): Uint8Array {
    return this.#ids.subarray(at * ID_BYTES, (at + 1) * ID_BYTES);
  }

  ids(from: number, to: number): Uint8Array {
    return this.#ids.subarray(from * ID_BYTES, to * ID_BYTES);
  }

  /** The first record, from `low` on, that is not before the bound. */
  lowerBound(bound: Bound, low = 0): number {
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#isBefore(middle, bound)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The shortest bound between a record and the one before it. */
  boundBefore(at: number): Bound {
    const timestamp = this.timestamp(at);
    if (timestamp !== this.timestamp(at - 1)) return { timestamp, prefix: new Uint8Array(0) };
    const id = this.id(at), previous = this.id(at - 1);
    let same = 0;
    while (same < ID_BYTES - 1 && id[same] === previous[same]) same++;
    return { timestamp, prefix: id.subarray(0, same + 1) };
  }

  /** NIP-77: SHA-256 of the sum of the ids, as little-endian numbers modulo 2^256, and their count. */
  fingerprint(from: number, to: number): Uint8Array {
    const sum = this.#sumBefore(to), without = this.#sumBefore(from);
    const digits = new Uint32Array(LANES);
    let carry = 0;
    for (let lane = 0; lane < LANES; lane++) {
      const value = sum[lane]! - without[lane]! + carry;
      digits[lane] = value % 2 ** 32;
      carry = Math.floor(value / 2 ** 32);
    }
    const count = varint(to - from);
    const hashed = new Uint8Array(ID_BYTES + count.length);
    hashed.set(new Uint8Array(digits.buffer));
    hashed.set(count, ID_BYTES);
    return hash("sha256", hashed, "buffer").subarray(0, FINGERPRINT_BYTES);
  }

  #isBefore(at: number, { timestamp, prefix }: Bound): boolean {
    if (this.#times[at] !== timestamp) return this.#times[at]! < timestamp;
    for (let byte = 0; byte < prefix.length; byte++) {
      const difference = this.#ids[at * ID_BYTES + byte]! - prefix[byte]!;
      if (difference !== 0) return difference < 0;
    }
    return false;
  }

  /** Ties that two pages share stand in the pages' reverse order; few do. */
  #joinTies(): void {
    for (let from = 0; from < this.size;) {
      let to = from + 1;
      while (to < this.size && this.#times[to] === this.#times[from]) to++;
      if (to - from > 1) this.#sortIds(from, to);
      from = to;
    }
  }

  #sortIds(from: number, to: number): void {
    const ids = Array.from({ length: to - from }, (_, n) => this.id(from + n).slice());
    ids.sort((a, b) => compare(a, b));
    ids.forEach((id, n) => this.#ids.set(id, (from + n) * ID_BYTES));
  }

  #addUp(): Float64Array {
    const stretches = Math.floor(this.size / STRETCH);
    const sums = new Float64Array((stretches + 1) * LANES);
    for (let n = 0; n < stretches; n++) {
      const sum = sums.subarray(n * LANES, (n + 1) * LANES),
        next = sums.subarray((n + 1) * LANES, (n + 2) * LANES);
      next.set(sum);
      this.#add(next, n * STRETCH, (n + 1) * STRETCH);
    }
    return sums;
  }

  #sumBefore(end: number): Float64Array {
    const stretch = Math.floor(end / STRETCH);
    const sum = this.#sums.slice(stretch * LANES, (stretch + 1) * LANES);
    this.#add(sum, stretch * STRETCH, end);
    return sum;
  }

  /** All our platforms keep numbers little-endian, as NIP-77 wants them read. */
  #add(sum: Float64Array, from: number, to: number): void {
    for (let word = from * LANES; word < to * LANES; word += LANES) {
      for (let lane = 0; lane < LANES; lane++) sum[lane]! += this.#words[word + lane]!;
    }
  }
}

function compare(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < ID_BYTES; at++) if (a[at] !== b[at]) return a[at]! - b[at]!;
  return 0;
}
