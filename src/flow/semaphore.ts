import { Waiters } from "./waiters.ts";

/** Bounds how much goes on at once. Permits are given in the order they were asked for. */
export class Semaphore {
  #free: number;
  /** Made when the first waits: at most semaphores, several a connection, nobody ever does. */
  #waiters: Waiters | undefined;

  constructor(readonly permits: number) {
    this.#free = permits;
  }

  get held(): number {
    return this.permits - this.#free;
  }

  /** Resolves with a permit held; rejects with the signal's reason on abort, holding none. */
  async acquire(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.tryAcquire()) await (this.#waiters ??= new Waiters()).wait(signal); // woken by a release, whose permit is ours now
  }

  /** Takes a permit if one is free now. */
  tryAcquire(): boolean {
    if (this.#free === 0) return false;
    this.#free--;
    return true;
  }

  release(): void {
    if (this.#waiters && this.#waiters.size > 0) this.#waiters.wakeOne();
    else this.#free++;
  }
}
