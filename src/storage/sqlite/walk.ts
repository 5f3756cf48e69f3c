import type { DatabaseSync, StatementSync } from "node:sqlite";
import { BEFORE_ALL_KEYS } from "./keys.ts";
import { prepareArrays } from "./statement.ts";

/** One entry of an index: where the event stands in the order of serving, and its row. */
export interface Entry {
  /** −created_at. */
  readonly past: number;
  /** The key of the event's id. */
  readonly id: number;
  readonly seq: number;
  /** Known where the index holds it: the tag index. */
  readonly kind: number | undefined;
}

export type Index = "id" | "tag" | "author" | "kind" | "time";

/** What each index is asked by. */
const KEY_COLUMNS: Record<Index, readonly string[]> = {
  id: ["id"],
  tag: ["hash"],
  author: ["author", "kind"],
  kind: ["kind"],
  time: [],
};

/** Most entries fetched at once. */
const MOST = 256;

/** The statement that reads a stretch of an index, behind a position. */
export function walkStatement(database: DatabaseSync, index: Index): StatementSync {
  const source = index === "tag" ? "tag" : `event INDEXED BY event_${index}`;
  const columns = index === "tag" ? "past, id, seq, kind" : "past, id, seq";
  // "+ 0" hides each value from the planner, which would otherwise plan anew for every value.
  const keys = KEY_COLUMNS[index].map((column) => `${column} = ? + 0 AND `).join("");
  return prepareArrays(
    database,
    `SELECT ${columns} FROM ${source}
    WHERE ${keys}(past, id, seq) > (? + 0, ? + 0, ? + 0) AND past <= ? + 0
    ORDER BY past, id, seq LIMIT ? + 0`,
  );
}

/** Goes along the entries of one key, newest first, fetching ever larger stretches. */
export class Walk {
  #stretch: number[][] = [];
  #at = 0;
  #ended = false;
  #behind: readonly number[];

  /**
   * @param newest Least `past` to read, @param oldest greatest: both inclusive.
   * @param size Entries to fetch at first.
   */
  constructor(
    readonly statement: StatementSync,
    readonly key: readonly number[],
    newest: number,
    readonly oldest: number,
    public size: number,
  ) {
    this.#behind = [newest, BEFORE_ALL_KEYS, 0];
  }

  /** The entry to take next; undefined at the end. */
  head: Entry | undefined;

  /** Moves to the next entry. Call it once before the first. */
  advance(): void {
    if (this.#at === this.#stretch.length && !this.#ended) this.#fetch();
    const row = this.#stretch[this.#at++];
    this.head = row && { past: row[0]!, id: row[1]!, seq: row[2]!, kind: row[3] };
  }

  #fetch(): void {
    const rows = this.statement.all(...this.key, ...this.#behind, this.oldest, this.size);
    this.#stretch = rows as unknown as number[][]; // see prepareArrays
    this.#at = 0;
    this.#ended = this.#stretch.length < this.size;
    this.#behind = this.#stretch.at(-1)?.slice(0, 3) ?? this.#behind;
    this.size = Math.min(4 * this.size, MOST);
  }
}
