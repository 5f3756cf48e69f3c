import type { IndexRow, IndexTable } from "./index_table.ts";
import type { Placement } from "./placement.ts";

/** Parts of a scattered index, one of which is brought up to date at a time. */
const PARTS = 64;

/** Keys of an index, each followed by the number of its event: rows would take five times the memory. */
type Numbered = number[];

interface Part {
  readonly table: IndexTable;
  readonly inserts: Numbered;
  readonly deletes: Numbered;
}

/** Brings the indexes up to date, part by part, each in the order of the index: then many rows share a page. */
export class Round {
  readonly lastFresh: number;
  readonly lastStale: number;
  readonly #fresh: readonly Placement[];
  readonly #stale: readonly Placement[];
  readonly #parts: Part[];
  #owed = 0;

  constructor(
    tables: readonly IndexTable[],
    fresh: ReadonlyMap<string, Placement>,
    stale: ReadonlyMap<number, Placement | undefined>,
  ) {
    this.#fresh = [...fresh.values()];
    this.#stale = [...stale.values()].filter((placement) => placement !== undefined);
    this.lastFresh = this.#fresh.reduce((last, { seq }) => Math.max(last, seq), 0);
    this.lastStale = [...stale.keys()].reduce((last, n) => Math.max(last, n), 0);
    this.#parts = tables.flatMap((table) => this.#partsOf(table));
  }

  #partsOf(table: IndexTable): Part[] {
    const { scattered, keys } = table.shape;
    const parts = Array.from(
      { length: scattered ? PARTS : 1 },
      (): Part => ({ table, inserts: [], deletes: [] }),
    );
    const part = (key: number) => parts[scattered ? Math.floor((key / 2 ** 48 + 0.5) * PARTS) : 0]!;
    this.#fresh.forEach((placement, at) => {
      for (const key of keys(placement)) part(key).inserts.push(key, at);
    });
    this.#stale.forEach((placement, at) => {
      for (const key of keys(placement)) part(key).deletes.push(key, at);
    });
    return parts;
  }

  get done(): boolean {
    return this.#parts.length === 0;
  }

  /** Changes so many rows more, or a few more than that. */
  advance(rows: number): void {
    this.#owed += rows;
    while (this.#owed > 0 && !this.done) {
      const { table, inserts, deletes } = this.#parts.pop()!;
      table.delete(rowsOf(table, deletes, this.#stale));
      table.insert(rowsOf(table, inserts, this.#fresh));
      this.#owed -= (inserts.length + deletes.length) / 2;
    }
  }
}

function rowsOf({ shape }: IndexTable, numbered: Numbered, placements: readonly Placement[]): IndexRow[] {
  const rows: IndexRow[] = [];
  for (let at = 0; at < numbered.length; at += 2) {
    rows.push(shape.row(placements[numbered[at + 1]!]!, numbered[at]!));
  }
  return rows.sort((a, b) => a[0]! - b[0]!);
}
