import type { Filter } from "../protocol/filter.ts";
import { Privacy } from "../protocol/privacy.ts";
import { Rejection } from "../protocol/reason.ts";
import type { FilterRule } from "./rule.ts";

export interface PrivacyOptions {
  /** Kinds of events that are for their author and recipients alone; undefined or empty: none. */
  readonly privateKinds?: readonly number[];
  /** Whether clients can authenticate. */
  readonly nip42: boolean;
}

/**
 * NIP-17, NIP-59: private events are only for who has authenticated (NIP-42) as their author or as one whom a `p` tag
 * names. A filter that could pass others' says so from here on, wherever it goes: stored, live, counted or compared.
 * As the client authenticates, it passes more.
 */
export function privacy({ privateKinds = [], nip42 }: PrivacyOptions): FilterRule {
  const secret: ReadonlySet<number> = new Set(privateKinds);
  if (secret.size === 0) return (filters) => filters;
  return (filters, { pubkeys }) => {
    if (pubkeys.size === 0 && filters.length > 0 && filters.every((filter) => isOnlyFor(secret, filter))) {
      const sentence = "events of these kinds are only for their author and recipients";
      if (nip42) throw new Rejection("auth-required", `${sentence}; authenticate as one of them`);
      throw new Rejection("restricted", `${sentence}, and nobody can authenticate here`);
    }
    const rule = new Privacy(secret, pubkeys);
    return filters.map((filter) => mayPassOthers(filter, rule) ? { ...filter, privacy: rule } : filter);
  };
}

const isOnlyFor = (secret: ReadonlySet<number>, { kinds = [] }: Filter): boolean =>
  kinds.length > 0 && kinds.every((kind) => secret.has(kind));

/** Whether private events could pass that are neither by nor to the reader. */
function mayPassOthers({ kinds, authors, tags = [] }: Filter, { kinds: secret, readers }: Privacy): boolean {
  const areReaders = (list: readonly string[] | undefined) => list?.every((value) => readers.has(value));
  return (kinds === undefined || kinds.some((kind) => secret.has(kind))) && !areReaders(authors) &&
    !tags.some(({ name, values }) => name === "p" && areReaders(values));
}
