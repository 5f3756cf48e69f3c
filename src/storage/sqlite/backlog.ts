import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { EventKeys } from "../keys.ts";
import type { Newest } from "./newest.ts";
import { fromRow, type Placement, type PlacementRow } from "./placement.ts";
import { prepareArrays } from "./statement.ts";
import { type Entry, type Index, inOrder } from "./walk.ts";

/** Entries of one key, in the reverse of the order of serving: so that new ones come to the end. */
type Entries = Entry[];

type Keyed = Map<number, Entries>;

type Ends = [
  rounds: number,
  oldestFresh: number,
  newestFresh: number,
  oldestStale: number,
  newestStale: number,
];

type StaleRow = [n: number, ...PlacementRow];

export interface ChangeObserver {
  /** An event has come or gone. */
  change(event: EventKeys): void;
  /** Events may have come and gone unseen. */
  clear(): void;
}

/**
 * What a reader knows by heart, because the indexes lag behind (see IndexWriter): which events are yet to
 * come to them, some of which are there already, and which are yet to leave.
 */
export class Backlog {
  readonly #ends: StatementSync;
  readonly #fresh: StatementSync;
  readonly #stale: StatementSync;
  #rounds = 0;
  #newestFresh = 0;
  #newestStale = 0;
  readonly #entries: Record<Exclude<Index, "author">, Keyed> = {
    id: new Map(),
    kind: new Map(),
    time: new Map(),
    tag: new Map(),
  };
  /** By author, then by kind: nobody asks for an author's events of all kinds together. */
  readonly #authors = new Map<number, Keyed>();
  /** Events that are yet to leave, each with its number among the stale; in the order of these. */
  readonly #gone = new Map<number, number>();

  /**
   * @param observer Is told of all that changes.
   * @param newest What is known of the index, which each round changes.
   */
  constructor(database: DatabaseSync, readonly observer: ChangeObserver, readonly newest: Newest) {
    this.#ends = prepareArrays(
      database,
      `SELECT ifnull((SELECT value + 0 FROM meta WHERE name = 'rounds'), 0),
        ifnull((SELECT min(seq) FROM fresh), 0), ifnull((SELECT max(seq) FROM fresh), 0),
        ifnull((SELECT min(n) FROM stale), 0), ifnull((SELECT max(n) FROM stale), 0)`,
    );
    this.#fresh = prepareArrays(database, "SELECT * FROM fresh WHERE seq > ? + 0 ORDER BY seq");
    this.#stale = prepareArrays(database, "SELECT * FROM stale WHERE n > ? + 0 ORDER BY n");
  }

  /** Learns what the writer has changed. Comes first in every snapshot. */
  refresh(): void {
    const ends = this.#ends.get() as unknown as Ends;
    const [rounds, oldestFresh, newestFresh, oldestStale, newestStale] = ends;
    if (rounds !== this.#rounds) this.#forget(oldestFresh || Infinity, oldestStale || Infinity);
    if (newestFresh > this.#newestFresh) {
      for (const row of this.#fresh.all(this.#newestFresh)) {
        this.#add(fromRow(row as unknown as PlacementRow));
      }
    }
    if (newestStale > this.#newestStale) {
      for (const row of this.#stale.all(this.#newestStale)) this.#remove(row as unknown as StaleRow);
    }
    this.#rounds = rounds;
    this.#newestFresh = Math.max(this.#newestFresh, newestFresh);
    this.#newestStale = Math.max(this.#newestStale, newestStale);
  }

  /** Forgets what came to the indexes or left them. Walks that are under way keep the entries they go along. */
  #forget(oldestFresh: number, oldestStale: number): void {
    for (const keys of [...Object.values(this.#entries), ...this.#authors.values()]) {
      forget(keys, oldestFresh);
    }
    for (const [author, kinds] of this.#authors) if (kinds.size === 0) this.#authors.delete(author);
    for (const [seq, n] of this.#gone) {
      if (n >= oldestStale) break;
      this.#gone.delete(seq);
    }
    this.observer.clear(); // some of it may never have been seen here
    this.newest.clear();
  }

  #remove([n, ...row]: StaleRow): void {
    const placement = fromRow(row);
    this.#gone.set(placement.seq, n);
    this.observer.change(placement);
  }

  #add(placement: Placement): void {
    this.observer.change(placement);
    const { seq, past, id, author, kind, tags } = placement;
    const { id: byId, kind: byKind, time: byTime, tag: byTag } = this.#entries;
    const withAuthor: Entry = [past, id, seq, author], withKind: Entry = [past, id, seq, kind];
    add(byId, id, withAuthor);
    let kinds = this.#authors.get(author);
    if (!kinds) this.#authors.set(author, kinds = new Map());
    add(kinds, kind, withKind);
    add(byKind, kind, withAuthor);
    add(byTime, 0, withAuthor);
    for (const tag of tags) add(byTag, tag, withKind);
  }

  /** The rows of events whose id has this key. */
  rows(id: number): number[] {
    return this.#entries.id.get(id)?.map(([, , seq]) => seq) ?? [];
  }

  /** Whether an event that an index or a walk has named in this snapshot is removed. */
  isGone(seq: number): boolean {
    return this.#gone.has(seq);
  }

  /** The walk, if there is one, along the entries of a key behind an entry. */
  walk(
    index: Index,
    [key = 0, kind = 0]: readonly number[],
    behind: Entry,
    oldest: number,
  ): BacklogWalk | undefined {
    const entries = index === "author" ? this.#authors.get(key)?.get(kind) : this.#entries[index].get(key);
    return entries && new BacklogWalk(entries, behind, oldest);
  }

  /** The keys of an index from one to another, both inclusive, that have entries; those of authors with each kind. */
  *keys(index: "id" | "author", least: number, most: number): Generator<number[], void, void> {
    const keys = index === "id" ? this.#entries.id : this.#authors;
    for (const key of least === most ? [least] : keys.keys()) {
      if (key < least || key > most || !keys.has(key)) continue;
      if (index === "id") yield [key];
      else for (const kind of this.#authors.get(key)!.keys()) yield [key, kind];
    }
  }
}

/** Goes along entries in the order of serving, though others may be added meanwhile. */
export class BacklogWalk {
  #at = 0;
  #length = 0;

  /** See Walk. */
  begun = false;

  /** @param head, oldest See Walk. */
  constructor(readonly entries: Entries, public head: Entry | undefined, readonly oldest: number) {}

  /** Moves to the next entry. */
  advance(): void {
    this.begun = true;
    if (this.#length !== this.entries.length) {
      this.#length = this.entries.length;
      this.#at = placeOf(this.entries, this.head!);
    }
    this.head = this.entries[--this.#at];
    if (this.head && this.head[0] > this.oldest) this.head = undefined;
  }
}

function forget(keys: Keyed, oldest: number): void {
  for (const [key, entries] of keys) {
    const left = entries.filter(([, , seq]) => seq >= oldest);
    if (left.length === 0) keys.delete(key);
    else if (left.length < entries.length) keys.set(key, left);
  }
}

function add(keys: Keyed, key: number, entry: Entry): void {
  const entries = keys.get(key);
  if (!entries) keys.set(key, [entry]);
  else if (inOrder(entries.at(-1)!, entry) > 0) entries.push(entry); // nearly always
  else entries.splice(placeOf(entries, entry), 0, entry);
}

/** The number of entries behind this one, in the order of serving. */
function placeOf(entries: Entries, entry: Entry): number {
  let low = 0, high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (inOrder(entries[middle]!, entry) > 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
