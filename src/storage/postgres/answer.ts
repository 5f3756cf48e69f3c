import type { Filter, FilterOptions } from "../../protocol/filter.ts";
import type { FindOptions } from "../repository.ts";
import type { EventLoader, Run } from "./event_loader.ts";
import { FilterPages } from "./filter_pages.ts";
import { leavesOut, merge } from "./merge.ts";
import type { PageRow } from "./page.ts";

export interface AnswerReader extends FilterOptions {
  readonly run: Run;
  readonly now: () => number;
  readonly events: EventLoader;
  /** Events that a filter names in one statement; bytes of JSON that are given together. */
  readonly page: { readonly events: number; readonly bytes: number };
  /** Told of each event before it is given. */
  found(id: string, seq: number): void;
}

/** Times that an answer begins anew. */
const MOST_RETRIES = 3;

/**
 * Answers filters without a search: first the database names events, then their JSON is given page by page. If one of the
 * first is gone in between, it begins anew: another may be in its place, such as the next version of a profile.
 */
export async function* answer(
  filters: readonly Filter[],
  options: FindOptions,
  reader: AnswerReader,
): AsyncGenerator<string[], void, void> {
  for (let retries = MOST_RETRIES; !(yield* attempt(filters, options, reader, retries > 0)); retries--);
}

/** Answers whether it has given what there is; false, having given nothing, if it should be tried again. */
async function* attempt(
  filters: readonly Filter[],
  { signal, onMore, onLast }: FindOptions,
  reader: AnswerReader,
  mayRetry: boolean,
): AsyncGenerator<string[], boolean, void> {
  const { run, events, page } = reader;
  const answers = filters.map((filter) =>
    new FilterPages(filter, page.events, {
      ...reader,
      run: (statement) => run<PageRow>(statement),
      seek: onMore !== undefined,
    })
  );
  const tellOfMore = async () => {
    if (onMore && await leavesOut(answers, (hit) => events.read(hit, run))) onMore();
  };
  let isFirst = true;
  for await (const hits of merge(answers)) {
    for (const { id, seq } of hits) reader.found(id, seq);
    const isEnd = !answers.some(({ needsPage }) => needsPage);
    for await (const { jsons, isWhole, isLast } of events.pages(hits, page.bytes, run)) {
      if (isFirst && !isWhole && mayRetry) return false;
      isFirst = false;
      if (isEnd && isLast) {
        await tellOfMore();
        onLast?.();
        yield jsons;
        return true;
      }
      yield jsons;
      signal.throwIfAborted();
    }
  }
  await tellOfMore();
  return true;
}
