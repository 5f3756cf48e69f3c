import type { DatabaseSync, StatementSync } from "node:sqlite";
import { prepareArrays } from "./statement.ts";

/** A power of two, and with it the pairs that are known at most: two kinds of 65,000 authors. Each takes 20 bytes. */
const PLACES = 131_072;

/** In the place of a kind: none. */
const FREE = 0;

/** In the place of a `past`, where there is no event. */
const NEVER = Infinity;

/**
 * How new the newest event of an author and a kind can be, as far as the index goes: a feed names hundreds of
 * authors, and most have written nothing lately. Two pairs may want one place; then the later one has it.
 */
export class Newest {
  readonly #newest: StatementSync;
  readonly #authors = new Float64Array(PLACES);
  /** Each plus one. */
  readonly #kinds = new Uint32Array(PLACES);
  readonly #pasts = new Float64Array(PLACES);
  #isEmpty = true;

  constructor(database: DatabaseSync) {
    this.#newest = prepareArrays(
      database,
      "SELECT past FROM by_author WHERE author = ? + 0 AND kind = ? + 0 ORDER BY past LIMIT 1",
    );
  }

  /** Its −created_at, or less where that event has been removed; `NEVER` where there is none. */
  past(author: number, kind: number): number {
    const place = placeOf(author, kind);
    if (this.#authors[place] !== author || this.#kinds[place] !== kind + 1) {
      const [past = NEVER] = (this.#newest.get(author, kind) ?? []) as unknown as number[]; // see prepareArrays
      this.#authors[place] = author;
      this.#kinds[place] = kind + 1;
      this.#pasts[place] = past;
      this.#isEmpty = false;
    }
    return this.#pasts[place]!;
  }

  /** Newer events may have come to the index. */
  clear(): void {
    if (!this.#isEmpty) this.#kinds.fill(FREE);
    this.#isEmpty = true;
  }
}

function placeOf(author: number, kind: number): number {
  const mixed = Math.imul(author | 0, 0x9e3779b1) ^ Math.imul(kind + 1, 0x85ebca77);
  return (mixed ^ mixed >>> 15) & PLACES - 1;
}
