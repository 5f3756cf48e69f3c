import type { HyperLogLog } from "../protocol/hyperloglog.ts";
import { Rejection } from "../protocol/reason.ts";

export interface CountOptions {
  /** Aborting ends the count; it then rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** Takes in the author of each event that is counted (NIP-45). */
  readonly authors?: HyperLogLog | undefined;
  /** Events that may be looked at, whether they pass or not. Default: any number. */
  readonly most?: number | undefined;
}

/**
 * More events than a count may look at. What was counted up to there is of no use: nobody could tell how far it is
 * from the truth, and registers (NIP-45) that lack authors spoil what a client merges them with.
 */
export class TooManyToCount extends Rejection {
  constructor(most: number) {
    super(
      "blocked",
      `more than ${
        most.toLocaleString("en-US")
      } events would have to be looked at; ask for less, such as with since`,
    );
  }
}

/** Adds up what a count looks at. */
export class Looks {
  #looked = 0;

  constructor(readonly most = Infinity) {}

  /** @throws {TooManyToCount} */
  add(events: number): void {
    this.#looked += events;
    if (this.#looked > this.most) throw new TooManyToCount(this.most);
  }
}
