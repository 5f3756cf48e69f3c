/**
 * A signal that aborts after a time, or with the first of its parents, whose reason it then has. Once disposed it
 * aborts no more, and leaves neither timer nor listener.
 */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #parents: readonly AbortSignal[];

  /**
   * @param milliseconds Infinity is never.
   * @param late Makes the reason when the time is up.
   */
  constructor(milliseconds: number, late: () => Error, ...parents: readonly (AbortSignal | undefined)[]) {
    if (milliseconds < Infinity) this.#timer = setTimeout(() => this.#controller.abort(late()), milliseconds);
    this.#parents = parents.filter((parent) => parent !== undefined);
    for (const parent of this.#parents) {
      if (parent.aborted) this.#controller.abort(parent.reason);
      else parent.addEventListener("abort", this.#follow);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const parent of this.#parents) parent.removeEventListener("abort", this.#follow);
  }

  readonly #follow = (): void => {
    this.#controller.abort(this.#parents.find(({ aborted }) => aborted)!.reason);
  };
}
