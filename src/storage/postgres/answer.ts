import type { Filter } from "../../protocol/filter.ts";
import type { FindOptions } from "../repository.ts";
import type { AnswerMemory } from "./answer_memory.ts";
import { NamedByDatabase, NamedByMemory, type Naming, type NamingReader } from "./naming.ts";

export interface AnswerReader extends NamingReader {
  /** Unset while none of them may be used. */
  readonly answers?: AnswerMemory | undefined;
  /** Told of each event before it is given. */
  found(id: string, seq: number): void;
}

/** Times that an answer begins anew. */
const MOST_RETRIES = 3;

/**
 * Answers filters without a search: first memory or the database names events, then their JSON is given page by page. If
 * one of the first is gone in between, it begins anew: another may be in its place, such as the next version of a profile.
 */
export async function* answer(
  filters: readonly Filter[],
  options: FindOptions,
  reader: AnswerReader,
): AsyncGenerator<string[], void, void> {
  const { signal, onMore } = options, seek = onMore !== undefined;
  signal.throwIfAborted();
  const asked = reader.answers?.ask(filters, seek, reader.now());
  const anew = () => new NamedByDatabase(asked?.filters ?? filters, seek, reader, asked);
  if (asked?.known && (yield* give(new NamedByMemory(asked.known, reader, anew), options, reader, true))) {
    return;
  }
  for (let retries = MOST_RETRIES;; retries--) {
    if (yield* give(anew(), options, reader, retries > 0)) return;
  }
}

/** Answers whether it has given what there is; false, having given nothing, if it should be tried again. */
async function* give(
  naming: Naming,
  { signal, onMore, onLast }: FindOptions,
  { run, events, page, found }: AnswerReader,
  mayRetry: boolean,
): AsyncGenerator<string[], boolean, void> {
  const finish = async () => {
    if (await naming.finish()) onMore?.();
  };
  let isFirst = true;
  for await (const hits of naming.pages()) {
    for (const { id, seq } of hits) found(id, seq);
    const { isEnd } = naming;
    for await (const { jsons, isWhole, isLast } of events.pages(hits, page.bytes, run)) {
      if (isFirst && !isWhole && mayRetry) return false;
      isFirst = false;
      if (isEnd && isLast) {
        await finish();
        onLast?.();
        yield jsons;
        return true;
      }
      yield jsons;
      signal.throwIfAborted();
    }
  }
  await finish();
  return true;
}
