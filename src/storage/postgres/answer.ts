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

/** Answers filters without a search: first the database names events, then their JSON is given page by page. */
export async function* answer(
  filters: readonly Filter[],
  { signal, onMore, onLast }: FindOptions,
  reader: AnswerReader,
): AsyncGenerator<string[], void, void> {
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
  for await (const hits of merge(answers)) {
    for (const { id, seq } of hits) reader.found(id, seq);
    const isEnd = !answers.some(({ needsPage }) => needsPage);
    for await (const { jsons, isLast } of events.pages(hits, page.bytes, run)) {
      if (isEnd && isLast) {
        await tellOfMore();
        onLast?.();
        return yield jsons;
      }
      yield jsons;
      signal.throwIfAborted();
    }
  }
  await tellOfMore();
}
