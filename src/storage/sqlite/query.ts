import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { NostrEvent } from "../../protocol/event.ts";
import { type Filter, type FilterOptions, matcher } from "../../protocol/filter.ts";
import { Heap } from "./heap.ts";
import { type TextKey, textKey } from "./keys.ts";
import { rangesOf } from "./ranges.ts";
import { seedOf } from "./schema.ts";
import type { TimeSlice } from "./time_slice.ts";
import { type Entry, type Index, Walk, walkStatement } from "./walk.ts";

/** A stored event that passes, with what its place in the order of serving depends on. */
export interface Hit {
  /** −created_at. */
  readonly past: number;
  readonly id: string;
  readonly json: string;
}

/** Entries that all walks of a query together fetch at first. */
const FIRST_FETCH = 512;

/** Finds what passes a filter, in the order of serving. */
export class Query {
  readonly #statements = new Map<Index, StatementSync>();
  readonly #load: StatementSync;
  readonly #textKey: TextKey;

  constructor(readonly database: DatabaseSync, readonly options: FilterOptions, readonly slice: TimeSlice) {
    this.#textKey = textKey(seedOf(database));
    this.#load = database.prepare(
      "SELECT json FROM event WHERE seq = ? AND (expires_at IS NULL OR expires_at > ?)",
    );
  }

  /** Yields what passes the filter, its limit kept; undefined when the time slice is used up, to go on later. */
  *run(filter: Filter): Generator<Hit | undefined, void, void> {
    let left = filter.limit ?? Infinity;
    const fits = matcher(filter, this.options);
    const kinds = filter.kinds && new Set(filter.kinds);
    for (const entries of this.#entries(filter)) {
      if (!entries) {
        yield undefined;
        continue;
      }
      const hits: Hit[] = [];
      for (const { seq, past, kind } of entries) {
        if (kind !== undefined && kinds && !kinds.has(kind)) continue;
        const json = this.#load.get(seq, this.slice.now)?.json as string | undefined;
        if (json === undefined) continue; // expired, or removed since the index was read
        const event = JSON.parse(json) as NostrEvent;
        if (fits(event)) hits.push({ past, id: event.id, json });
      }
      // Ids that share their first 48 bits share a place in the index, but not in the order of serving.
      if (hits.length > 1) hits.sort((a, b) => a.id < b.id ? -1 : 1);
      for (const hit of hits) {
        if (left-- <= 0) return;
        yield hit;
      }
      if (left <= 0) return;
    }
  }

  /** Merges the index entries of every key; those with one place come together, each once. */
  *#entries(filter: Filter): Generator<Entry[] | undefined, void, void> {
    if (filter.limit === 0) return;
    const heap = new Heap<Walk>((a, b) => inOrder(a.head!, b.head!));
    for (const walk of this.#walks(filter)) {
      walk.advance();
      if (walk.head) heap.push(walk);
      if (this.slice.spent) yield undefined;
    }
    while (heap.first) {
      const { head } = heap.first;
      const group = [head!];
      while (true) {
        heap.first.advance();
        if (heap.first.head) heap.sink();
        else heap.shift();
        const next = heap.first?.head;
        if (!next || next.past !== head!.past || next.id !== head!.id) break;
        if (next.seq !== group.at(-1)!.seq) group.push(next);
      }
      yield group;
      if (this.slice.spent) yield undefined;
    }
  }

  #walks(filter: Filter): Walk[] {
    const { index, keys } = rangesOf(filter, this.database, this.#textKey, this.options);
    const wanted = Math.min(filter.limit ?? Infinity, FIRST_FETCH);
    const size = Math.min(wanted, Math.max(2, Math.ceil(FIRST_FETCH / keys.length)));
    const newest = -(filter.until ?? Number.MAX_SAFE_INTEGER), oldest = -(filter.since ?? 0);
    return keys.map((key) => new Walk(this.#statement(index), key, newest, oldest, size));
  }

  #statement(index: Index): StatementSync {
    let statement = this.#statements.get(index);
    if (!statement) this.#statements.set(index, statement = walkStatement(this.database, index));
    return statement;
  }
}

function inOrder(a: Entry, b: Entry): number {
  return a.past - b.past || a.id - b.id || a.seq - b.seq;
}
