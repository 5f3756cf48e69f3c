import { setImmediate as nextTurn } from "node:timers/promises";
import { Semaphore } from "./semaphore.ts";

/** Work in steps of well below a millisecond, between which it may be interrupted or given up. */
export type Steps<Answer> = Generator<void, Answer, void>;

/** Milliseconds of work after which sockets and timers get a turn. */
const TIME_SLICE = 5;

/**
 * Does work on this isolate beside everything else: one time slice a turn, which is shared by what is soon done. Who has
 * more waits for another, behind the others.
 */
export class Slices {
  readonly #turn = new Semaphore(1);
  /** When the last slice ends, or has ended. */
  #end = 0;

  /** Takes all the steps; rejects with the signal's reason on abort. */
  async run<Answer>(steps: Steps<Answer>, signal: AbortSignal): Promise<Answer> {
    while (true) {
      await this.#turn.acquire(signal);
      try {
        if (performance.now() >= this.#end) {
          await nextTurn();
          this.#end = performance.now() + TIME_SLICE;
        }
        do {
          const { done, value } = steps.next();
          if (done) return value;
        } while (performance.now() < this.#end);
      } finally {
        this.#turn.release();
      }
    }
  }
}
