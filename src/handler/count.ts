import { readFilter } from "../protocol/filter.ts";
import { HyperLogLog, hyperLogLogOffset } from "../protocol/hyperloglog.ts";
import { closed, countAnswer } from "../protocol/message.ts";
import { Rejection } from "../protocol/reason.ts";
import { explain } from "./refusal.ts";
import type { Session } from "./session.ts";

/**
 * COUNT (NIP-45): the exact number of stored events that pass any of the filters, and for a single filter with a tag
 * the registers of their authors; a refusal is CLOSED.
 */
export async function handleCount(session: Session, id: string, given: readonly unknown[]): Promise<string> {
  const { rules, repository, observer } = session.services;
  const started = performance.now();
  try {
    rules.subscriptionId(id);
    const filters = rules.request(given.map((filter) => readFilter(filter, rules.filter)), session.client);
    rules.filterValues(filters);
    session.spendRequest();
    const offset = given.length === 1 ? hyperLogLogOffset(given[0]) : undefined;
    const authors = offset === undefined ? undefined : new HyperLogLog(offset);
    const options = { signal: session.signal, most: rules.maxCountEvents, authors };
    const count = await whenFree(session, () => repository.count(filters, options));
    rules.reader(session.client); // who was a member when it began may be one no more
    observer.queried((performance.now() - started) / 1000, filters.length);
    return countAnswer(id, count, authors?.toString());
  } catch (error) {
    if (error instanceof Rejection) {
      observer.rejected(error.prefix);
      return closed(id, error.reason);
    }
    if (session.signal.aborted) observer.queryAborted("closed");
    else observer.failed("count", error);
    return closed(id, `error: ${explain(error, "the relay could not count")}`);
  }
}

/** A count may look through all that is stored: one client's many must not keep others waiting. */
async function whenFree<T>({ counting, signal }: Session, count: () => Promise<T>): Promise<T> {
  await counting.acquire(signal);
  try {
    return await count();
  } finally {
    counting.release();
  }
}
