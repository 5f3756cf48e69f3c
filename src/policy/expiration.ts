import { expiresAt } from "../protocol/event.ts";
import { Rejection } from "../protocol/reason.ts";
import { figure } from "./figures.ts";
import type { EventRule } from "./rule.ts";

/** NIP-40: relays should drop events that have expired when they are published; ephemeral ones too. */
export function expiration(now: () => number): EventRule {
  return (event) => {
    const expires = expiresAt(event);
    if (expires === undefined) return;
    const ago = now() - expires;
    if (ago >= 0) {
      throw new Rejection("invalid", `the event expired ${figure(ago)} s ago; expiration must lie ahead`);
    }
  };
}
