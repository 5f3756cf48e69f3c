import type { DatabaseSync } from "node:sqlite";
import { eventAddress, expiresAt, newestFirst, type NostrEvent } from "../../protocol/event.ts";
import { DELETION } from "../../protocol/kind.ts";
import { deletionTargets } from "../deletion.ts";
import type { SaveOutcome } from "../repository.ts";
import { IndexWriter } from "./index_writer.ts";
import { hexKey, type TextKey, textKey } from "./keys.ts";
import { placementOf } from "./placement.ts";
import { seedOf } from "./schema.ts";

/** What became of one event of a batch; `failure` is for the operator's log. */
export type SaveAnswer = SaveOutcome | { readonly failure: string };

/**
 * Rows of indexes that wait to be changed together: 15,000 realistic events. With a million stored, half as many would
 * make each cost a seventh more; but what waits is also in the memory of every reader, and is read at the start.
 */
const LAG = 196_608;

/** A row of the event table. */
interface Row {
  readonly seq: number;
  readonly json: string;
}

/** Changes the database. Every public method is one transaction, and answers when it is on the disk. */
export class Writer {
  readonly #textKey: TextKey;
  readonly #statements: Statements;
  readonly #indexes: IndexWriter;
  #nextSeq: number;

  /** @param lag See IndexWriter. */
  constructor(readonly database: DatabaseSync, lag = LAG) {
    this.#textKey = textKey(seedOf(database));
    this.#statements = statements(database);
    this.#indexes = new IndexWriter(database, lag);
    this.#nextSeq = 1 + Number(
      database.prepare(
        "SELECT max(seq) AS seq FROM (SELECT max(seq) AS seq FROM event UNION ALL SELECT max(seq) FROM stale)",
      ).get()?.seq ?? 0,
    );
  }

  /** Saves the events in their order, each as if those before it were stored already. */
  save(batch: readonly string[]): SaveAnswer[] {
    try {
      return this.#transaction(() => batch.map((json) => this.#save(json)));
    } catch (error) {
      if (batch.length === 1) return [{ failure: (error as Error).message }];
      return batch.flatMap((json) => this.save([json])); // one bad event must not fail the others
    }
  }

  /** Removes up to `most` events that have expired at `now` (NIP-40); answers how many. */
  removeExpired(now: number, most: number): number {
    const expired = this.#statements.expired.all(now, most) as unknown as Row[];
    if (expired.length > 0) this.#transaction(() => expired.forEach((row) => this.#remove(row)));
    return expired.length;
  }

  #transaction<T>(work: () => T): T {
    this.database.exec("BEGIN IMMEDIATE");
    try {
      const result = work();
      this.#indexes.advance();
      this.database.exec("COMMIT");
      this.#indexes.committed();
      return result;
    } catch (error) {
      // After some failures, a full disk among them, SQLite has rolled back by itself.
      if (this.database.isTransaction) this.database.exec("ROLLBACK");
      this.#indexes.rolledBack();
      throw error;
    }
  }

  #save(json: string): SaveOutcome {
    const event = JSON.parse(json) as NostrEvent;
    if (this.#withId(event.id)) return "duplicate";
    const address = eventAddress(event);
    if (this.#isDeleted(event, address)) return "deleted";
    if (address !== undefined) {
      const other = this.#at(address);
      if (other && newestFirst(parsed(other), event) < 0) return "superseded";
      if (other) this.#remove(other);
    }
    this.#insert(event, json, address);
    if (event.kind === DELETION) this.#carryOut(event);
    return "stored";
  }

  #insert(event: NostrEvent, json: string, address: string | undefined): void {
    const seq = this.#nextSeq++;
    const addressKey = address === undefined ? null : this.#textKey(address);
    this.#statements.insertEvent.run(seq, expiresAt(event) ?? null, addressKey, json);
    this.#indexes.add(placementOf(seq, event, this.#textKey));
  }

  #remove({ seq, json }: Row): void {
    const event = JSON.parse(json) as NostrEvent;
    this.#statements.deleteEvent.run(seq);
    this.#indexes.remove(placementOf(seq, event, this.#textKey));
  }

  #isDeleted({ id, pubkey, created_at, kind }: NostrEvent, address: string | undefined): boolean {
    if (kind === DELETION) return false; // NIP-09: deleting a deletion request has no effect
    const { deletion } = this.#statements;
    return [id, address].some((target) =>
      target !== undefined && Number(deletion.get(target, pubkey)?.until ?? -1) >= created_at
    );
  }

  #carryOut(request: NostrEvent): void {
    for (const { target, until } of deletionTargets(request)) {
      this.#statements.remember.run(target, request.pubkey, until);
      const row = target.includes(":") ? this.#at(target) : this.#withId(target);
      const named = row && parsed(row);
      if (!named || named.pubkey !== request.pubkey || named.kind === DELETION) continue;
      if (named.created_at <= until) this.#remove(row);
    }
  }

  #withId(id: string): Row | undefined {
    const seq = this.#indexes.find(id);
    if (seq !== undefined) return this.#statements.bySeq.get(seq) as unknown as Row;
    return this.#statements.byId.get(hexKey(id), id) as unknown as Row | undefined;
  }

  #at(address: string): Row | undefined {
    const rows = this.#statements.byAddress.all(this.#textKey(address)) as unknown as Row[];
    return rows.find((row) => eventAddress(parsed(row)) === address);
  }
}

const parsed = ({ json }: Row): NostrEvent => JSON.parse(json);

type Statements = ReturnType<typeof statements>;

/** "+ 0" hides a value from the planner, which would otherwise plan anew for every value. */
function statements(database: DatabaseSync) {
  return {
    bySeq: database.prepare("SELECT seq, json FROM event WHERE seq = ?"),
    byId: database.prepare(
      "SELECT seq, json FROM by_id CROSS JOIN event USING (seq) WHERE id = ? + 0 AND substr(json, 8, 64) = ?", // {"id":"…
    ),
    byAddress: database.prepare("SELECT seq, json FROM event INDEXED BY event_address WHERE address = ? + 0"),
    expired: database.prepare(
      "SELECT seq, json FROM event INDEXED BY event_expires_at WHERE expires_at <= ? + 0 LIMIT ? + 0",
    ),
    insertEvent: database.prepare("INSERT INTO event VALUES (?, ?, ?, ?)"),
    deleteEvent: database.prepare("DELETE FROM event WHERE seq = ?"),
    deletion: database.prepare("SELECT until FROM deletion WHERE target = ? AND pubkey = ?"),
    remember: database.prepare(
      `INSERT INTO deletion VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET until = max(until, excluded.until)`,
    ),
  };
}
