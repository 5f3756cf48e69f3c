import type { Filter, TagCondition } from "../protocol/filter.ts";

/**
 * Which index answers a filter, and the keys to look up in it. Every index holds the events of one key
 * newest first, so a query is a merge of as many ordered ranges as there are keys. The rest of the
 * filter is checked on the events that come up.
 */
export type Plan =
  | { readonly index: "none" }
  | { readonly index: "id"; readonly ids: readonly string[] }
  | { readonly index: "tag"; readonly tag: TagCondition }
  | {
    readonly index: "author";
    readonly authors: readonly string[];
    readonly kinds?: readonly number[] | undefined;
  }
  | { readonly index: "kind"; readonly kinds: readonly number[] }
  | { readonly index: "time" };

/** A list of more kinds than this asks for nearly everything; then time order is the shortest way. */
const MOST_KINDS = 256;

/** Tags whose values name one event, whose references are few: NIP-01, NIP-18 and NIP-22. */
const NAMES_AN_EVENT = "eEaAq";

/** Chooses the index that promises the fewest events to look at. Knows nothing of the data. */
export function plan(filter: Filter): Plan {
  const { ids, authors } = filter;
  const kinds = filter.kinds && (filter.privacy?.visible(filter.kinds) ?? filter.kinds);
  if (matchesNothing({ ...filter, kinds })) return { index: "none" };
  if (ids) return { index: "id", ids };
  const tag = mostSelective(filter.tags ?? []);
  if (tag && !(authors && authorsAreFewer(authors, kinds, tag))) return { index: "tag", tag };
  if (authors) return { index: "author", authors, kinds };
  if (kinds && kinds.length <= MOST_KINDS) return { index: "kind", kinds };
  return { index: "time" };
}

/** NIP-01's lists want one of their values: an empty one cannot be satisfied, nor can a time range backwards. */
export function matchesNothing(
  { ids, authors, kinds, tags = [], since = 0, until = Infinity }: Filter,
): boolean {
  return since > until ||
    [ids, authors, kinds, ...tags.map(({ values }) => values)].some((list) => list?.length === 0);
}

function mostSelective(tags: readonly TagCondition[]): TagCondition | undefined {
  const breadth = ({ name, values }: TagCondition) =>
    (NAMES_AN_EVENT.includes(name) ? 0 : 1e9) + values.length;
  return tags.toSorted((a, b) => breadth(a) - breadth(b))[0];
}

/** A `d` or `t` value may be anybody's; with it, one author's events are fewer than one value's. */
function authorsAreFewer(
  authors: readonly string[],
  kinds: readonly number[] | undefined,
  tag: TagCondition,
) {
  return !NAMES_AN_EVENT.includes(tag.name) && authors.length * (kinds?.length ?? 1) <= tag.values.length;
}

/**
 * Where nothing but private events is asked for: those by the reader, and those to the reader, which are few among all;
 * undefined for other filters. Both together pass what the filter passes, some events twice.
 */
export function privateParts(filter: Filter): readonly Filter[] | undefined {
  const { privacy, ...rest } = filter;
  const { kinds, ids, authors, tags = [] } = rest;
  const isNarrow = ids || authors || tags.some(({ name }) => name === "p");
  if (!privacy || isNarrow || !kinds?.every((kind) => privacy.kinds.has(kind))) return undefined;
  const readers = [...privacy.readers];
  return [{ ...rest, authors: readers }, { ...rest, tags: [...tags, { name: "p", values: readers }] }];
}
