import type { DatabaseSync, StatementSync } from "node:sqlite";
import { BEFORE_ALL_KEYS } from "../keys.ts";
import { prepareArrays } from "./statement.ts";

/**
 * What an index holds of an event: `past` is −created_at, `id` the key of the event's id, `seq` its row. The last is
 * the author's key in the indexes by kind and time, and the kind in those by author and tag.
 */
export type Entry = readonly [past: number, id: number, seq: number, kindOrAuthor: number];

export type Index = "id" | "tag" | "author" | "kind" | "time";

/** What each index is asked by. */
const KEY_COLUMNS: Record<Index, readonly string[]> = {
  id: ["id"],
  tag: ["tag"],
  author: ["author", "kind"],
  kind: ["kind"],
  time: [],
};

/** What an index holds beside its key. */
const LAST_COLUMN: Record<Index, string> = {
  id: "0",
  tag: "kind",
  author: "kind",
  kind: "author",
  time: "author",
};

/** Most entries fetched at once. */
const MOST = 256;

/** A stretch of fewer entries than this costs mostly the call that fetches it. */
const SHORT = 32;

/** Stands before all entries with this `past` or a greater one. */
export const startingAt = (past: number): Entry => [past, BEFORE_ALL_KEYS, 0, 0];

/** The statement that reads a stretch of an index, behind an entry. */
export function walkStatement(database: DatabaseSync, index: Index): StatementSync {
  // "+ 0" hides each value from the planner, which would otherwise plan anew for every value.
  const keys = KEY_COLUMNS[index].map((column) => `${column} = ? + 0 AND `).join("");
  return prepareArrays(
    database,
    `SELECT past, id, seq, ${LAST_COLUMN[index]} FROM by_${index}
    WHERE ${keys}(past, id, seq) > (? + 0, ? + 0, ? + 0) AND past <= ? + 0
    ORDER BY past, id, seq LIMIT ? + 0`,
  );
}

/** Goes along the entries of one key, newest first, fetching ever larger stretches. */
export class Walk {
  #stretch: readonly Entry[] = [];
  #at = 0;
  #ended = false;

  /** Whether it has begun. Until then its head is where it starts, before its first entry. */
  begun = false;

  /**
   * @param head Where to start. From then on: the entry to take next; undefined at the end.
   * @param oldest Greatest `past` to read, inclusive.
   * @param size Entries to fetch at first.
   */
  constructor(
    readonly statement: StatementSync,
    readonly key: readonly number[],
    public head: Entry | undefined,
    readonly oldest: number,
    public size: number,
  ) {}

  /** Moves to the next entry. */
  advance(): void {
    this.begun = true;
    if (this.#at === this.#stretch.length && !this.#ended) this.#fetch(this.head!);
    this.head = this.#stretch[this.#at++];
  }

  #fetch([past, id, seq]: Entry): void {
    const rows = this.statement.all(...this.key, past, id, seq, this.oldest, this.size);
    this.#stretch = rows as unknown as Entry[]; // see prepareArrays
    this.#at = 0;
    this.#ended = rows.length < this.size;
    this.size = Math.min((this.size < SHORT ? 4 : 2) * this.size, MOST);
  }
}

/** The order of serving. */
export function inOrder(a: Entry, b: Entry): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
