import { type Filter, valueCount } from "../protocol/filter.ts";
import { Rejection } from "../protocol/reason.ts";
import { figure } from "./figures.ts";

/**
 * `limits.max_filter_values`: ids, authors, kinds and tag values that a connection's filters may name. Each
 * has a place in the index of live filters, so their number is what subscriptions cost.
 * @param open Values that other open subscriptions of the connection name.
 */
export function filterValues(most: number): (filters: readonly Filter[], open?: number) => void {
  return (filters, open = 0) => {
    const named = valueCount(filters);
    if (named + open <= most) return;
    const beside = open > 0 ? `, beside ${figure(open)} of open subscriptions` : "";
    throw new Rejection(
      named > most ? "invalid" : "rate-limited",
      `the filters name ${figure(named)} values${beside}; at most ${figure(most)} are accepted in all`,
    );
  };
}
