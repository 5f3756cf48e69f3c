import { VANISH } from "../protocol/kind.ts";
import { Rejection } from "../protocol/reason.ts";
import { concernsThisRelay, relaysNamed } from "../protocol/vanishing.ts";
import type { EventRule } from "./rule.ts";

/**
 * NIP-62: a request to vanish must name this relay, or all. What is stored of others would be followed: see
 * storage/keep.ts.
 * @param relayUrl As configured; undefined: the host that the client asked for.
 */
export function vanish(relayUrl: string | undefined): EventRule {
  return (event, { host }) => {
    if (event.kind !== VANISH || concernsThisRelay(event, relayUrl ?? host)) return;
    if (relaysNamed(event).length === 0) {
      throw new Rejection("invalid", "a request to vanish names relays in relay tags, or ALL_RELAYS in one");
    }
    throw new Rejection("blocked", `this request to vanish is for other relays, not for ${relayUrl ?? host}`);
  };
}
