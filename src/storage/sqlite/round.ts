import type { IndexRow, IndexTable } from "./index_table.ts";
import type { Placement } from "./placement.ts";

/** Parts of a scattered index, one of which is brought up to date at a time. */
const PARTS = 64;

interface Part {
  readonly table: IndexTable;
  readonly inserts: IndexRow[];
  readonly deletes: IndexRow[];
}

/** Brings the indexes up to date, part by part, each in the order of the index: then many rows share a page. */
export class Round {
  readonly lastFresh: number;
  readonly lastStale: number;
  readonly #parts: Part[] = [];
  #owed = 0;

  constructor(
    tables: readonly IndexTable[],
    fresh: ReadonlyMap<string, Placement>,
    stale: ReadonlyMap<number, Placement>,
  ) {
    this.lastFresh = 0;
    for (const { seq } of fresh.values()) this.lastFresh = Math.max(this.lastFresh, seq);
    this.lastStale = 0;
    for (const n of stale.keys()) this.lastStale = Math.max(this.lastStale, n);
    for (const table of tables) {
      const { scattered, rows } = table.shape;
      const parts = Array.from(
        { length: scattered ? PARTS : 1 },
        (): Part => ({ table, inserts: [], deletes: [] }),
      );
      const part = (row: IndexRow) => parts[scattered ? partOf(row[0]!) : 0]!;
      for (const placement of fresh.values()) for (const row of rows(placement)) part(row).inserts.push(row);
      for (const placement of stale.values()) for (const row of rows(placement)) part(row).deletes.push(row);
      this.#parts.push(...parts);
    }
  }

  get done(): boolean {
    return this.#parts.length === 0;
  }

  /** Changes so many rows more, or a few more than that. */
  advance(rows: number): void {
    this.#owed += rows;
    while (this.#owed > 0 && !this.done) {
      const { table, inserts, deletes } = this.#parts.pop()!;
      table.delete(deletes.sort(byKey));
      table.insert(inserts.sort(byKey));
      this.#owed -= inserts.length + deletes.length;
    }
  }
}

const byKey = (a: IndexRow, b: IndexRow) => a[0]! - b[0]!;

const partOf = (key: number) => Math.floor((key / 2 ** 48 + 0.5) * PARTS);
