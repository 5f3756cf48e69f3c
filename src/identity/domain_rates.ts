import { TokenBucket } from "../flow/token_bucket.ts";

/** Lookups that one domain may get at once after a pause, and then a second. */
const BURST = 5, PER_SECOND = 1;

/** Domains remembered; those asked first are forgotten first. */
const MOST_DOMAINS = 1_000;

/** Keeps the relay from being used to flood a domain with questions. */
export class DomainRates {
  readonly #buckets = new Map<string, TokenBucket>();

  /** @param now A clock in milliseconds. */
  constructor(readonly now: () => number) {}

  /** Whether the domain may be asked now; counts as asking. */
  take(domain: string): boolean {
    let bucket = this.#buckets.get(domain);
    if (!bucket) this.#buckets.set(domain, bucket = new TokenBucket(BURST, PER_SECOND, this.now));
    if (this.#buckets.size > MOST_DOMAINS) this.#buckets.delete(this.#buckets.keys().next().value!);
    return bucket.take() === 0;
  }
}
