import { refuseReader } from "../handler/refusal.ts";
import type { Session } from "../handler/session.ts";
import type { Frame } from "../protocol/message.ts";
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
  const refused = refuseReader(session, subscription);
  if (refused === undefined) traffic.sent("realtime", 1);
  frames.push(refused ?? subscription.frame(json));
}
