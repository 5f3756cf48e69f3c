import type { Source, Waker } from "./select.ts";

/** Takes items past whoever selects. */
export interface Passage<T> {
  /** Answers false, and takes nothing, when the items must go through the `select` after all. */
  pass(items: Source<T>): boolean;
}

/**
 * A source whose items need not wake a `select` that sleeps: nothing is before them then, so they may go at once where
 * they would go. What comes at the same time goes together, and what is left over wakes the `select`.
 */
export class Shortcut<T> implements Source<T>, Waker {
  #waker: Waker | undefined;

  constructor(readonly source: Source<T>, readonly passage: Passage<T>) {}

  get size(): number {
    return this.source.size;
  }

  take(most: number): T[] {
    return this.source.take(most);
  }

  arm(waker: Waker | undefined): void {
    this.#waker = waker;
    this.source.arm(waker && this);
  }

  /** By the next microtask all has come that comes at the same time. */
  wake(): void {
    this.source.arm(undefined);
    queueMicrotask(this.#go);
  }

  readonly #go = (): void => {
    if (!this.#waker) return; // awake meanwhile: it takes them itself
    if (this.passage.pass(this.source) && this.size === 0) this.source.arm(this);
    else this.#waker.wake();
  };
}
