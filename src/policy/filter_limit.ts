import type { FilterRule } from "./rule.ts";

export interface FilterLimits {
  /** NIP-11 `default_limit`: stored events sent for a filter that names no limit. */
  readonly defaultLimit: number;
  /** NIP-11 `max_limit`: a higher limit is lowered to it. */
  readonly maxLimit: number;
}

/** Settles how many stored events each filter may have. */
export function filterLimit({ defaultLimit, maxLimit }: FilterLimits): FilterRule {
  return (filters) =>
    filters.map((filter) => ({ ...filter, limit: Math.min(filter.limit ?? defaultLimit, maxLimit) }));
}
