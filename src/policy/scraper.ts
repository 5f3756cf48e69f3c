import type { Filter } from "../protocol/filter.ts";
import { Rejection } from "../protocol/reason.ts";
import type { FilterRule } from "./rule.ts";

/** `limits.limit_scrapers`: each filter must say what it is after, or the relay is asked for all it has. */
export const scraper: FilterRule = (filters) => {
  if (filters.some((filter) => precision(filter) < 2)) {
    throw new Rejection(
      "blocked",
      "a filter asks for too much; it needs ids, or two of authors, kinds and a tag",
    );
  }
  return filters;
};

function precision({ ids, authors, kinds, tags }: Filter): number {
  return (ids ? 2 : 0) + (authors ? 1 : 0) + (kinds ? 1 : 0) + (tags ? 1 : 0);
}
