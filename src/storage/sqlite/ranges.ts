import type { DatabaseSync } from "node:sqlite";
import type { Filter, FilterOptions } from "../../protocol/filter.ts";
import { plan } from "../plan.ts";
import { hexKey, prefixKeys, tagKey, type TextKey } from "./keys.ts";
import type { Index } from "./walk.ts";

/** The keys of one index that together hold every event a filter can pass. */
export interface Ranges {
  readonly index: Index;
  readonly keys: readonly (readonly number[])[];
}

/** Prefixes that stand for more keys than this are not looked up: events are then found another way. */
const MOST_PREFIXED = 1_000;

/** Turns the plan of a filter into keys of this database. */
export function rangesOf(
  filter: Filter,
  database: DatabaseSync,
  textKey: TextKey,
  options: FilterOptions,
): Ranges {
  const chosen = plan(filter);
  const keysOf = (column: "id" | "author", values: readonly string[]) =>
    options.prefixes ? prefixedKeys(database, column, values) : distinct(values.map(hexKey));
  switch (chosen.index) {
    case "none":
      return { index: "time", keys: [] };
    case "id": {
      const ids = keysOf("id", chosen.ids);
      if (!ids) return rangesOf({ ...filter, ids: undefined }, database, textKey, options);
      return { index: "id", keys: ids.map((id) => [id]) };
    }
    case "tag": {
      const { name, values } = chosen.tag;
      return {
        index: "tag",
        keys: distinct(values.map((value) => tagKey(textKey, name, value))).map((key) => [key]),
      };
    }
    case "author_kind":
    case "author": {
      const authors = keysOf("author", chosen.authors);
      if (!authors) return rangesOf({ ...filter, authors: undefined }, database, textKey, options);
      if (chosen.index === "author") return { index: "author", keys: authors.map((author) => [author]) };
      const kinds = distinct(chosen.kinds);
      return { index: "author_kind", keys: authors.flatMap((author) => kinds.map((kind) => [author, kind])) };
    }
    case "kind":
      return { index: "kind", keys: distinct(chosen.kinds).map((kind) => [kind]) };
    case "time":
      return { index: "time", keys: [[]] };
  }
}

const distinct = (keys: readonly number[]): number[] => [...new Set(keys)];

/** The keys in use that start with one of the prefixes; undefined when there are too many. */
function prefixedKeys(
  database: DatabaseSync,
  column: "id" | "author",
  prefixes: readonly string[],
): number[] | undefined {
  const next = database.prepare(
    `SELECT min(${column}) AS key FROM event INDEXED BY event_${column} WHERE ${column} BETWEEN ? + 0 AND ? + 0`,
  );
  const keys = new Set<number>();
  let looks = 0;
  for (const prefix of prefixes) {
    const { least, most } = prefixKeys(prefix);
    if (least === most) {
      keys.add(least);
      continue;
    }
    for (let from = least; from <= most;) {
      if (++looks > MOST_PREFIXED) return undefined;
      const found = next.get(from, most)?.key;
      if (found === null || found === undefined) break;
      keys.add(Number(found));
      from = Number(found) + 1;
    }
  }
  return [...keys];
}
