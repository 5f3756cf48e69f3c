import { setImmediate as nextTurn } from "node:timers/promises";
import { Semaphore } from "./semaphore.ts";

/** Work in steps of well below a millisecond, between which it may be interrupted or given up. */
export type Steps<Answer> = Generator<void, Answer, void>;

/** Milliseconds of work after which sockets and timers get a turn. */
const TIME_SLICE = 5;

/**
 * Does work on this isolate beside everything else: one time slice a turn. Who has more waits for the next; much that is
 * soon done shares one.
 */
export class Slices {
  readonly #turn = new Semaphore(1);
  /** When the slice ends that has begun. */
  #end: number | undefined;

  /** Takes all the steps; rejects with the signal's reason on abort. */
  async run<Answer>(steps: Steps<Answer>, signal: AbortSignal): Promise<Answer> {
    while (true) {
      await this.#turn.acquire(signal);
      try {
        this.#end ??= performance.now() + TIME_SLICE;
        do {
          const { done, value } = steps.next();
          if (done) return value;
        } while (performance.now() < this.#end);
        await nextTurn();
        this.#end = undefined;
      } finally {
        this.#turn.release();
        if (this.#turn.held === 0) this.#end = undefined; // nobody shares what is left of it
      }
    }
  }
}
