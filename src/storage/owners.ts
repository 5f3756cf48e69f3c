import type { NostrEvent } from "../protocol/event.ts";
import { isHex64 } from "../protocol/hex.ts";
import { GIFT_WRAP } from "../protocol/kind.ts";

/**
 * Who may have an event deleted, and with whom it vanishes: its author, and of a gift wrap the recipients too, as its
 * author is a key made for it (NIP-59). Each once.
 */
export function owners({ kind, pubkey, tags }: NostrEvent): string[] {
  if (kind !== GIFT_WRAP) return [pubkey];
  const recipients = tags.filter(([name, value]) => name === "p" && isHex64(value)).map(([, value]) =>
    value!
  );
  return [...new Set([pubkey, ...recipients])];
}
