import { Rejection } from "../protocol/reason.ts";
import { figure } from "./figures.ts";
import type { EventRule } from "./rule.ts";

/** `limits.max_future_seconds`: no event may claim to be made later than so far ahead of the clock. */
export function createdAt(maxFutureSeconds: number, now: () => number): EventRule {
  return ({ created_at }) => {
    const ahead = created_at - now();
    if (ahead > maxFutureSeconds) {
      const most = figure(maxFutureSeconds);
      throw new Rejection(
        "invalid",
        `created_at is ${figure(ahead)} s ahead of the relay's clock; at most ${most} are accepted`,
      );
    }
  };
}
