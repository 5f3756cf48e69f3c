import { Budget } from "../flow/budget.ts";
import { Slices } from "../flow/steps.ts";

/** What all exchanges of a relay share (NIP-77). */
export class SyncPool {
  /** Records in memory, `sync.max_events_held` at most: 40 bytes each. */
  readonly records: Budget;
  /** Where records are put in order and messages are answered. */
  readonly slices = new Slices();
  /** Open exchanges. */
  exchanges = 0;

  constructor(mostHeld: number) {
    this.records = new Budget(mostHeld);
  }
}
