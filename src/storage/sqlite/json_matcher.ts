import { escaped } from "../../protocol/ascii.ts";
import type { Filter, FilterOptions, TagCondition } from "../../protocol/filter.ts";
import type { Privacy } from "../../protocol/privacy.ts";
import { isWhole } from "../keys.ts";
import { HexSet } from "./hex_set.ts";

/** Answers whether a stored event passes, from its JSON alone. */
export type JsonMatcher = (json: string) => boolean;

/*
 * Stored JSON always looks like this (see EncodedEvent), so fields are found without parsing:
 * {"id":"…","pubkey":"…","created_at":1,"kind":1,"tags":[…],"content":"…","sig":"…"}
 */
const ID = '{"id":"'.length;
const PUBKEY = ID + 64 + '","pubkey":"'.length;
const CREATED_AT = PUBKEY + 64 + '","created_at":'.length;

/** The author of a stored event. */
export const authorOf = (json: string): string => json.slice(PUBKEY, PUBKEY + 64);

/** When a stored event was made, in seconds. */
export const createdAtOf = (json: string): number => parseInt(json.slice(CREATED_AT, CREATED_AT + 16));

interface JsonMatcherOptions extends FilterOptions {
  /** The filter's authors, where there is a set of them already. */
  readonly authorSet?: HexSet | undefined;
}

/** Like `matcher` of the protocol but for `search`, which an index has answered, twenty times faster than to parse the event and ask that. */
export function jsonMatcher(filter: Filter, options: JsonMatcherOptions = {}): JsonMatcher {
  const { ids, authors, kinds, tags = [], since = 0, until = Infinity, privacy } = filter;
  const conditions: JsonMatcher[] = [];
  if (ids) conditions.push(hexAt(ID, ids, options));
  if (authors) {
    const { authorSet } = options;
    conditions.push(authorSet ? (json) => authorSet.standsAt(json, PUBKEY) : hexAt(PUBKEY, authors, options));
  }
  if (since > 0 || until < Infinity) {
    conditions.push((json) => {
      const time = createdAtOf(json);
      return since <= time && time <= until;
    });
  }
  if (kinds) conditions.push(kindAmong(new Set(kinds)));
  for (const condition of tags) conditions.push(tagAmong(condition));
  if (privacy) conditions.push(admittedBy(privacy));
  return conditions.length === 1 ? conditions[0]! : (json) => conditions.every((fits) => fits(json));
}

function hexAt(at: number, values: readonly string[], { prefixes }: FilterOptions): JsonMatcher {
  const whole = new HexSet(values.filter(isWhole));
  const parts = prefixes ? values.filter((value) => !isWhole(value)) : [];
  return (json) => whole.standsAt(json, at) || parts.some((part) => json.startsWith(part, at));
}

function kindAmong(kinds: ReadonlySet<number>): JsonMatcher {
  return (json) => {
    const at = json.indexOf(":", CREATED_AT) + 1; // what follows "kind"
    return kinds.has(parseInt(json.slice(at, at + 5)));
  };
}

/**
 * Within a JSON string every quote is escaped, so `["e","` begins a tag wherever it stands, and the string
 * that follows is the tag's first value. A text has two encodings only: `JSON.stringify`'s, and that in ASCII.
 */
function tagAmong({ name, values }: TagCondition): JsonMatcher {
  const head = `["${name}",`;
  const encoded = values.map((value) => JSON.stringify(value));
  const wanted = new Set([...encoded, ...encoded.map(escaped)]);
  return (json) => {
    for (let at = json.indexOf(head); at >= 0; at = json.indexOf(head, at)) {
      const start = at + head.length;
      at = endOfString(json, start);
      if (wanted.has(json.slice(start, at))) return true;
    }
    return false;
  };
}

/** Looks for the reader in private events only. */
function admittedBy({ kinds, readers }: Privacy): JsonMatcher {
  const isPrivate = kindAmong(kinds);
  const isBy = hexAt(PUBKEY, [...readers], {}), isTo = tagAmong({ name: "p", values: [...readers] });
  return (json) => !isPrivate(json) || isBy(json) || isTo(json);
}

/** Where the JSON string ends that starts here: behind the first quote that no backslash escapes. */
function endOfString(json: string, start: number): number {
  for (let quote = json.indexOf('"', start + 1);; quote = json.indexOf('"', quote + 1)) {
    let text = quote;
    while (json[text - 1] === "\\") text--;
    if ((quote - text) % 2 === 0) return quote + 1;
  }
}
