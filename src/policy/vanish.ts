import { VANISH } from "../protocol/kind.ts";
import { Rejection } from "../protocol/reason.ts";
import { concernsThisRelay, relaysNamed } from "../protocol/vanishing.ts";
import type { EventRule } from "./rule.ts";

export interface VanishOptions {
  /** As configured; undefined: the host that a client asks for, which must have authenticated as the author. */
  readonly relayUrl?: string | undefined;
  /** Whether clients can authenticate. */
  readonly nip42: boolean;
}

/**
 * NIP-62: a request to vanish must name this relay, or all. What is stored of others would be followed: see
 * storage/keep.ts. Where the relay knows no URL of its own, anybody could bring here under another relay's name what
 * was said to that one.
 */
export function vanish({ relayUrl, nip42 }: VanishOptions): EventRule {
  return (event, { host, pubkeys }) => {
    if (event.kind !== VANISH || concernsThisRelay(event, relayUrl)) return;
    if (relayUrl === undefined && concernsThisRelay(event, host)) {
      if (pubkeys.has(event.pubkey)) return;
      const sentence =
        "this relay does not know its own URL (info.relay_url), and this may be said to another one";
      if (nip42) {
        throw new Rejection("auth-required", `${sentence}; authenticate as the author, or name ALL_RELAYS`);
      }
      throw new Rejection("blocked", `${sentence}; name ALL_RELAYS`);
    }
    if (relaysNamed(event).length === 0) {
      throw new Rejection("invalid", "a request to vanish names relays in relay tags, or ALL_RELAYS in one");
    }
    throw new Rejection("blocked", `this request to vanish is for other relays, not for ${relayUrl ?? host}`);
  };
}
