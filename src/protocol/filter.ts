import { isIndexedTag, type NostrEvent } from "./event.ts";
import { isHex, isHex64 } from "./hex.ts";
import { MAX_KIND } from "./kind.ts";
import type { Privacy } from "./privacy.ts";
import { Rejection } from "./reason.ts";
import { readSearch, type Search, searchMatcher } from "./search.ts";
import { type TagCondition, tagConditions } from "./tag_conditions.ts";

export type { TagCondition };

/** A NIP-01 filter. Fields that are present must all match; in a list, one value must. */
export interface Filter {
  readonly ids?: readonly string[];
  readonly authors?: readonly string[];
  readonly kinds?: readonly number[];
  /** All of these must hold: what its `#x` and `&x` keys come to. */
  readonly tags?: readonly TagCondition[];
  /** Seconds, inclusive. */
  readonly since?: number;
  /** Seconds, inclusive. */
  readonly until?: number;
  /** Most stored events; 0 means none. */
  readonly limit?: number;
  /** NIP-50: what must be found in the content. */
  readonly search?: Search;
  /** Of private events, none passes that this does not admit. Never a client's: see policy/privacy.ts. */
  readonly privacy?: Privacy;
}

export interface FilterOptions {
  /** `options.prefix_search`: ids and authors may be prefixes of 1 to 64 hex digits. */
  readonly prefixes?: boolean;
  /** `options.and_tags`: `&x` keys, all of whose values an event must have. */
  readonly andTags?: boolean;
  /** `search.kinds`, where filters may have `search` (NIP-50). Unset: it is no key that the relay knows. */
  readonly searchKinds?: readonly number[] | undefined;
}

/**
 * Reads a filter from parsed JSON.
 * @throws {Rejection} `invalid` for a malformed value, `unsupported` for an unknown key; both name the key.
 */
export function readFilter(value: unknown, options: FilterOptions = {}): Filter {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Rejection("invalid", "a filter must be a JSON object");
  }
  const filter: { -readonly [Key in keyof Filter]: Filter[Key] } = {};
  const any: TagCondition[] = [], all: TagCondition[] = [];
  const { searchKinds } = options;
  const identifiers = options.prefixes ? HEX_PREFIXES : HEX_64S;
  for (const [key, given] of Object.entries(value)) {
    if (key === "ids" || key === "authors") {
      filter[key] = readList(key, given, identifiers);
    } else if (key === "kinds") {
      filter.kinds = readList(key, given, KINDS);
    } else if (key === "since" || key === "until" || key === "limit") {
      filter[key] = readNumber(key, given);
    } else if (/^#[a-zA-Z]$/.test(key) || (options.andTags && /^&[a-zA-Z]$/.test(key))) {
      const name = key[1]!;
      // NIP-01: #e and #p lists must hold exact 64-digit values.
      const values = readList(key, given, name === "e" || name === "p" ? HEX_64S : STRINGS);
      (key[0] === "#" ? any : all).push({ name, values });
    } else if (key === "search" && searchKinds) {
      const search = readSearch(given, searchKinds);
      if (search) filter.search = search;
    } else {
      throw new Rejection(
        "unsupported",
        `this relay knows no filter key ${JSON.stringify(key.slice(0, 40))}`,
      );
    }
  }
  const tags = tagConditions(any, all);
  if (tags.length > 0) filter.tags = tags;
  return filter;
}

/** What the items of a list must be: a check of all of them, and words for a client whose list fails it. */
interface Items<T> {
  readonly fit: (items: readonly unknown[]) => items is T[];
  readonly shape: string;
}

function readList<T>(key: string, given: unknown, { fit, shape }: Items<T>): T[] {
  if (!Array.isArray(given)) throw new Rejection("invalid", `${key} must be an array`);
  if (!fit(given)) throw new Rejection("invalid", `each of ${key} must be ${shape}`);
  return given;
}

const areStrings = (items: readonly unknown[]): items is string[] =>
  items.every((item) => typeof item === "string");

const STRINGS: Items<string> = { fit: areStrings, shape: "a string" };

const HEX_64S: Items<string> = {
  fit: (items): items is string[] => items.every(isHex64),
  shape: "64 lowercase hex digits",
};

const HEX_PREFIXES: Items<string> = {
  fit: (items): items is string[] =>
    areStrings(items) && items.every((item) => item.length > 0 && item.length <= 64 && isHex(item)),
  shape: "1 to 64 lowercase hex digits",
};

const KINDS: Items<number> = {
  fit: (items): items is number[] =>
    items.every((item) => Number.isInteger(item) && item as number >= 0 && item as number <= MAX_KIND),
  shape: `a whole number from 0 to ${MAX_KIND}`,
};

function readNumber(key: string, given: unknown): number {
  if (typeof given !== "number" || !Number.isSafeInteger(given) || given < 0) {
    throw new Rejection("invalid", `${key} must be a whole number, 0 or more`);
  }
  return given;
}

/** Ids, authors, kinds and tag values that filters name in all. */
export function valueCount(filters: readonly Filter[]): number {
  let count = 0;
  for (const { ids, authors, kinds, tags } of filters) {
    count += (ids?.length ?? 0) + (authors?.length ?? 0) + (kinds?.length ?? 0);
    if (tags) { for (const { values } of tags) count += values.length; }
  }
  return count;
}

/** Answers whether an event passes. `limit` plays no part: it bounds stored events only. */
export type Matcher = (event: NostrEvent) => boolean;

/** Above this many values a Set answers faster than a scan. */
const SCAN_MOST = 8;

/** Prepares a filter for matching many events. With `prefixes`, ids and authors match by their beginning. */
export function matcher(filter: Filter, options: FilterOptions = {}): Matcher {
  const conditions: Matcher[] = [];
  const { ids, authors, kinds, tags, since, until, search, privacy } = filter;
  const identifier = options.prefixes ? startsWithOneOf : oneOf<string>;
  if (ids) {
    const fits = identifier(ids);
    conditions.push((event) => fits(event.id));
  }
  if (kinds) {
    const fits = oneOf(kinds);
    conditions.push((event) => fits(event.kind));
  }
  if (authors) {
    const fits = identifier(authors);
    conditions.push((event) => fits(event.pubkey));
  }
  if (since !== undefined) conditions.push((event) => event.created_at >= since);
  if (until !== undefined) conditions.push((event) => event.created_at <= until);
  for (const { name, values } of tags ?? []) {
    const fits = oneOf(values);
    conditions.push((event) =>
      event.tags.some((tag) => tag[0] === name && isIndexedTag(tag) && fits(tag[1]))
    );
  }
  if (search) conditions.push(searchMatcher(search));
  if (privacy) conditions.push((event) => privacy.admits(event));
  const [only = anything] = conditions;
  return conditions.length <= 1 ? only : (event) => conditions.every((condition) => condition(event));
}

const anything: Matcher = () => true;

function oneOf<T>(values: readonly T[]): (value: T) => boolean {
  if (values.length <= SCAN_MOST) return (value) => values.includes(value);
  const set = new Set(values);
  return (value) => set.has(value);
}

function startsWithOneOf(prefixes: readonly string[]): (value: string) => boolean {
  const exact = oneOf(prefixes.filter((prefix) => prefix.length === 64));
  const partial = prefixes.filter((prefix) => prefix.length < 64);
  return (value) => exact(value) || partial.some((prefix) => value.startsWith(prefix));
}
