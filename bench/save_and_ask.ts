import type { VerifiedEvent } from "../src/protocol/event.ts";
import type { Filter } from "../src/protocol/filter.ts";
import type { Repository } from "../src/storage/repository.ts";

const IN_FLIGHT = 512;

/** Saves all events, 512 in flight; each is taken when its turn comes. */
export async function saveAll(repository: Repository, events: Iterable<VerifiedEvent>): Promise<void> {
  const waiting = events[Symbol.iterator]();
  const lane = async () => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) await repository.save(next.value);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

/** Answers how many events the repository finds. */
export async function ask(repository: Repository, filter: Filter): Promise<number> {
  let found = 0;
  const { signal } = new AbortController();
  for await (const page of repository.find([filter], { signal })) found += page.length;
  return found;
}
