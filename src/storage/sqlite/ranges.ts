import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Filter } from "../../protocol/filter.ts";
import { hexKey, isWhole, prefixKeys, tagKey, type TextKey, textKey } from "../keys.ts";
import { plan } from "../plan.ts";
import type { Backlog } from "./backlog.ts";
import { HexSet } from "./hex_set.ts";
import { seedOf } from "./schema.ts";
import { prepareArrays } from "./statement.ts";
import type { Index } from "./walk.ts";

/** The keys of one index that together hold every event a filter can pass. */
export interface Ranges {
  readonly index: Index;
  readonly keys: readonly (readonly number[])[];
  /** The kinds (of the tag index) or authors' keys (of another) to keep. Default: all. */
  readonly keep?: { has(kindOrAuthor: number): boolean } | undefined;
  /** The filter's authors, where they have been made a set. */
  readonly authorSet?: HexSet | undefined;
  /** Entries after which the next ranges are the cheaper way. Default: no number. */
  readonly worth?: number;
}

/** When finding which keys are in use takes more look-ups than this, events are found another way. */
const MOST_HOPS = 10_000;

/** Looking up one key costs as much as looking at so many entries of another. */
const LOOK_UP = 6;

/** Kinds that an author uses, for a guess. */
const USUAL_KINDS = 20;

/** With fewer keys than this, looking them up is the cheapest way. */
const MANY_KEYS = 64;

/** Turns the plans of filters into keys of this database. */
export class RangeFinder {
  readonly #textKey: TextKey;
  readonly #nextId: StatementSync;
  readonly #nextPair: StatementSync;

  constructor(database: DatabaseSync, readonly backlog: Backlog) {
    this.#textKey = textKey(seedOf(database));
    this.#nextId = prepareArrays(
      database,
      "SELECT id FROM by_id WHERE id > ? + 0 AND id <= ? + 0 ORDER BY id LIMIT 1",
    );
    this.#nextPair = prepareArrays(
      database,
      `SELECT author, kind FROM by_author
      WHERE (author, kind) > (? + 0, ? + 0) AND author <= ? + 0 ORDER BY author, kind LIMIT 1`,
    );
  }

  /** Yields where to look; then, for when that turns out to be too long a way, where to look instead. */
  *of(filter: Filter): Generator<Ranges, void, void> {
    const chosen = plan(filter);
    switch (chosen.index) {
      case "none":
        return;
      case "id": {
        const ids = this.#ids(chosen.ids);
        return ids ? yield { index: "id", keys: ids } : yield* this.of({ ...filter, ids: undefined });
      }
      case "tag": {
        const { name, values } = chosen.tag;
        const keys = new Set(values.map((value) => tagKey(this.#textKey, name, value)));
        return yield { index: "tag", keys: keysOf(keys), keep: filter.kinds && new Set(filter.kinds) };
      }
      case "author": {
        const { authors, kinds } = chosen;
        const authorSet = authors.every(isWhole) ? new HexSet(authors) : undefined;
        const lookUps = authors.length * (kinds?.length ?? USUAL_KINDS);
        if (authorSet && lookUps >= MANY_KEYS) {
          // The newest events of many authors are often among the newest of all. Else about as many authors are looked
          // up as events are wanted (see Newest).
          const needed = Math.min(lookUps, filter.limit ?? Infinity);
          yield { ...newest(kinds), keep: authorSet, authorSet, worth: LOOK_UP * needed };
        }
        const pairs = this.#pairs(authors, authorSet, kinds);
        return pairs
          ? yield { index: "author", keys: pairs, authorSet }
          : yield* this.of({ ...filter, authors: undefined });
      }
      case "kind":
        return yield newest(chosen.kinds);
      case "time":
        return yield newest();
    }
  }

  /** The keys of the ids, which may be prefixes; undefined when there are too many. */
  #ids(ids: readonly string[]): Keys | undefined {
    const spans = spansOf(ids);
    if (spans.every(isOneKey)) return spans.map(({ least }) => [least]);
    const indexed = hop(this.#nextId, spans.map(({ least, most }) => ({ from: [least - 1], most })));
    return indexed && this.#withBacklog("id", indexed, spans);
  }

  /**
   * The pairs of author and kind to look up. Kinds that are not given, or with which the pairs would be
   * too many, are those that the authors have used.
   */
  #pairs(
    authors: readonly string[],
    authorSet: HexSet | undefined,
    kinds: readonly number[] | undefined,
  ): Keys | undefined {
    const wanted = kinds && new Set(kinds);
    if (authorSet && wanted && authors.length * wanted.size <= MOST_HOPS) {
      return pairsOf(authorSet.keys(), wanted);
    }
    const spans = spansOf(authors);
    const indexed = hop(this.#nextPair, spans.map(({ least, most }) => ({ from: [least, -1], most })));
    const pairs = indexed && this.#withBacklog("author", indexed, spans);
    return wanted ? pairs?.filter(([, kind]) => wanted.has(kind!)) : pairs;
  }

  /** Adds the keys of events that are not in the indexes yet. */
  #withBacklog(index: "id" | "author", indexed: Keys, spans: readonly Span[]): Keys {
    const keys = new Map(indexed.map((key) => [`${key}`, key]));
    for (const { least, most } of spans) {
      for (const key of this.backlog.keys(index, least, most)) keys.set(`${key}`, key);
    }
    return [...keys.values()];
  }
}

type Keys = number[][];

const keysOf = (values: Iterable<number>): Keys => Array.from(values, (value) => [value]);

/** Each author with each kind. By hand: a feed has hundreds, and `flatMap` would make a list for each. */
function pairsOf(authors: Iterable<number>, kinds: ReadonlySet<number>): Keys {
  const pairs: Keys = [];
  for (const author of authors) for (const kind of kinds) pairs.push([author, kind]);
  return pairs;
}

/** All events, or all of these kinds. */
function newest(kinds?: readonly number[]): Ranges {
  return kinds ? { index: "kind", keys: keysOf(new Set(kinds)) } : { index: "time", keys: [[]] };
}

/** Keys from one to another, both inclusive. */
interface Span {
  readonly least: number;
  most: number;
}

const isOneKey = ({ least, most }: Span): boolean => least === most;

/** The keys of whole values, or of prefixes, in order and without overlap. */
function spansOf(values: readonly string[]): Span[] {
  if (values.every(isWhole)) {
    return Array.from(new Set(values.map(hexKey)), (key) => ({ least: key, most: key }));
  }
  const spans: Span[] = [];
  for (const { least, most } of values.map(prefixKeys).sort((a, b) => a.least - b.least)) {
    const last = spans.at(-1);
    if (last && least <= last.most) last.most = Math.max(last.most, most);
    else spans.push({ least, most });
  }
  return spans;
}

/** Goes from each key in use to the next; undefined when that takes too long. */
function hop(next: StatementSync, stretches: { from: number[]; most: number }[]): Keys | undefined {
  const found: Keys = [];
  let hops = 0;
  for (const { from, most } of stretches) {
    let key: number[] | undefined = from;
    while ((key = next.get(...key, most) as unknown as number[] | undefined)) {
      found.push(key);
      if (++hops > MOST_HOPS) return undefined;
    }
  }
  return found;
}
