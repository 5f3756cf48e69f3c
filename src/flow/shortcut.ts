import { Channel } from "./channel.ts";
import type { Source, Waker } from "./select.ts";

/** Takes items past whoever is to be woken for them. */
export interface Passage<T> {
  /** Answers false, and takes nothing, when the sleeper must be woken after all. */
  pass(items: Source<T>): boolean;
}

/**
 * A channel whose items need not wake who sleeps: nothing is before them then, so they may go at once where they would
 * go. What comes at the same time goes together, and for what is left over the sleeper is woken.
 */
export class Shortcut<T> extends Channel<T> implements Waker {
  #sleeper: Waker | undefined;

  constructor(readonly passage: Passage<T>, capacity: number, weigh?: (item: T) => number) {
    super(capacity, weigh);
  }

  override arm(waker: Waker | undefined): void {
    this.#sleeper = waker;
    super.arm(waker && this);
  }

  /** By the next microtask all has come that comes at the same time. */
  wake(): void {
    super.arm(undefined);
    queueMicrotask(() => this.#go());
  }

  #go(): void {
    if (!this.#sleeper) return; // awake meanwhile: it takes them itself
    if (this.passage.pass(this) && this.size === 0) super.arm(this);
    else this.#sleeper.wake();
  }
}
