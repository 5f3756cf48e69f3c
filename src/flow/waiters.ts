/** Those who sleep until woken, first come first woken. Nobody outlives an abort. */
export class Waiters {
  readonly #wakers: (() => void)[] = [];

  get size(): number {
    return this.#wakers.length;
  }

  /** Sleeps until woken; rejects with the signal's reason on abort. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const onAbort = () => {
        this.#wakers.splice(this.#wakers.indexOf(wake), 1);
        reject(signal.reason);
      };
      const wake = () => {
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      this.#wakers.push(wake);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  wakeOne(): void {
    this.#wakers.shift()?.();
  }

  wakeAll(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }
}
