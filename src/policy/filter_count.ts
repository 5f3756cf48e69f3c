import { Rejection } from "../protocol/reason.ts";
import { figure } from "./figures.ts";
import type { FilterRule } from "./rule.ts";

/** `limits.max_filters`: one at least, and at most so many in a REQ or COUNT. */
export function filterCount(most: number): FilterRule {
  return (filters) => {
    if (filters.length === 0) {
      throw new Rejection("invalid", "at least one filter is needed; {} asks for all");
    }
    if (filters.length > most) {
      throw new Rejection(
        "invalid",
        `there are ${figure(filters.length)} filters; at most ${figure(most)} are accepted`,
      );
    }
    return filters;
  };
}
