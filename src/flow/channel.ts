import type { Waker } from "./select.ts";
import { Waiters } from "./waiters.ts";

/**
 * A bounded queue for one consumer. Taking is synchronous; who has nothing to take arms a waker
 * and sleeps (see `select.ts`), so a value is never handed to somebody who has stopped waiting.
 */
export class Channel<T> {
  #items: T[] = NONE;
  #head = 0;
  /** Kept beside the items: `select` looks at it often, and of ten thousand idle connections nothing is in a cache. */
  #size = 0;
  #weight = 0;
  #waker: Waker | undefined;
  /** Made when the first waits: few channels are sent to, and every connection has several. */
  #senders: Waiters | undefined;

  /**
   * @param capacity Most weight held at once; `push` refuses beyond it.
   * @param weigh What an item weighs, e.g. its bytes. Default: each weighs 1.
   */
  constructor(readonly capacity: number, readonly weigh: (item: T) => number = one) {}

  /** Items held. */
  get size(): number {
    return this.#size;
  }

  /** Adds an item. Answers false, and keeps nothing, when there is no room for it. */
  push(item: T): boolean {
    const weight = this.weigh(item);
    if (this.#weight + weight > this.capacity) return false;
    this.#weight += weight;
    this.#size++;
    if (this.#items === NONE) this.#items = [item];
    else this.#items.push(item);
    this.#waker?.wake();
    return true;
  }

  /** Adds an item as soon as there is room; rejects with the signal's reason on abort. */
  async send(item: T, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (!this.push(item)) await (this.#senders ??= new Waiters()).wait(signal);
  }

  /** Takes up to `most` of the oldest items; an empty array when there are none. */
  take(most: number): T[] {
    if (this.#size === 0) return [];
    const batch = this.#size <= most ? this.#takeAll() : this.#takeSome(most);
    this.#senders?.wakeAll();
    return batch;
  }

  #takeAll(): T[] {
    const batch = this.#head === 0 ? this.#items : this.#items.slice(this.#head);
    this.#items = NONE;
    this.#head = this.#size = this.#weight = 0;
    return batch;
  }

  #takeSome(most: number): T[] {
    const batch = this.#items.slice(this.#head, this.#head + most);
    this.#head += batch.length;
    this.#size -= batch.length;
    for (const item of batch) this.#weight -= this.weigh(item);
    if (this.#head > 1024) this.#head -= this.#items.splice(0, this.#head).length;
    return batch;
  }

  /** Sets whom to wake at each `push`; undefined disarms. */
  arm(waker: Waker | undefined): void {
    this.#waker = waker;
  }
}

/** What every empty channel holds; nothing is ever put into it. */
const NONE: never[] = [];

const one = () => 1;
