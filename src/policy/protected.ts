import type { NostrEvent, Tag } from "../protocol/event.ts";
import { GENERIC_REPOST, REPOST } from "../protocol/kind.ts";
import { Rejection } from "../protocol/reason.ts";
import type { EventRule } from "./rule.ts";

/** NIP-70: an event with a `-` tag is accepted from nobody but its author, authenticated by NIP-42. */
export function protectedEvents(options: { readonly nip42: boolean }): EventRule {
  return (event, client) => {
    if (!isProtected(event.tags) || client.pubkeys.has(event.pubkey)) return;
    if (!options.nip42) {
      throw new Rejection("blocked", "a protected event needs its author authenticated, which is off here");
    }
    if (client.pubkeys.size === 0) {
      throw new Rejection("auth-required", "a protected event may be published by its author only");
    }
    throw new Rejection("restricted", "a protected event may be published by its author only, not by you");
  };
}

/** NIP-70: a repost must not embed a protected event. */
export const embeddedProtected: EventRule = (event) => {
  if (event.kind !== REPOST && event.kind !== GENERIC_REPOST) return;
  if (embedsProtected(event)) {
    throw new Rejection("blocked", "the reposted event is protected; repost it with an empty content");
  }
};

/** Every way to spell the tag's name in JSON: without one of them, nothing needs to be parsed. */
const NAME_IN_JSON = /"(?:-|\\u002[dD])"/;

function embedsProtected({ content }: NostrEvent): boolean {
  if (!/^\s*\{/.test(content) || !NAME_IN_JSON.test(content)) return false;
  try {
    const { tags } = JSON.parse(content) as { tags?: unknown };
    return isProtected(tags);
  } catch {
    return false; // no event, so none that is protected
  }
}

function isProtected(tags: unknown): tags is Tag[] {
  return Array.isArray(tags) && tags.some((tag) => Array.isArray(tag) && tag[0] === "-");
}
