import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { NostrEvent, VerifiedEvent } from "../../protocol/event.ts";
import { keep } from "../keep.ts";
import type { SaveOutcome } from "../repository.ts";
import type { Vanished } from "../vanishing.ts";
import { IndexWriter } from "./index_writer.ts";
import { textKey } from "../keys.ts";
import { type Row, SqliteLedger, type Stored, stored } from "./ledger.ts";
import { emptyLog } from "./open.ts";
import { seedOf } from "./schema.ts";
import { SearchIndex } from "./search_index.ts";

/** What became of one event of a batch; `failure` is for the operator's log. */
export type SaveAnswer = SaveOutcome | { readonly failure: string };

/**
 * For each event of a batch whether its id is new for certain, "1" or "0"; where it is shorter, the rest may be stored
 * already. What is new is not looked for, in a page that is seldom at hand when millions are stored: nothing else would
 * notice that it is there.
 */
export type News = string;

/**
 * Rows of indexes that wait to be changed together: 15,000 realistic events. With a million stored, half as many would
 * make each cost a seventh more; but what waits is also in the memory of every reader, and is read at the start.
 */
const LAG = 196_608;

/** Events taken to the full-text index in one transaction. */
const MOST_INDEXED = 500;

/** Changes the database. Every public method is one transaction, and answers when it is on the disk. */
export class Writer {
  readonly #indexes: IndexWriter;
  readonly #search: SearchIndex;
  readonly #ledger: SqliteLedger;
  readonly #expired: StatementSync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;

  /** @param lag See IndexWriter. @param searchKinds See SearchIndex. */
  constructor(readonly database: DatabaseSync, lag = LAG, searchKinds?: readonly number[]) {
    this.#indexes = new IndexWriter(database, lag);
    this.#search = new SearchIndex(database, searchKinds);
    this.#ledger = new SqliteLedger(database, textKey(seedOf(database)), this.#indexes, this.#search);
    this.#begin = database.prepare("BEGIN IMMEDIATE");
    this.#commit = database.prepare("COMMIT");
    this.#expired = database.prepare(
      "SELECT seq, json FROM event INDEXED BY event_expires_at WHERE expires_at <= ? + 0 LIMIT ? + 0",
    );
  }

  /** Saves the events in their order, each as if those before it were stored already. */
  save(batch: readonly string[], news: News = ""): SaveAnswer[] {
    try {
      return this.#transaction(() => batch.map((json, at) => this.#save(json, news[at] === "1")));
    } catch (error) {
      if (batch.length === 1) return [{ failure: (error as Error).message }];
      return batch.flatMap((json, at) => this.save([json], news[at])); // one bad event must not fail the others
    }
  }

  /** Removes up to `most` events that have expired at `now` (NIP-40); answers how many. */
  removeExpired(now: number, most: number): number {
    const expired = this.#expired.all(now, most) as unknown as Row[];
    return this.#remove(expired.map(stored));
  }

  /** Removes events; answers how many there were. */
  remove(ids: readonly string[]): number {
    return this.#remove([...new Set(ids)].flatMap((id) => this.#ledger.withId(id) ?? []));
  }

  /** Notes that these have vanished (NIP-62). */
  noteVanished(who: readonly Vanished[]): void {
    this.#transaction(() => who.forEach((each) => this.#ledger.vanished.add(each)));
  }

  /** Those who have: see VanishedTable. */
  vanishedAfter(pubkey: string, most: number): Vanished[] {
    return this.#ledger.vanished.after(pubkey, most);
  }

  /** Some of those who have asked to vanish (NIP-62), of whom something may be left. */
  leaving(most: number): Vanished[] {
    return this.#ledger.vanished.leaving(most);
  }

  /** The number of the last removal. */
  get lastRemoval(): number {
    return this.#indexes.lastStale;
  }

  /**
   * Lets go of a part of what is left of them when their events are gone; answers whether that was the last.
   * @param lastRemoval Up to which one the indexes may have places of those events yet, and the write-ahead log their
   * text: others remove events all the time. Undefined if they had none.
   */
  forget(who: readonly Vanished[], most: number, lastRemoval?: number): boolean {
    const { vanished } = this.#ledger;
    const gone = this.#transaction(() =>
      who.reduce((sum, each) => sum + vanished.forgetDeletions(each, most - sum), 0)
    );
    if (gone === most) return false;
    const areTracesLeft = () => lastRemoval !== undefined && this.#indexes.isStale(lastRemoval);
    if (areTracesLeft()) this.#transaction(() => {}, most);
    if (areTracesLeft()) return false;
    if (lastRemoval !== undefined || gone > 0) emptyLog(this.database);
    this.#transaction(() => who.forEach((each) => vanished.isGone(each)));
    return true;
  }

  /** Takes the next events to the full-text index; answers whether others are left. */
  advanceSearch(): boolean {
    return this.#transaction(() => this.#search.advance(MOST_INDEXED));
  }

  #remove(events: readonly Stored[]): number {
    if (events.length > 0) this.#transaction(() => events.forEach((event) => this.#ledger.remove(event)));
    return events.length;
  }

  #transaction<T>(work: () => T, ahead = 0): T {
    this.#begin.run();
    try {
      const result = work();
      this.#indexes.advance(ahead);
      this.#commit.run();
      this.#indexes.committed();
      return result;
    } catch (error) {
      // After some failures, a full disk among them, SQLite has rolled back by itself.
      if (this.database.isTransaction) this.database.exec("ROLLBACK");
      this.#indexes.rolledBack();
      this.#search.rolledBack();
      throw error;
    }
  }

  /** @param json Of an event that was verified, though the type does not come through to this thread. */
  #save(json: string, isNew: boolean): SaveOutcome {
    const event = JSON.parse(json) as NostrEvent;
    this.#ledger.newId = isNew ? event.id : undefined;
    return keep(this.#ledger, { event, json } as VerifiedEvent);
  }
}
