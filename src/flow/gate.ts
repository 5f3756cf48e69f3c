import type { Source, Waker } from "./select.ts";

/**
 * A source that gives no more than there is room for, and nothing while there is none. Whoever makes room
 * must be the one who takes: room alone wakes nobody.
 */
export class Gate<T> implements Source<T> {
  constructor(readonly source: Source<T>, readonly behind: { readonly room: number }) {}

  get size(): number {
    return Math.min(this.source.size, this.behind.room);
  }

  take(most: number): T[] {
    return this.source.take(Math.min(most, this.behind.room));
  }

  arm(waker: Waker | undefined): void {
    this.source.arm(waker);
  }
}
