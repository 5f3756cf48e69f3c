import { Rejection } from "../protocol/reason.ts";
import { figure } from "./figures.ts";
import type { EventRule } from "./rule.ts";

/** NIP-11 `max_event_tags`. */
export function maxTags(most: number): EventRule {
  return ({ tags }) => {
    if (tags.length > most) {
      throw new Rejection(
        "invalid",
        `the event has ${figure(tags.length)} tags; at most ${figure(most)} are accepted`,
      );
    }
  };
}
