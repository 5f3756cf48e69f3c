/** How often the clock is read: once in so many checks. */
const CHECKS = 16;

/** The share of a reader's time that one query gets before others have their turn. */
export class TimeSlice {
  #end = 0;
  #checks = 0;

  /** The second that decides what has expired (NIP-40). */
  now = 0;

  /** Counts the turns. */
  turn = 0;

  /** Events looked at in this turn, whether they pass or not. */
  looks = 0;

  constructor(readonly milliseconds: number) {}

  begin(now: number): void {
    this.turn++;
    this.now = now;
    this.looks = 0;
    this.#checks = 0;
    this.#end = performance.now() + this.milliseconds;
  }

  /** Whether the time is used up. */
  get spent(): boolean {
    return ++this.#checks % CHECKS === 0 && performance.now() >= this.#end;
  }
}
