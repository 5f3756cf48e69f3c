import { admission, type AdmissionOptions } from "./admission.ts";
import { filterCount } from "./filter_count.ts";
import { filterLimit, type FilterLimits } from "./filter_limit.ts";
import { privacy, type PrivacyOptions } from "./privacy.ts";
import type { FilterRule } from "./rule.ts";
import { scraper } from "./scraper.ts";

export interface FilterRuleOptions extends FilterLimits, PrivacyOptions {
  readonly maxFilters: number;
  readonly limitScrapers: boolean;
  /** Who may ask at all. */
  readonly readers: AdmissionOptions;
}

/** All rules for the filters of a REQ or COUNT, which come back with their limits and their privacy settled. */
export function filterRules(options: FilterRuleOptions): FilterRule {
  const admitted = admission("read", options.readers);
  const count = filterCount(options.maxFilters);
  const precise: FilterRule = options.limitScrapers ? scraper : (filters) => filters;
  const limit = filterLimit(options), privately = privacy(options);
  return (filters, client) => {
    admitted(client);
    return privately(limit(precise(count(filters, client), client), client), client);
  };
}
