import type { DatabaseSync } from "node:sqlite";
import { INDEXES, IndexTable } from "./index_table.ts";
import { fromRow, type Placement, type PlacementRow, toRow } from "./placement.ts";
import { Round } from "./round.ts";
import { prepareArrays } from "./statement.ts";

/** Rows that a round changes for each that is new, so that it has ended when the next is due. */
const PACE = 2;

/** Rows that readers know by heart, for each that makes a round due: most of those may be gone before they count. */
const MOST_KNOWN = 2;

/**
 * Keeps the indexes, which lag behind the events. Nearly every row belongs to another page, and a list of
 * five hundred people would change five hundred; so what is to change is only noted at first, one row an
 * event, and comes to the indexes in rounds. Readers know by heart what is `fresh` (see Backlog), and find no
 * event to what is `stale`.
 */
export class IndexWriter {
  readonly #tables: readonly IndexTable[];
  readonly #statements: Statements;
  /** Stored, but not in the indexes; by event id. */
  readonly #fresh = new Map<string, Placement>();
  /** Removed; by number. Undefined: gone before a round took it, so that only readers must hear of it. */
  readonly #stale = new Map<number, Placement | undefined>();
  #lastStale = 0;
  /** Of fresh events behind this one none is in the indexes, not even in part. */
  #lastTaken = 0;
  #round: Round | undefined;
  /** Rows noted that no round has taken up. */
  #waiting = 0;
  /** Of these, and those noted in this transaction, such as need no change any more. */
  #spared = 0;
  /** Rows that were noted in this transaction. */
  #noted = 0;
  /** What this transaction has done to `#fresh` and `#stale`, for when it is rolled back. */
  #undo: (() => void)[] = [];

  /** @param lag Rows to change that make a round. The more, the more of them share a page. */
  constructor(database: DatabaseSync, readonly lag: number) {
    this.#tables = INDEXES.map((shape) => new IndexTable(database, shape));
    this.#statements = statements(database);
    for (const row of this.#statements.fresh.all()) {
      const placement = fromRow(row as unknown as PlacementRow);
      this.#fresh.set(placement.eventId, placement);
      this.#lastTaken = Math.max(this.#lastTaken, placement.seq); // a round may have been under way
    }
    for (const row of this.#statements.stale.all()) {
      const [n, ...placement] = row as unknown as [number, ...PlacementRow];
      this.#stale.set(this.#lastStale = n, fromRow(placement));
    }
    for (const placement of [...this.#fresh.values(), ...this.#stale.values()]) {
      if (placement) this.#waiting += size(placement);
    }
  }

  /** The row of an event that the indexes do not know yet. */
  find(id: string): number | undefined {
    return this.#fresh.get(id)?.seq;
  }

  add(placement: Placement): void {
    this.#statements.addFresh.run(...toRow(placement));
    this.#fresh.set(placement.eventId, placement);
    this.#undo.push(() => this.#fresh.delete(placement.eventId));
    this.#noted += size(placement);
  }

  remove(placement: Placement): void {
    const isFresh = this.#fresh.delete(placement.eventId);
    if (isFresh) {
      this.#statements.dropFresh.run(placement.seq);
      this.#undo.push(() => this.#fresh.set(placement.eventId, placement));
    }
    const n = ++this.#lastStale;
    const isIndexed = !isFresh || placement.seq <= this.#lastTaken;
    this.#statements.addStale.run(n, ...toRow(placement));
    this.#stale.set(n, isIndexed ? placement : undefined);
    this.#undo.push(() => this.#stale.delete(n));
    if (isIndexed) return void (this.#noted += size(placement));
    this.#spared += size(placement);
    this.#undo.push(() => this.#spared -= size(placement));
  }

  /** The number of the last removal. */
  get lastStale(): number {
    return this.#lastStale;
  }

  /** Whether something is yet to leave the indexes that was removed no later than this. */
  isStale(upTo: number): boolean {
    const [first = Infinity] = this.#stale.keys();
    return first <= upTo;
  }

  /**
   * Goes on with the indexes, in proportion to what was noted. Comes last in a transaction.
   * @param ahead Rows to change beyond that, though no round is due. Default 0.
   */
  advance(ahead = 0): void {
    if (!this.#round && (ahead > 0 || this.#isDue)) {
      this.#round = new Round(this.#tables, this.#fresh, this.#stale);
      this.#lastTaken = Math.max(this.#lastTaken, this.#round.lastFresh);
      this.#waiting = this.#spared = 0;
    }
    this.#round?.advance(PACE * this.#noted + ahead);
    if (this.#round?.done) {
      this.#statements.endFresh.run(this.#round.lastFresh);
      this.#statements.endStale.run(this.#round.lastStale);
      this.#statements.countRound.run();
    }
  }

  /** A list that is replaced over and over leaves nothing to change, but its versions would fill the readers' memory. */
  get #isDue(): boolean {
    return this.#waiting - this.#spared >= this.lag || this.#waiting >= MOST_KNOWN * this.lag;
  }

  /** The transaction is on the disk. */
  committed(): void {
    this.#waiting += this.#noted;
    this.#noted = 0;
    this.#undo = [];
    if (!this.#round?.done) return;
    for (const [id, { seq }] of this.#fresh) if (seq <= this.#round.lastFresh) this.#fresh.delete(id);
    for (const n of this.#stale.keys()) if (n <= this.#round.lastStale) this.#stale.delete(n);
    this.#round = undefined;
  }

  /** The transaction never was. A round begins anew: what it does twice makes no difference. */
  rolledBack(): void {
    for (const undo of this.#undo.reverse()) undo();
    this.#undo = [];
    this.#noted = 0;
    if (this.#round) [this.#waiting, this.#spared] = [this.lag, 0];
    this.#round = undefined;
  }
}

const size = ({ tags }: Placement) => INDEXES.length - 1 + tags.length;

type Statements = ReturnType<typeof statements>;

function statements(database: DatabaseSync) {
  return {
    addFresh: database.prepare("INSERT INTO fresh VALUES (?, ?, ?, ?, ?, ?)"),
    dropFresh: database.prepare("DELETE FROM fresh WHERE seq = ?"),
    addStale: database.prepare("INSERT INTO stale VALUES (?, ?, ?, ?, ?, ?, ?)"),
    fresh: prepareArrays(database, "SELECT * FROM fresh"),
    stale: prepareArrays(database, "SELECT * FROM stale"),
    endFresh: database.prepare("DELETE FROM fresh WHERE seq <= ?"),
    endStale: database.prepare("DELETE FROM stale WHERE n <= ?"),
    countRound: database.prepare(
      "INSERT INTO meta VALUES ('rounds', 1) ON CONFLICT DO UPDATE SET value = value + 1",
    ),
  };
}
