import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Filter, FilterOptions } from "../../protocol/filter.ts";
import { idOf, type JsonMatcher, jsonMatcher } from "./json_matcher.ts";
import { RangeFinder, type Ranges } from "./ranges.ts";
import { prepareArrays } from "./statement.ts";
import type { TimeSlice } from "./time_slice.ts";
import { type Entry, type Index, type Position, startingAt, Walk, walkStatement } from "./walk.ts";
import { Walks } from "./walks.ts";

/** A stored event that passes, with what its place in the order of serving depends on. */
export interface Hit {
  /** −created_at. */
  readonly past: number;
  readonly id: string;
  readonly json: string;
}

/** Entries that all walks of a query together fetch at first. */
const FIRST_FETCH = 512;

/** Whether another way would be shorter is thought about after so many entries. */
const STRETCH = 64;

interface Wanted {
  readonly filter: Filter;
  /** How many more events. */
  left: number;
}

/** Finds what passes a filter, in the order of serving. */
export class Query {
  readonly #statements = new Map<Index, StatementSync>();
  readonly #load: StatementSync;
  readonly #ranges: RangeFinder;

  constructor(readonly database: DatabaseSync, readonly options: FilterOptions, readonly slice: TimeSlice) {
    this.#ranges = new RangeFinder(database, options);
    this.#load = prepareArrays(
      database,
      "SELECT json FROM event WHERE seq = ? + 0 AND (expires_at IS NULL OR expires_at > ? + 0)",
    );
  }

  /** Yields what passes the filter, its limit kept; undefined when the time slice is used up, to go on later. */
  *run(filter: Filter): Generator<Hit | undefined, void, void> {
    const wanted: Wanted = { filter, left: filter.limit ?? Infinity };
    let behind: Position | undefined = startingAt(filter.until ?? Number.MAX_SAFE_INTEGER);
    for (const ranges of this.#ranges.of(filter)) {
      if (wanted.left === 0) return;
      behind = yield* this.#search(ranges, wanted, behind);
      if (!behind) return;
    }
  }

  /** Yields what passes; answers where it has given up in favour of other ranges, if it has. */
  *#search(
    { index, keys, keep, worth = Infinity }: Ranges,
    wanted: Wanted,
    behind: Position,
  ): Generator<Hit | undefined, Position | undefined, void> {
    const fits = jsonMatcher(undecided(wanted.filter, index), this.options);
    const walks = new Walks();
    for (const walk of this.#walks(index, keys, wanted, behind)) {
      walks.add(walk);
      if (this.slice.spent) yield undefined;
    }
    let looked = 0, found = 0;
    while (walks.head) {
      const place = walks.take();
      for (const hit of this.#hits(keep ? place.filter((entry) => keep.has(entry[3])) : place, fits)) {
        yield hit;
        if (--wanted.left === 0) return;
        found++;
      }
      if (++looked % STRETCH === 0 && expected(looked, found, wanted.left) > worth) {
        const [past, id, seq] = place.at(-1)!;
        return [past, id, seq];
      }
      if (this.slice.spent) yield undefined;
    }
  }

  #walks(index: Index, keys: Ranges["keys"], { filter, left }: Wanted, behind: Position): Walk[] {
    const statement = this.#statement(index);
    const size = Math.min(left + 1, Math.max(2, Math.ceil(FIRST_FETCH / keys.length)));
    return keys.map((key) => new Walk(statement, key, behind, -(filter.since ?? 0), size));
  }

  #hits(place: readonly Entry[], fits: JsonMatcher): Hit[] {
    const hits: Hit[] = [];
    for (const [past, , seq] of place) {
      const row = this.#load.get(seq, this.slice.now) as unknown as [string] | undefined;
      if (!row) continue; // expired, or removed since the index was read
      const [json] = row;
      if (fits(json)) hits.push({ past, id: idOf(json), json });
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

/** How many entries must be looked at in all, if it goes on as it has begun. */
function expected(looked: number, found: number, left: number): number {
  return left === Infinity ? looked : looked * (found + left) / Math.max(1, found);
}

/** What the walk along an index leaves to be checked: a key stands for more than one text. */
function undecided(filter: Filter, index: Index): Filter {
  const { ids, authors, tags } = filter;
  return { ids, authors, tags, kinds: index === "id" || index === "time" ? filter.kinds : undefined };
}
