import type { Filter } from "../protocol/filter.ts";

/** Some time, in seconds, both ends inclusive. */
export interface Window {
  readonly since: number;
  /** Infinity is for ever. */
  readonly until: number;
}

/** Events begin about here, in November 2020: few are dated before. */
const BEGINNING = 1_604_000_000;

export const windowOf = ({ since = 0, until = Infinity }: Filter): Window => ({ since, until });

/** Both parts of a window; undefined where there is only a second left. */
export function parts({ since, until }: Window, now: number): [Window, Window] | undefined {
  if (since >= until) return undefined;
  const [edge] = [BEGINNING, now].filter((edge) => since < edge && edge < until);
  const middle = edge ?? (until === Infinity ? 2 * since : Math.ceil((since + until) / 2));
  return [{ since, until: middle - 1 }, { since: middle, until }];
}

/** The filter, within a window; what says nothing is left out. */
export function within<Asked extends object>(filter: Asked, { since, until }: Window): Asked {
  return { ...filter, ...(since > 0 && { since }), ...(until < Infinity && { until }) };
}
