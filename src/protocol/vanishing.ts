import type { NostrEvent } from "./event.ts";
import { isThisRelay } from "./relay_url.ts";

/** NIP-62: the relays that a request to vanish names: URLs, or `ALL_RELAYS`. */
export const relaysNamed = ({ tags }: NostrEvent): string[] =>
  tags.flatMap(([name, value]) => name === "relay" && value !== undefined ? [value] : []);

/**
 * Whether a request to vanish must be followed here.
 * @param own This relay's URL, or the host that a client asked for; undefined when nobody knows.
 */
export function concernsThisRelay(request: NostrEvent, own: string | undefined): boolean {
  return relaysNamed(request).some((relay) =>
    relay === "ALL_RELAYS" || (own !== undefined && isThisRelay(relay, own))
  );
}
