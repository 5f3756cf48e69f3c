import { unlessAborted } from "../flow/unless_aborted.ts";
import { idOf } from "../protocol/event.ts";
import type { Filter } from "../protocol/filter.ts";
import type { Indexing } from "./indexing.ts";
import type { FindOptions } from "./repository.ts";

type Find = (filters: readonly Filter[], options: FindOptions) => AsyncGenerator<string[], void, void>;

/**
 * Serves filters with a `search` (NIP-50) one after the other, each by rank, and then what passes the others, by time; an
 * event comes once. Where a search leaves something out there is more, even if another filter sends it. Where none of the
 * filters searches, the engine answers by itself.
 * @param find Of an engine: answers one filter with a search, or several without.
 * @param indexing What was saved before the search is found.
 */
export function rankedFirst(
  filters: readonly Filter[],
  options: FindOptions,
  find: Find,
  indexing?: Indexing,
): AsyncGenerator<string[], void, void> {
  return filters.some(({ search }) => search)
    ? oneAfterTheOther(filters, options, find, indexing)
    : find(filters, options);
}

async function* oneAfterTheOther(
  filters: readonly Filter[],
  options: FindOptions,
  find: Find,
  indexing: Indexing | undefined,
): AsyncGenerator<string[], void, void> {
  const searches = filters.filter(({ search }) => search), others = filters.filter(({ search }) => !search);
  if (indexing) await unlessAborted(indexing.catchUp(), options.signal);
  const { onMore } = options;
  let isMore = false;
  const each = { ...options, onMore: onMore && (() => void (isMore = true)), onLast: undefined };
  const sent = new Set<string>();
  for (const part of [...searches.map((filter) => [filter]), others]) {
    if (part.length === 0) continue;
    for await (const page of find(part, each)) {
      const unsent = page.filter((json) => !sent.has(idOf(json)));
      if (part !== others) { for (const json of unsent) sent.add(idOf(json)); }
      yield unsent;
    }
  }
  if (isMore) onMore?.();
}
