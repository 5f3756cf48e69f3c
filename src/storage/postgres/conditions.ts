import type { Filter, FilterOptions, TagCondition } from "../../protocol/filter.ts";
import { kindClass } from "../../protocol/kind.ts";
import type { Privacy } from "../../protocol/privacy.ts";
import type { Plan } from "../plan.ts";
import { tagKey } from "./keys.ts";
import { bytes, numbers, uuids } from "./literal.ts";
import type { Parameters } from "./parameters.ts";

/** How a filter is looked up: for each of the keys, a range of one index in the order of serving. */
export interface Lookup {
  /** A subquery that gives the keys, one a row; undefined where the ranges are all there is to look at. */
  readonly keys: string | undefined;
  /** How many keys, so far as is known. */
  readonly keyCount: number;
  /** Whether the ranges, not in order then, hold no more events than the filter names: all may be read. */
  readonly isFew: boolean;
  /** What follows FROM for one key, as `key`; the event is named `event`. */
  readonly source: string;
  /** What carries `past` and `tie` in the order of the index. */
  readonly ordered: "event" | "tag";
  /** Conditions, joined by AND, that bound a range of the index. Of one key there may be several ranges. */
  readonly ranges: readonly string[];
  /** What is left to be checked of each event in the ranges, but for its expiry; undefined when nothing is. */
  readonly rest: string | undefined;
  /** Whether ranges may share events. */
  readonly overlapping: boolean;
}

/** Up to so many keys are one to the reader: see `together`. */
const MOST_MERGED = 8;

/** Most kinds through whose events an author's are sought: see `walked`. */
const MOST_WALKED = 4;

/** Writes the lookup of what was planned. */
export function lookup(
  filter: Filter,
  planned: Exclude<Plan, { index: "none" }>,
  parameters: Parameters,
  { prefixes = false }: FilterOptions,
): Lookup {
  const { ids, authors, kinds, tags = [], since = 0, until, privacy } = filter;
  const { own, ...start } = begin(planned, parameters, prefixes);
  const { index } = planned;
  const used = index === "tag" ? planned.tag : undefined;
  const rest = [
    ids && index !== "id" && oneOf("id", ids, parameters, prefixes),
    authors && index !== "author" && oneOf("pubkey", authors, parameters, prefixes),
    kinds && index !== "kind" && !(index === "author" && planned.kinds && !prefixes) &&
    `event.kind IN (SELECT unnest(${parameters.add(numbers(unique(kinds)), "integer[]")}))`,
    ...tags.filter((tag) => tag !== used).map((tag) => hasTag(tag, parameters)),
    privacy && admittedBy(privacy, parameters),
  ];
  const times = [
    since > 0 && `${start.ordered}.past <= ${parameters.add(-since, "bigint")}`,
    until !== undefined && `${start.ordered}.past >= ${parameters.add(-until, "bigint")}`,
  ];
  const ranges = own.map((each) => conjunction([each, ...times]) ?? "true");
  return { ...start, ranges, rest: conjunction(rest) };
}

/**
 * Another way to the events of many authors: through all that is newest, of their kinds if these are few. Much
 * shorter where the authors make a good part of it, endless where they don't.
 */
export function walked(planned: Plan): Exclude<Plan, { index: "none" }> | undefined {
  if (planned.index !== "author") return undefined;
  const { kinds } = planned;
  return kinds && kinds.length <= MOST_WALKED ? { index: "kind", kinds } : { index: "time" };
}

type Start = Omit<Lookup, "ranges" | "rest"> & {
  /** For each of the ranges, what the index is searched for; undefined where all is wanted. */
  readonly own: readonly (string | undefined)[];
};

function begin(planned: Exclude<Plan, { index: "none" }>, parameters: Parameters, prefixes: boolean): Start {
  const event = { source: "event", ordered: "event", isFew: false, overlapping: false } as const;
  switch (planned.index) {
    case "tag": {
      const keys = unique(planned.tag.values).map((value) => tagKey(planned.tag.name, value));
      const tagged = {
        source: "tag JOIN event USING (seq)",
        ordered: "tag",
        overlapping: keys.length > 1,
      } as const;
      if (keys.length === 1) {
        return { ...together([`tag.key = ${parameters.add(keys[0]!, "uuid")}`]), ...tagged };
      }
      return {
        ...tagged,
        keys: `SELECT tag FROM unnest(${parameters.add(uuids(keys), "uuid[]")}) AS tag`,
        keyCount: keys.length,
        own: ["tag.key = key.tag"],
        isFew: false,
      };
    }
    case "id":
      if (prefixes) return { ...event, ...identified("id", planned.ids, parameters) };
      return few(parameters.addAll(unique(planned.ids)), "event.id = key.digits");
    case "author": {
      if (prefixes) return { ...event, ...identified("pubkey", planned.authors, parameters) };
      const authors = unique(planned.authors), kinds = planned.kinds && unique(planned.kinds);
      if (authors.length * (kinds?.length ?? 1) <= MOST_MERGED) {
        return together(authors.flatMap((author) => {
          const own = () => `event.pubkey = ${parameters.addBytes(author)}`;
          return kinds ? kinds.map((kind) => `${own()} AND ${isKind(kind, parameters)}`) : [own()];
        }));
      }
      const all = parameters.addAll(authors);
      if (!kinds) {
        return { ...event, keys: all, keyCount: authors.length, own: ["event.pubkey = key.digits"] };
      }
      const keys = `SELECT * FROM (${all}) AS author, unnest(${
        parameters.add(numbers(kinds), "integer[]")
      }) AS kind`;
      const own = "event.pubkey = key.digits AND event.kind = key.kind";
      if (kinds.every((kind) => kindClass(kind) === "replaceable")) return few(keys, own);
      return { ...event, keys, keyCount: authors.length * kinds.length, own: [own] };
    }
    case "kind": {
      const kinds = unique(planned.kinds);
      if (kinds.length <= MOST_MERGED) return together(kinds.map((kind) => isKind(kind, parameters)));
      return {
        ...event,
        keys: `SELECT kind FROM unnest(${parameters.add(numbers(kinds), "integer[]")}) AS kind`,
        keyCount: kinds.length,
        own: ["event.kind = key.kind"],
      };
    }
    case "time":
      return together([undefined]);
  }
}

/** Ranges that are one to the reader: the database merges them, event by event. */
function together(own: Start["own"]): Start {
  return {
    keys: undefined,
    keyCount: 1,
    isFew: false,
    source: "event",
    ordered: "event",
    own,
    overlapping: false,
  };
}

/** Keys that have one event each at most. */
function few(keys: string, own: string): Start {
  const source = `(${keys}) AS key CROSS JOIN LATERAL (SELECT * FROM event WHERE ${own} OFFSET 0) AS event`;
  return { ...together([undefined]), source, isFew: true };
}

const isKind = (kind: number, parameters: Parameters): string =>
  `event.kind = ${parameters.add(kind, "integer")}`;

/** Keys that are prefixes of ids or public keys: ranges that are not in the order of serving. */
function identified(column: "id" | "pubkey", given: readonly string[], parameters: Parameters) {
  const [from, to] = ranges(given, parameters);
  return {
    keys: `SELECT * FROM unnest(${from}, ${to}) AS digits (low, high)`,
    keyCount: given.length,
    own: [`event.${column} BETWEEN key.low AND key.high`],
    overlapping: true,
  };
}

function oneOf(
  column: "id" | "pubkey",
  given: readonly string[],
  parameters: Parameters,
  prefixes: boolean,
): string {
  if (!prefixes) return `event.${column} IN (${parameters.addAll(given)})`;
  const [from, to] = ranges(given, parameters);
  return `EXISTS (SELECT FROM unnest(${from}, ${to}) AS digits (low, high)
    WHERE event.${column} BETWEEN digits.low AND digits.high)`;
}

function ranges(given: readonly string[], parameters: Parameters): [from: string, to: string] {
  const all = unique(given);
  const filled = (digit: string) => parameters.add(bytes(all.map((hex) => hex.padEnd(64, digit))), "bytea[]");
  return [filled("0"), filled("f")];
}

/** Looks for the reader in private events only. */
function admittedBy({ kinds, readers }: Privacy, parameters: Parameters): string {
  const isPublic = `event.kind <> ALL (${parameters.add(numbers([...kinds]), "integer[]")})`;
  if (readers.size === 0) return isPublic;
  const isBy = `event.pubkey = ANY (${parameters.add(bytes([...readers]), "bytea[]")})`;
  return `(${isPublic} OR ${isBy} OR ${hasTag({ name: "p", values: [...readers] }, parameters)})`;
}

/** The limit keeps the planner from another way to it: reading all tags with these keys beforehand. */
function hasTag(tag: TagCondition, parameters: Parameters): string {
  return `(SELECT true FROM tag AS other
    WHERE other.key = ANY (${keysOf(tag, parameters)})
      AND other.past = event.past AND other.tie = event.tie AND other.seq = event.seq LIMIT 1)`;
}

const keysOf = ({ name, values }: TagCondition, parameters: Parameters): string =>
  parameters.add(uuids(unique(values).map((value) => tagKey(name, value))), "uuid[]");

function conjunction(conditions: readonly (string | false | undefined)[]): string | undefined {
  return conditions.filter((each) => each).join(" AND ") || undefined;
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
