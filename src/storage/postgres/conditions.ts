import type { Filter, FilterOptions, TagCondition } from "../../protocol/filter.ts";
import { type Plan, plan } from "../plan.ts";
import { tagKey } from "./keys.ts";
import { bytes, numbers, uuids } from "./literal.ts";
import type { Parameters } from "./parameters.ts";

/** How a filter is looked up: for each of the keys, a range of one index in the order of serving. */
export interface Lookup {
  /** A subquery that gives the keys, one a row, under the name `key`. */
  readonly keys: string;
  /** How many keys, so far as is known. */
  readonly keyCount: number;
  /** What follows FROM for one key; the event is named `event`. */
  readonly source: string;
  /** What carries `past` and `tie` in the order of the index. */
  readonly ordered: "event" | "tag";
  /** Conditions of the event, joined by AND. */
  readonly where: string;
}

/** Writes the lookup of a filter, with what the index leaves to be checked; undefined when it matches nothing. */
export function lookup(
  filter: Filter,
  now: number,
  parameters: Parameters,
  { prefixes = false }: FilterOptions,
): Lookup | undefined {
  const planned = plan(filter);
  if (planned.index === "none") return undefined;
  const { ids, authors, kinds, tags = [], since = 0, until } = filter;
  const { own, ...rest } = start(planned, parameters, prefixes);
  const used = usedBy(planned);
  const conditions = [
    `(event.expires_at IS NULL OR event.expires_at > ${parameters.add(now, "bigint")})`,
    ids && used !== "id" && identifiers("id", ids, parameters, prefixes),
    authors && used !== "author" && identifiers("pubkey", authors, parameters, prefixes),
    kinds && used !== "kind" && !(planned.index === "author" && !prefixes) &&
    `event.kind = ANY (${parameters.add(numbers(unique(kinds)), "integer[]")})`,
    ...tags.filter((tag) => tag !== used).map((tag) => hasTag(tag, parameters)),
    since > 0 && `${rest.ordered}.past <= ${parameters.add(-since, "bigint")}`,
    until !== undefined && `${rest.ordered}.past >= ${parameters.add(-until, "bigint")}`,
  ];
  return { ...rest, where: [own, ...conditions].filter((each) => each).join(" AND ") };
}

type Start = Omit<Lookup, "where"> & {
  /** What ties the event to the key. */
  readonly own: string | false;
};

function start(planned: Plan, parameters: Parameters, prefixes: boolean): Start {
  const source = "event", ordered = "event";
  if (planned.index === "tag") {
    return {
      keys: `SELECT tag FROM unnest(${keysOf(planned.tag, parameters)}) AS tag`,
      keyCount: planned.tag.values.length,
      source: "tag JOIN event USING (seq)",
      ordered: "tag",
      own: "tag.key = key.tag",
    };
  }
  if (planned.index === "id") {
    return { ...identified("id", planned.ids, parameters, prefixes), source, ordered };
  }
  if (planned.index === "author") {
    const of = identified("pubkey", planned.authors, parameters, prefixes);
    if (!planned.kinds || prefixes) return { ...of, source, ordered };
    const kinds = parameters.add(numbers(unique(planned.kinds)), "integer[]");
    return {
      keys: `SELECT * FROM (${of.keys}) AS author, unnest(${kinds}) AS kind`,
      keyCount: of.keyCount * planned.kinds.length,
      source,
      ordered,
      own: `${of.own} AND event.kind = key.kind`,
    };
  }
  if (planned.index === "kind") {
    const kinds = parameters.add(numbers(unique(planned.kinds)), "integer[]");
    return {
      keys: `SELECT kind FROM unnest(${kinds}) AS kind`,
      keyCount: planned.kinds.length,
      source,
      ordered,
      own: "event.kind = key.kind",
    };
  }
  return { keys: "SELECT", keyCount: 1, source, ordered, own: false };
}

/** Keys that are ids or public keys, or prefixes of them: then ranges, which are not in the order of serving. */
function identified(
  column: "id" | "pubkey",
  given: readonly string[],
  parameters: Parameters,
  prefixes: boolean,
) {
  const keyCount = given.length;
  if (!prefixes) {
    const keys = parameters.add(bytes(unique(given)), "bytea[]");
    return {
      keys: `SELECT digits FROM unnest(${keys}) AS digits`,
      keyCount,
      own: `event.${column} = key.digits`,
    };
  }
  const [from, to] = ranges(given, parameters);
  return {
    keys: `SELECT * FROM unnest(${from}, ${to}) AS digits (low, high)`,
    keyCount,
    own: `event.${column} BETWEEN key.low AND key.high`,
  };
}

function identifiers(
  column: "id" | "pubkey",
  given: readonly string[],
  parameters: Parameters,
  prefixes: boolean,
) {
  if (!prefixes) return `event.${column} = ANY (${parameters.add(bytes(unique(given)), "bytea[]")})`;
  const [from, to] = ranges(given, parameters);
  return `EXISTS (SELECT FROM unnest(${from}, ${to}) AS digits (low, high)
    WHERE event.${column} BETWEEN digits.low AND digits.high)`;
}

function ranges(given: readonly string[], parameters: Parameters): [from: string, to: string] {
  const all = unique(given);
  const filled = (digit: string) => parameters.add(bytes(all.map((hex) => hex.padEnd(64, digit))), "bytea[]");
  return [filled("0"), filled("f")];
}

function hasTag(tag: TagCondition, parameters: Parameters): string {
  return `EXISTS (SELECT FROM tag AS other
    WHERE other.key = ANY (${keysOf(tag, parameters)})
      AND other.past = event.past AND other.tie = event.tie AND other.seq = event.seq)`;
}

const keysOf = ({ name, values }: TagCondition, parameters: Parameters): string =>
  parameters.add(uuids(unique(values).map((value) => tagKey(name, value))), "uuid[]");

/** The condition of the filter that the index takes care of; an author's kinds go with the author. */
function usedBy(planned: Plan): "id" | "author" | "kind" | TagCondition | undefined {
  switch (planned.index) {
    case "tag":
      return planned.tag;
    case "id":
    case "author":
    case "kind":
      return planned.index;
  }
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
