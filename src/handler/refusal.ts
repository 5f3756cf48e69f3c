import { notice, ok } from "../protocol/message.ts";
import type { Reason } from "../protocol/reason.ts";

/** Ids are 64 characters; a somewhat longer one may be a mistake worth answering, a huge one is not. */
const ECHO_MOST = 256;

/** Refuses an event: with OK when it carries any string id to answer to, else with a NOTICE. */
export function refuseEvent(given: unknown, reason: Reason): string {
  const id = (given as { id?: unknown } | null)?.id;
  return typeof id === "string" && id.length <= ECHO_MOST ? ok(id, false, reason) : notice(reason);
}
