import { Waiters } from "./waiters.ts";

/**
 * A bounded queue for one consumer. Taking is synchronous; who has nothing to take arms a waker
 * and sleeps (see `select.ts`), so a value is never handed to somebody who has stopped waiting.
 */
export class Channel<T> {
  readonly #items: T[] = [];
  #head = 0;
  #weight = 0;
  #waker: (() => void) | undefined;
  readonly #senders = new Waiters();

  /**
   * @param capacity Most weight held at once; `push` refuses beyond it.
   * @param weigh What an item weighs, e.g. its bytes. Default: each weighs 1.
   */
  constructor(readonly capacity: number, readonly weigh: (item: T) => number = () => 1) {}

  /** Items held. */
  get size(): number {
    return this.#items.length - this.#head;
  }

  /** Adds an item. Answers false, and keeps nothing, when there is no room for it. */
  push(item: T): boolean {
    const weight = this.weigh(item);
    if (this.#weight + weight > this.capacity) return false;
    this.#weight += weight;
    this.#items.push(item);
    this.#waker?.();
    return true;
  }

  /** Adds an item as soon as there is room; rejects with the signal's reason on abort. */
  async send(item: T, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (!this.push(item)) await this.#senders.wait(signal);
  }

  /** Takes up to `most` of the oldest items; an empty array when there are none. */
  take(most: number): T[] {
    const batch = this.#items.slice(this.#head, this.#head + most);
    this.#head += batch.length;
    if (this.#head === this.#items.length) this.#items.length = this.#head = 0;
    else if (this.#head > 1024) this.#head -= this.#items.splice(0, this.#head).length;
    for (const item of batch) this.#weight -= this.weigh(item);
    if (batch.length > 0) this.#senders.wakeAll();
    return batch;
  }

  /** Sets whom to call at the next `push`; undefined disarms. */
  arm(waker: (() => void) | undefined): void {
    this.#waker = waker;
  }
}
