import { closed, notice, ok } from "../protocol/message.ts";
import { Rejection } from "../protocol/reason.ts";
import { StorageError } from "../storage/repository.ts";
import type { Subscription } from "../subscription/subscription.ts";
import type { Session } from "./session.ts";

/** Ids are 64 characters; a somewhat longer one may be a mistake worth answering, a huge one is not. */
const ECHO_MOST = 256;

/**
 * Refuses an event: with OK when it carries any string id to answer to, else with a NOTICE. An error that is
 * no rejection is the relay's own failure, for the operator to read of.
 */
export function refuseEvent({ services: { observer } }: Session, given: unknown, error: unknown): string {
  const { prefix, reason } = error instanceof Rejection
    ? error
    : new Rejection("error", explain(error, "the relay failed to take the event"));
  if (!(error instanceof Rejection)) observer.failed("event", error);
  observer.rejected(prefix);
  const id = (given as { id?: unknown } | null)?.id;
  return typeof id === "string" && id.length <= ECHO_MOST ? ok(id, false, reason) : notice(reason);
}

/**
 * Who was a member when they subscribed may be one no more: the subscription ends with what they may not read, and its
 * CLOSED is answered; undefined for who may read.
 */
export function refuseReader(session: Session, { id }: Subscription): string | undefined {
  try {
    session.services.rules.reader(session.client);
  } catch (error) {
    return refuseSubscription(session, id, error);
  }
}

/** Answers CLOSED to a REQ that breaks a rule; an open subscription of its id ends. @throws What is no rejection. */
export function refuseSubscription(session: Session, id: string, error: unknown): string {
  if (!(error instanceof Rejection)) throw error;
  session.services.observer.rejected(error.prefix);
  session.close(id);
  return closed(id, error.reason);
}

/** What a client is told of the relay's own failure, as far as that is any business of clients. */
export function explain(error: unknown, otherwise: string): string {
  const explanation = error instanceof StorageError ? error.explanation : undefined;
  return `${explanation ?? otherwise}; try again later`;
}
