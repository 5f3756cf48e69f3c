import { TokenBucket } from "../flow/token_bucket.ts";

/** Calls at once from an address, and a second afterwards. */
const BURST = 120, PER_SECOND = 2;

/** Addresses known at once; the one that has been quiet for longest is forgotten first. */
const MAX_ADDRESSES = 10_000;

/** How often each address calls. */
export class Rates {
  readonly #buckets = new Map<string, TokenBucket>();

  /**
   * @param now A clock in milliseconds.
   * @param partyOf Whom an address is counted for; default, and where undefined: for itself.
   */
  constructor(
    readonly now: () => number,
    readonly partyOf: (address: string) => string | undefined = () => undefined,
  ) {}

  /** Counts a call: 0 when it may be answered, else the seconds to wait. */
  take(address: string): number {
    const party = this.partyOf(address) ?? address;
    const bucket = this.#buckets.get(party) ?? new TokenBucket(BURST, PER_SECOND, this.now);
    this.#buckets.delete(party);
    this.#buckets.set(party, bucket); // to the end
    if (this.#buckets.size > MAX_ADDRESSES) this.#buckets.delete(this.#buckets.keys().next().value!);
    return bucket.take();
  }
}
