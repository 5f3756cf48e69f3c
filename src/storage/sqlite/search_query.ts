import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Filter, FilterOptions } from "../../protocol/filter.ts";
import type { Search } from "../../protocol/search.ts";
import { matchesNothing } from "../plan.ts";
import type { EventLoader } from "./event_loader.ts";
import { jsonMatcher } from "./json_matcher.ts";
import { KnownHit } from "./known_hit.ts";
import type { Answer } from "./merge.ts";
import { prepareArrays } from "./statement.ts";
import type { TimeSlice } from "./time_slice.ts";

/** Matches ranked in one statement. Each statement begins with a look at all, to learn how rare a word is. */
const STRETCH = 8_000;

/** Matches ranked in all: of more, those that were stored last. */
const MOST_RANKED = 100_000;

interface Ranked {
  readonly seq: number;
  /** The less the better: see bm25 of FTS5. */
  readonly rank: number;
}

/** Finds what passes a filter with a search (NIP-50), best first; of equals, what was stored last. */
export class SearchQuery {
  #matches: StatementSync | undefined;

  constructor(
    readonly database: DatabaseSync,
    readonly events: EventLoader<string>,
    readonly options: FilterOptions,
    readonly slice: TimeSlice,
  ) {}

  /** @param seek Whether to look for an event that the limit has left out. */
  *run(filter: Filter, search: Search, seek: boolean): Answer {
    const fits = jsonMatcher(filter, this.options);
    let left = filter.limit ?? Infinity;
    const mayMatch = !matchesNothing(filter) && (left > 0 || seek);
    for (const { seq } of mayMatch ? yield* this.#ranked(search) : []) {
      if (this.slice.spent) yield undefined;
      const json = this.events.load(seq, this.slice.now, { fresh: false });
      if (json === undefined || !fits(json)) continue;
      if (left === 0) return true;
      yield new KnownHit(seq, json);
      if (--left === 0 && !seek) return false;
    }
    return false;
  }

  *#ranked(search: Search): Generator<undefined, Ranked[], void> {
    this.#matches ??= prepareArrays(
      this.database,
      "SELECT rowid, rank FROM search WHERE search MATCH ? AND rowid < ? + 0 ORDER BY rowid DESC LIMIT ? + 0",
    );
    const ranked: Ranked[] = [], query = written(search);
    let before = Number.MAX_SAFE_INTEGER;
    while (ranked.length < MOST_RANKED) {
      const rows = this.#matches.all(query, before, STRETCH) as unknown as [seq: number, rank: number][];
      for (const [seq, rank] of rows) ranked.push({ seq, rank });
      if (rows.length < STRETCH) break;
      before = rows.at(-1)![0];
      yield undefined;
    }
    return ranked.sort((a, b) => a.rank - b.rank || b.seq - a.seq);
  }
}

/** In the language of FTS5. Words hold letters and symbols only, so nothing in them can end the quotes. */
function written({ phrases }: Search): string {
  return phrases.map(({ words, prefix }) => `"${words.join(" ")}"${prefix ? "*" : ""}`).join(" AND ");
}
