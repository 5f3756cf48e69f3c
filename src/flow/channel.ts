/**
 * A bounded queue for one consumer. Taking is synchronous; who has nothing to take arms a waker
 * and sleeps (see `select.ts`), so a value is never handed to somebody who has stopped waiting.
 */
export class Channel<T> {
  readonly #items: T[] = [];
  #head = 0;
  #waker: (() => void) | undefined;
  #roomWakers: (() => void)[] = [];

  /** @param capacity Most items held at once; `push` refuses beyond it. */
  constructor(readonly capacity: number) {}

  get size(): number {
    return this.#items.length - this.#head;
  }

  /** Adds an item. Answers false, and keeps nothing, when the channel is full. */
  push(item: T): boolean {
    if (this.size >= this.capacity) return false;
    this.#items.push(item);
    this.#waker?.();
    return true;
  }

  /** Adds an item as soon as there is room; rejects with the signal's reason on abort. */
  async send(item: T, signal: AbortSignal): Promise<void> {
    while (!this.push(item)) await this.#room(signal);
  }

  /** Takes up to `most` of the oldest items; an empty array when there are none. */
  take(most: number): T[] {
    const batch = this.#items.slice(this.#head, this.#head + most);
    this.#head += batch.length;
    if (this.#head === this.#items.length) this.#items.length = this.#head = 0;
    else if (this.#head > 1024) this.#items.splice(0, this.#head), this.#head = 0;
    if (batch.length > 0) { for (const wake of this.#roomWakers.splice(0)) wake(); }
    return batch;
  }

  /** Sets whom to call at the next `push`; undefined disarms. */
  arm(waker: (() => void) | undefined): void {
    this.#waker = waker;
  }

  #room(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const onAbort = () => {
        const at = this.#roomWakers.indexOf(wake);
        if (at >= 0) this.#roomWakers.splice(at, 1);
        reject(signal.reason);
      };
      const wake = () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      this.#roomWakers.push(wake);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}
