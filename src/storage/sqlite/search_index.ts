import type { DatabaseSync } from "node:sqlite";
import { wordsOf } from "../../protocol/search.ts";
import { type Row, type Stored, stored } from "./ledger.ts";

/** Of what the index holds: when `wordsOf` changes, it is made anew. */
const VERSION = 1;

/** What the index holds: written down beside it. */
interface State {
  readonly version: number;
  readonly kinds: readonly number[];
  /** All events up to this one are in the index, if they are of these kinds. */
  readonly seq: number;
}

/**
 * The full-text index (NIP-50), within the writer's transaction. Only the words of events are in it, which SQLite must be
 * told again when an event is to leave it; so it is kept up as soon as it exists, even where nobody may search.
 */
export class SearchIndex {
  #state: State | undefined;

  /** @param kinds That are to be searched; unset: whatever the index has. */
  constructor(readonly database: DatabaseSync, kinds?: readonly number[]) {
    const row = database.prepare("SELECT value FROM meta WHERE name = 'search'").get();
    const found: State | undefined = row && JSON.parse(String(row.value));
    const sorted = [...new Set(kinds ?? found?.kinds)].sort((a, b) => a - b);
    if (found?.version === VERSION && `${found.kinds}` === `${sorted}`) this.#state = found;
    else if (found ?? kinds) this.#make(sorted);
  }

  /** Takes up the next events, so many at most; answers whether others are left. */
  advance(most: number): boolean {
    if (!this.#state) return false;
    const { kinds, seq } = this.#state;
    const rows = this.database.prepare("SELECT seq, json FROM event WHERE seq > ? ORDER BY seq LIMIT ?")
      .all(seq, most) as unknown as Row[];
    if (rows.length === 0) return false;
    const insert = this.database.prepare("INSERT INTO search (rowid, words) VALUES (?, ?)");
    for (const { seq, event } of rows.map(stored)) {
      if (kinds.includes(event.kind)) insert.run(seq, wordsOf(event.content).join(" "));
    }
    this.#write({ ...this.#state, seq: rows.at(-1)!.seq });
    return rows.length === most;
  }

  /** Removes an event that leaves the store. */
  remove({ seq, event }: Stored): void {
    if (!this.#state || seq > this.#state.seq || !this.#state.kinds.includes(event.kind)) return;
    this.database.prepare("INSERT INTO search (search, rowid, words) VALUES ('delete', ?, ?)")
      .run(seq, wordsOf(event.content).join(" "));
  }

  /** After a transaction that never was. */
  rolledBack(): void {
    const row = this.database.prepare("SELECT value FROM meta WHERE name = 'search'").get();
    this.#state = row && JSON.parse(String(row.value));
  }

  #make(kinds: readonly number[]): void {
    this.database.exec(
      `BEGIN IMMEDIATE;
      DROP TABLE IF EXISTS search;
      CREATE VIRTUAL TABLE search USING fts5 (words, content = '', tokenize = 'ascii');
      INSERT INTO search (search, rank) VALUES ('secure-delete', 1)`,
    );
    this.#write({ version: VERSION, kinds, seq: 0 });
    this.database.exec("COMMIT");
  }

  #write(state: State): void {
    this.database.prepare("INSERT OR REPLACE INTO meta VALUES ('search', ?)").run(JSON.stringify(state));
    this.#state = state;
  }
}
