import { Heap } from "./heap.ts";
import { type Entry, inOrder, type Walk } from "./walk.ts";

/** Goes along entries in the order of serving. */
type Source = Pick<Walk, "head" | "advance" | "begun">;

/** Walks of several keys, merged in the order of serving. */
export class Walks {
  readonly #heap = new Heap<Source>((a, b) => inOrder(a.head!, b.head!));

  /** Adds a walk that has not begun. */
  add(walk: Source): void {
    this.#heap.push(walk);
  }

  /** Begins the walk that may have the next entry; answers false when no other can have one before `head`. */
  begin(): boolean {
    const { first } = this.#heap;
    if (!first || first.begun) return false;
    this.#advance();
    return true;
  }

  /** The entry to take next; undefined at the end. */
  get head(): Entry | undefined {
    return this.#heap.first?.head;
  }

  /**
   * Takes all entries that share the next place in the order, each event once: nearly always one. No walk that is yet
   * to begin has any of them.
   */
  take(): Entry[] {
    const taken = [this.head!];
    while (true) {
      this.#advance();
      const { head } = this, last = taken.at(-1)!;
      if (!head || head[0] !== last[0] || head[1] !== last[1]) return taken;
      if (head[2] !== last[2]) taken.push(head);
    }
  }

  #advance(): void {
    const walk = this.#heap.first!;
    walk.advance();
    if (walk.head) this.#heap.sink();
    else this.#heap.shift();
  }
}
