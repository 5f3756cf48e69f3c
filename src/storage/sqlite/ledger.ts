import type { DatabaseSync } from "node:sqlite";
import { eventAddress, expiresAt, type NostrEvent, type VerifiedEvent } from "../../protocol/event.ts";
import type { Kept, Ledger, Refusal } from "../keep.ts";
import type { IndexWriter } from "./index_writer.ts";
import { hexKey, type TextKey } from "../keys.ts";
import { placementOf } from "./placement.ts";
import type { SearchIndex } from "./search_index.ts";
import { VanishedTable } from "./vanished_table.ts";

/** A row of the event table. */
export interface Row {
  readonly seq: number;
  readonly json: string;
}

export interface Stored extends Kept {
  readonly seq: number;
}

export const stored = ({ seq, json }: Row): Stored => ({ seq, event: JSON.parse(json) as NostrEvent });

/** The events of the database, within the writer's transaction. */
export class SqliteLedger implements Ledger<Stored> {
  readonly vanished: VanishedTable;
  /** The id of the event in hand, while it is not there for certain: it is not looked for. */
  newId: string | undefined;
  readonly #statements: Statements;
  #nextSeq: number;

  constructor(
    database: DatabaseSync,
    readonly textKey: TextKey,
    readonly indexes: IndexWriter,
    readonly search: SearchIndex,
  ) {
    this.vanished = new VanishedTable(database);
    this.#statements = statements(database);
    this.#nextSeq = 1 + Number(
      database.prepare(
        `SELECT max(seq) AS seq FROM (
          SELECT max(seq) AS seq FROM event UNION ALL SELECT max(seq) FROM stale
          UNION ALL SELECT value ->> 'seq' FROM meta WHERE name = 'search'
        )`,
      ).get()?.seq ?? 0,
    );
  }

  withId(id: string): Stored | undefined {
    if (id === this.newId) return undefined;
    const seq = this.indexes.find(id);
    const row = seq === undefined
      ? this.#statements.byId.get(hexKey(id), id)
      : this.#statements.bySeq.get(seq);
    return row && stored(row as unknown as Row);
  }

  at(address: string): Stored | undefined {
    const rows = this.#statements.byAddress.all(this.textKey(address)) as unknown as Row[];
    return rows.map(stored).find(({ event }) => eventAddress(event) === address);
  }

  refusal(target: string, pubkey: string): Refusal | undefined {
    const row = this.#statements.deletion.get(target, pubkey) as
      | Pick<Refusal, "until" | "askedAt">
      | undefined;
    return row && { target, pubkey, ...row };
  }

  vanishedUntil(pubkey: string): number {
    return this.vanished.until(pubkey);
  }

  insert({ event, json }: VerifiedEvent, address: string | undefined): void {
    this.newId = undefined;
    const seq = this.#nextSeq++;
    const addressKey = address === undefined ? null : this.textKey(address);
    this.#statements.insertEvent.run(seq, expiresAt(event) ?? null, addressKey, json);
    this.indexes.add(placementOf(seq, event, this.textKey));
  }

  remove(entry: Stored): void {
    const { seq, event } = entry;
    this.search.remove(entry);
    this.#statements.deleteEvent.run(seq);
    this.indexes.remove(placementOf(seq, event, this.textKey));
  }

  refuse({ target, pubkey, until, askedAt }: Refusal): void {
    this.#statements.refuse.run(target, pubkey, until, askedAt);
  }

  vanish(pubkey: string, until: number): void {
    this.vanished.add({ pubkey, until });
  }
}

type Statements = ReturnType<typeof statements>;

/** "+ 0" hides a value from the planner, which would otherwise plan anew for every value. */
function statements(database: DatabaseSync) {
  return {
    bySeq: database.prepare("SELECT seq, json FROM event WHERE seq = ?"),
    byId: database.prepare(
      "SELECT seq, json FROM by_id CROSS JOIN event USING (seq) WHERE id = ? + 0 AND substr(json, 8, 64) = ?", // {"id":"…
    ),
    byAddress: database.prepare("SELECT seq, json FROM event INDEXED BY event_address WHERE address = ? + 0"),
    insertEvent: database.prepare("INSERT INTO event VALUES (?, ?, ?, ?)"),
    deleteEvent: database.prepare("DELETE FROM event WHERE seq = ?"),
    deletion: database.prepare(
      "SELECT until, asked_at AS askedAt FROM deletion WHERE target = ? AND pubkey = ?",
    ),
    refuse: database.prepare(
      `INSERT INTO deletion VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET until = max(until, excluded.until), asked_at = max(asked_at, excluded.asked_at)`,
    ),
  };
}
