import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Filter, FilterOptions } from "../../protocol/filter.ts";
import { plan } from "../plan.ts";
import { hexKey, prefixKeys, tagKey, type TextKey } from "./keys.ts";
import { prepareArrays } from "./statement.ts";
import type { Index } from "./walk.ts";

/** The keys of one index that together hold every event a filter can pass. */
export interface Ranges {
  readonly index: Index;
  readonly keys: readonly (readonly number[])[];
}

/** When finding which keys are in use takes more look-ups than this, events are found another way. */
const MOST_HOPS = 10_000;

/** Turns the plan of a filter into keys of this database. */
export function rangesOf(
  filter: Filter,
  database: DatabaseSync,
  textKey: TextKey,
  options: FilterOptions,
): Ranges {
  const chosen = plan(filter);
  const without = (field: "ids" | "authors") =>
    rangesOf({ ...filter, [field]: undefined }, database, textKey, options);
  switch (chosen.index) {
    case "none":
      return { index: "time", keys: [] };
    case "id": {
      const spans = spansOf(chosen.ids, options);
      const ids = spans.every(isOneKey) ? spans.map(({ least }) => [least]) : storedIds(database, spans);
      return ids ? { index: "id", keys: ids } : without("ids");
    }
    case "tag": {
      const { name, values } = chosen.tag;
      const keys = new Set(values.map((value) => tagKey(textKey, name, value)));
      return { index: "tag", keys: [...keys].map((key) => [key]) };
    }
    case "author": {
      const pairs = pairsOf(database, spansOf(chosen.authors, options), chosen.kinds);
      return pairs ? { index: "author", keys: pairs } : without("authors");
    }
    case "kind":
      return { index: "kind", keys: [...new Set(chosen.kinds)].map((kind) => [kind]) };
    case "time":
      return { index: "time", keys: [[]] };
  }
}

/** Keys from one to another, both inclusive. */
interface Span {
  readonly least: number;
  most: number;
}

const isOneKey = ({ least, most }: Span): boolean => least === most;

/** The keys of exact values, or of prefixes, in order and without overlap. */
function spansOf(values: readonly string[], options: FilterOptions): Span[] {
  if (!options.prefixes) return [...new Set(values.map(hexKey))].map((key) => ({ least: key, most: key }));
  const spans: Span[] = [];
  for (const { least, most } of values.map(prefixKeys).sort((a, b) => a.least - b.least)) {
    const last = spans.at(-1);
    if (last && least <= last.most) last.most = Math.max(last.most, most);
    else spans.push({ least, most });
  }
  return spans;
}

type Keys = number[][];

/** The stored ids that the spans hold; undefined when there are too many. */
function storedIds(database: DatabaseSync, spans: readonly Span[]): Keys | undefined {
  const next = prepareArrays(
    database,
    "SELECT id FROM event INDEXED BY event_id WHERE id > ? + 0 AND id <= ? + 0 ORDER BY id LIMIT 1",
  );
  return hop(next, spans.map(({ least, most }) => ({ from: [least - 1], most })));
}

/**
 * The pairs of author and kind to look up. Kinds that are not given, or with which the pairs would be
 * too many, are those that the authors have used.
 */
function pairsOf(
  database: DatabaseSync,
  authors: readonly Span[],
  kinds: readonly number[] | undefined,
): Keys | undefined {
  const wanted = kinds && new Set(kinds);
  if (wanted && authors.every(isOneKey) && authors.length * wanted.size <= MOST_HOPS) {
    return authors.flatMap(({ least }) => Array.from(wanted, (kind) => [least, kind]));
  }
  const next = prepareArrays(
    database,
    `SELECT author, kind FROM event INDEXED BY event_author
    WHERE (author, kind) > (? + 0, ? + 0) AND author <= ? + 0 ORDER BY author, kind LIMIT 1`,
  );
  const pairs = hop(next, authors.map(({ least, most }) => ({ from: [least, -1], most })));
  return wanted ? pairs?.filter(([, kind]) => wanted.has(kind!)) : pairs;
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
