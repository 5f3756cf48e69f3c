import { Rejection } from "../protocol/reason.ts";
import type { EventRule } from "./rule.ts";

/** `limits.event_kind_allowlist`: no other kinds. */
export function onlyKinds(kinds: readonly number[]): EventRule {
  const allowed = new Set(kinds);
  const all = [...allowed].sort((a, b) => a - b).join(", ");
  return ({ kind }) => {
    if (!allowed.has(kind)) {
      throw new Rejection("blocked", `kind ${kind} is not accepted here; accepted are: ${all || "none"}`);
    }
  };
}

/** `limits.event_kind_blacklist`: any kind but these. */
export function exceptKinds(kinds: readonly number[]): EventRule {
  const refused = new Set(kinds);
  return ({ kind }) => {
    if (refused.has(kind)) throw new Rejection("blocked", `kind ${kind} is not accepted here`);
  };
}
