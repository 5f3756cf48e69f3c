import { Rejection } from "../protocol/reason.ts";
import type { EventRule } from "./rule.ts";

/**
 * `authorization.pubkey_whitelist`: events by these authors only, whoever sends them. The prefix is
 * `blocked`, for authenticating as somebody else would change nothing.
 */
export function onlyAuthors(pubkeys: readonly string[]): EventRule {
  const allowed = new Set(pubkeys);
  return ({ pubkey }) => {
    if (!allowed.has(pubkey)) {
      throw new Rejection("blocked", "this public key is not on the list of authors that this relay accepts");
    }
  };
}
