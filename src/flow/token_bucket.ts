/** What sums of fractions may fall short by. */
const ROUNDING = 1e-9;

/** Lets so much through in a time, and as much again at once after a pause. Full at first. */
export class TokenBucket {
  #tokens: number;
  #filledAt: number;

  /**
   * @param capacity Most tokens held: what may pass at once. 1 or more.
   * @param perSecond Tokens that come back in a second.
   * @param now A clock in milliseconds; should it step back, nothing comes back until it catches up.
   */
  constructor(readonly capacity: number, readonly perSecond: number, readonly now: () => number) {
    this.#tokens = capacity;
    this.#filledAt = now();
  }

  /** Takes a token: 0 when there was one, else the seconds until there is, and none is taken. */
  take(): number {
    this.#fill();
    if (this.#tokens < 1 - ROUNDING) return (1 - this.#tokens) / this.perSecond;
    this.#tokens--;
    return 0;
  }

  #fill(): void {
    const elapsed = this.now() - this.#filledAt;
    if (elapsed <= 0) return;
    this.#tokens = Math.min(this.capacity, this.#tokens + elapsed / 1_000 * this.perSecond);
    this.#filledAt += elapsed;
  }
}
