import { readFilter } from "../protocol/filter.ts";
import { closed } from "../protocol/message.ts";
import { Rejection } from "../protocol/reason.ts";
import type { Subscription } from "../subscription/subscription.ts";
import type { QueryResult, Session } from "./session.ts";

/**
 * REQ (NIP-01): opens the live subscription, then starts the stored query, whose pages, EOSE or failure come
 * through `session.put`. Answers a refusal with CLOSED.
 */
export function handleReq(session: Session, id: string, given: readonly unknown[]): string[] {
  const { rules, observer } = session.services;
  try {
    rules.subscriptionId(id);
    const filters = rules.request(given.map((filter) => readFilter(filter, rules.filter)), session.client);
    if (!session.subscriptions.has(id) && session.subscriptions.size >= rules.maxSubscriptions) {
      const most = rules.maxSubscriptions.toLocaleString("en-US");
      throw new Rejection("rate-limited", `at most ${most} subscriptions may be open; close one first`);
    }
    session.spendRequest();
    void answerStored(session, session.open(id, filters));
    return [];
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    observer.rejected(error.prefix);
    session.close(id);
    return [closed(id, error.reason)];
  }
}

/**
 * Streams the stored query. A page is asked for only when there is a place for it on its way to the client; so
 * a client that does not read costs a few pages, however much it asks. Never rejects: a failure goes to the
 * client as CLOSED and to the log.
 */
async function answerStored(session: Session, subscription: Subscription): Promise<void> {
  const { repository, observer } = session.services;
  const { filters, signal } = subscription;
  const started = performance.now();
  let hasPlace = false;
  const takePlace = async () => {
    await session.places.acquire(signal);
    hasPlace = true;
  };
  const put = (result: QueryResult) => {
    hasPlace = false;
    session.put(result);
  };
  try {
    await takePlace();
    for await (const page of repository.find(filters, { signal })) {
      if (page.length === 0) continue; // a long scan goes on
      put({ subscription, page });
      await takePlace();
    }
    observer.queried((performance.now() - started) / 1000, filters.length);
    put({ subscription, end: true });
  } catch (error) {
    if (signal.aborted) observer.queryAborted("closed");
    else observer.failed("query", error);
    const failure = "the relay could not read its store; try again later";
    if (hasPlace) put({ subscription, failure }); // of no consequence when the subscription is closed
  }
}
