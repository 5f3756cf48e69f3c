import type { DatabaseSync, StatementSync } from "node:sqlite";
import { idOf } from "../../protocol/event.ts";
import type { Filter, FilterOptions } from "../../protocol/filter.ts";
import type { Backlog } from "./backlog.ts";
import type { EventLoader } from "./event_loader.ts";
import { type JsonMatcher, jsonMatcher } from "./json_matcher.ts";
import type { Newest } from "./newest.ts";
import { RangeFinder, type Ranges } from "./ranges.ts";
import type { TimeSlice } from "./time_slice.ts";
import { type Entry, type Index, startingAt, Walk, walkStatement } from "./walk.ts";
import { Walks } from "./walks.ts";

/** A stored event that passes, with what its place in the order of serving depends on. */
export interface Hit {
  /** Its row. */
  readonly seq: number;
  /** −created_at. */
  readonly past: number;
  readonly id: string;
  readonly json: string;
  /** The same in UTF-8, where that lies ready. */
  readonly utf8?: Uint8Array | undefined;
}

/** Entries that all walks of a query together fetch at first; fewer where nobody knows how many will do. */
const FIRST_FETCH = 512, FIRST_FETCH_TO_CHOOSE_FROM = 128;

/** Whether another way would be shorter is thought about after so many entries. */
const STRETCH = 64;

interface Wanted {
  readonly filter: Filter;
  /** How many more events; whoever goes on behind the limit wants one at a time. */
  left: number;
}

/** Finds what passes a filter, in the order of serving. */
export class Query {
  readonly #statements = new Map<Index, StatementSync>();
  readonly #ranges: RangeFinder;

  constructor(
    readonly database: DatabaseSync,
    readonly backlog: Backlog,
    readonly newest: Newest,
    readonly events: EventLoader<string>,
    readonly options: FilterOptions,
    readonly slice: TimeSlice,
  ) {
    this.#ranges = new RangeFinder(database, backlog);
  }

  /**
   * Yields what passes the filter, behind its limit too: it says only how many are likely to be taken. Yields
   * undefined when the time slice is used up, to go on later.
   * @param seek Whether one more than the limit is likely to be taken.
   */
  *run(filter: Filter, seek: boolean): Generator<Hit | undefined, void, void> {
    const { limit = Infinity } = filter;
    const wanted: Wanted = { filter, left: Math.max(1, seek ? limit + 1 : limit) };
    let behind: Entry | undefined = startingAt(-(filter.until ?? Number.MAX_SAFE_INTEGER));
    for (const ranges of this.#ranges.of(filter)) {
      behind = yield* this.#search(ranges, wanted, behind);
      if (!behind) return;
    }
  }

  /** Yields what passes; answers where it has given up in favour of other ranges, if it has. */
  *#search(
    ranges: Ranges,
    wanted: Wanted,
    behind: Entry,
  ): Generator<Hit | undefined, Entry | undefined, void> {
    const { index, keys, keep, authorSet, worth = Infinity } = ranges;
    const fits = jsonMatcher(undecided(wanted.filter, index), { ...this.options, authorSet });
    const { turn } = this.slice;
    const walks = new Walks();
    const statement = this.#statement(index), size = firstFetch(ranges, wanted.left);
    const oldest = -(wanted.filter.since ?? 0);
    for (const key of keys) {
      const start = index === "author" ? this.#start(key, behind) : behind;
      if (start[0] <= oldest) walks.add(new Walk(statement, key, start, oldest, size));
      const fresh = this.backlog.walk(index, key, behind, oldest);
      if (fresh) walks.add(fresh);
      if (this.slice.spent) yield undefined;
    }
    let looked = 0, found = 0;
    while (true) {
      while (walks.begin()) if (this.slice.spent) yield undefined;
      if (!walks.head) return;
      const place = walks.take();
      this.slice.looks += place.length;
      const kept = keep ? place.filter(([, , , kindOrAuthor]) => keep.has(kindOrAuthor)) : place;
      for (const hit of this.#hits(kept, fits, this.slice.turn === turn)) {
        yield hit;
        wanted.left = Math.max(1, wanted.left - 1);
        found++;
      }
      if (++looked % STRETCH === 0 && expected(looked, found, wanted.left) > worth) return place.at(-1);
      if (this.slice.spent) yield undefined;
    }
  }

  /** Where the entries of an author and a kind begin at best. */
  #start([author, kind]: readonly number[], behind: Entry): Entry {
    const past = this.newest.past(author!, kind!);
    return past > behind[0] ? startingAt(past) : behind;
  }

  /** @param fresh Whether the place was read in this turn, and so in the snapshot that it sees. */
  #hits(place: readonly Entry[], fits: JsonMatcher, fresh: boolean): Hit[] {
    const hits: Hit[] = [];
    for (const [past, , seq] of place) {
      if (fresh && this.backlog.isGone(seq)) continue;
      const json = this.events.load(seq, this.slice.now, { fresh });
      if (json !== undefined && fits(json)) hits.push({ seq, past, id: idOf(json), json });
    }
    // Ids that share their first 48 bits share a place in the index, but not in the order of serving.
    if (hits.length > 1) hits.sort((a, b) => a.id < b.id ? -1 : 1);
    return hits;
  }

  #statement(index: Index): StatementSync {
    let statement = this.#statements.get(index);
    if (!statement) this.#statements.set(index, statement = walkStatement(this.database, index));
    return statement;
  }
}

/** Entries that each walk fetches at first. */
function firstFetch({ keys, keep }: Ranges, left: number): number {
  const together = keep ? FIRST_FETCH_TO_CHOOSE_FROM : FIRST_FETCH;
  return Math.min(left + 1, Math.max(2, Math.ceil(together / keys.length)));
}

/** How many entries must be looked at in all, if it goes on as it has begun. */
function expected(looked: number, found: number, left: number): number {
  return left === Infinity ? looked : looked * (found + left) / Math.max(1, found);
}

/** What the walk along an index leaves to be checked: a key stands for more than one text. */
function undecided(filter: Filter, index: Index): Filter {
  const { ids, authors, tags, privacy } = filter;
  return {
    ids,
    authors,
    tags,
    privacy,
    kinds: index === "id" || index === "time" ? filter.kinds : undefined,
  };
}
