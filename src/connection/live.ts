import type { Session } from "../handler/session.ts";
import { closed, type Frame } from "../protocol/message.ts";
import { Rejection } from "../protocol/reason.ts";
import type { Subscription } from "../subscription/subscription.ts";
import type { Of } from "./channels.ts";
import type { Traffic } from "./observer.ts";

/** Adds the frame of a live event to those that are sent together. */
export function addLive(
  { subscription, json }: Of<"live">,
  frames: Frame[],
  session: Session,
  traffic: Traffic,
): void {
  if (subscription.closed) return; // as all are once the connection has ended
  const refused = refusal(subscription, session);
  if (refused === undefined) traffic.sent("realtime", 1);
  frames.push(refused ?? subscription.frame(json));
}

/** Who was a member when they subscribed may be one no more: the subscription ends with what they may not read. */
export function refusal({ id }: Subscription, session: Session): string | undefined {
  const { client, services: { rules, observer } } = session;
  try {
    rules.reader(client);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    observer.rejected(error.prefix);
    session.close(id);
    return closed(id, error.reason);
  }
}
