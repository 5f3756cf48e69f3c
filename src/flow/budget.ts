/** A bound on what several hold together. Whoever takes must give back. */
export class Budget {
  #held = 0;

  constructor(readonly total: number) {}

  get held(): number {
    return this.#held;
  }

  /** Answers false, and takes nothing, when there is not enough left. */
  take(amount: number): boolean {
    if (this.#held + amount > this.total) return false;
    this.#held += amount;
    return true;
  }

  give(amount: number): void {
    this.#held -= amount;
  }
}
