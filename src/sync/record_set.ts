import { hash } from "node:crypto";
import type { Steps } from "../flow/steps.ts";
import { ID_BYTES, type Identities } from "../protocol/identities.ts";
import { type Bound, FINGERPRINT_BYTES, varint } from "./codec.ts";

/** Records whose ids are added up ahead, so that a fingerprint adds at most two stretches of them. */
const STRETCH = 64;

/** Ids are added as eight numbers of 32 bits. */
const LANES = 8;

/** Sums of lanes stay exact in a Number up to so many records: 2^32 · 2^21 = 2^53. */
export const MOST_RECORDS = 2 ** 21;

/** What NIP-77 compares: records in ascending order of timestamp, then id. 40 bytes each. */
export class RecordSet {
  readonly #times: Float64Array;
  readonly #ids: Uint8Array;
  readonly #words: Uint32Array;
  /** At 8 · n: the sums of the lanes of the first n · STRETCH ids. */
  readonly #sums: Float64Array;
  /** Of the range that is being fingerprinted. */
  readonly #sum = new Float64Array(LANES);

  /**
   * @param pages In the order of a stored query: newest first, ties by the lowest id. At most MOST_RECORDS. They are
   * taken out of the list one by one, so that hardly anything is held twice.
   */
  static *from(pages: Identities[]): Steps<RecordSet> {
    const records = new RecordSet(pages.reduce((sum, { times }) => sum + times.length, 0));
    yield* records.#place(pages);
    yield* records.#addUp();
    return records;
  }

  private constructor(readonly size: number) {
    this.#times = new Float64Array(size);
    this.#ids = new Uint8Array(size * ID_BYTES);
    this.#words = new Uint32Array(this.#ids.buffer);
    this.#sums = new Float64Array((Math.floor(size / STRETCH) + 1) * LANES);
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
    const sum = this.#sumOf(from, to);
    const count = varint(to - from);
    const hashed = new Uint8Array(ID_BYTES + count.length);
    const digits = new Uint32Array(hashed.buffer, 0, LANES);
    let carry = 0;
    for (let lane = 0; lane < LANES; lane++) {
      const value = sum[lane]! + carry;
      digits[lane] = value % 2 ** 32;
      carry = Math.floor(value / 2 ** 32);
    }
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

  /** From the end to the front: seconds come newest first, but the ids of one second, which pages may share, lowest first. */
  *#place(pages: Identities[]): Steps<void> {
    let start = this.size, end = this.size; // of the second that is being placed
    for (let page = pages.shift(); page; page = pages.shift()) {
      const { times, ids } = page;
      for (let from = 0, to = 0; from < times.length; from = to) {
        const time = times[from]!;
        while (to < times.length && times[to] === time) to++;
        const count = to - from;
        if (start === this.size || this.#times[start] !== time) end = start;
        this.#ids.copyWithin((start - count) * ID_BYTES, start * ID_BYTES, end * ID_BYTES);
        this.#ids.set(ids.subarray(from * ID_BYTES, to * ID_BYTES), (end - count) * ID_BYTES);
        this.#times.fill(time, start - count, start);
        start -= count;
      }
      yield;
    }
  }

  *#addUp(): Steps<void> {
    for (let n = 0; (n + 1) * STRETCH <= this.size; n++) {
      const sum = this.#sums.subarray((n + 1) * LANES, (n + 2) * LANES);
      sum.set(this.#sums.subarray(n * LANES, (n + 1) * LANES));
      add(sum, this.#words, n * STRETCH, (n + 1) * STRETCH);
      yield;
    }
  }

  /** Whole stretches are known; what lies before and behind them is added. Good until the next call. */
  #sumOf(from: number, to: number): Float64Array {
    const sum = this.#sum, sums = this.#sums;
    const first = Math.ceil(from / STRETCH), last = Math.floor(to / STRETCH);
    if (first >= last) {
      sum.fill(0);
      add(sum, this.#words, from, to);
      return sum;
    }
    for (let lane = 0; lane < LANES; lane++) {
      sum[lane] = sums[last * LANES + lane]! - sums[first * LANES + lane]!;
    }
    add(sum, this.#words, from, first * STRETCH);
    add(sum, this.#words, last * STRETCH, to);
    return sum;
  }
}

/** All our platforms keep numbers little-endian, as NIP-77 wants them read. */
function add(sum: Float64Array, words: Uint32Array, from: number, to: number): void {
  for (let word = from * LANES; word < to * LANES; word += LANES) {
    for (let lane = 0; lane < LANES; lane++) sum[lane]! += words[word + lane]!;
  }
}
