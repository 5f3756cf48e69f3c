import { readFilter } from "../protocol/filter.ts";
import type { EoseHint } from "../protocol/message.ts";
import { Rejection } from "../protocol/reason.ts";
import type { Subscription } from "../subscription/subscription.ts";
import { explain, refuseSubscription } from "./refusal.ts";
import type { Session } from "./session.ts";

/**
 * REQ (NIP-01): opens the live subscription, then starts the stored query, whose pages, EOSE or failure come
 * through `session.results`. Answers a refusal with CLOSED.
 */
export function handleReq(session: Session, id: string, given: readonly unknown[]): string[] {
  const { rules, membership } = session.services;
  try {
    rules.subscriptionId(id);
    const filters = rules.request(
      given.map((filter) => readFilter(filter, rules.requestFilter)),
      session.client,
    );
    if (!session.subscriptions.has(id) && session.subscriptions.size >= rules.maxSubscriptions) {
      const most = rules.maxSubscriptions.toLocaleString("en-US");
      throw new Rejection("rate-limited", `at most ${most} subscriptions may be open; close one first`);
    }
    rules.filterValues(filters, valuesOfOthers(session, id));
    const inviter = membership?.inviter(filters, session.client);
    session.spendRequest();
    void answerStored(session, session.open(id, filters), inviter);
    return [];
  } catch (error) {
    return [refuseSubscription(session, id, error)];
  }
}

/** What the subscriptions name that stay open beside the one with this id. */
function valuesOfOthers({ subscriptions }: Session, id: string): number {
  let count = 0;
  for (const other of subscriptions.values()) if (other.id !== id) count += other.values;
  return count;
}

/**
 * Streams the stored query when its turn has come: a client that does not read costs the pages of a few
 * queries, however many it asks for. Never rejects: a failure goes to the client as CLOSED and to the log.
 */
async function answerStored(session: Session, subscription: Subscription, inviter?: string): Promise<void> {
  const { observer, membership } = session.services;
  const { signal } = subscription;
  try {
    await session.turns.acquire(signal);
    try {
      if (inviter) await session.results({ subscription, page: [await membership!.invitation(inviter)] });
      await stream(session, subscription);
    } finally {
      session.turns.release();
    }
  } catch (error) {
    if (signal.aborted) return observer.queryAborted("closed");
    observer.failed("query", error);
    await session.results({ subscription, failure: explain(error, "the relay could not read its store") })
      .catch(() => observer.queryAborted("closed")); // closed meanwhile: nobody is left to tell
  }
}

async function stream(session: Session, subscription: Subscription): Promise<void> {
  const { repository, observer, rules } = session.services;
  const { filters, signal } = subscription;
  signal.throwIfAborted(); // a closed one has no filters any more
  const started = performance.now();
  let hint: EoseHint | undefined = rules.eoseHints ? "finish" : undefined;
  const onMore = hint && (() => {
    hint = "more";
  });
  let last = false;
  const onLast = () => {
    last = true;
  };
  const options = { signal, ample: () => session.ample, onMore, onLast };
  const pages = session.takesUtf8 ? repository.findEncoded?.(filters, options) : undefined;
  for await (const page of pages ?? repository.find(filters, options)) {
    // The end goes with the last page: by itself it would cost another write, and wake the client twice.
    const end = last ? { hint } : undefined;
    if (page.length > 0 || end) await session.results({ subscription, page, end });
  }
  observer.queried((performance.now() - started) / 1000, filters.length);
  if (!last) await session.results({ subscription, page: [], end: { hint } });
}
