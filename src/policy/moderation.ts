import { Rejection } from "../protocol/reason.ts";
import type { EventRule } from "./rule.ts";

/** What operators settle while the relay runs (NIP-86), as rules ask for it; the lists may change at any time. */
export interface Moderation {
  /** Whether the lists have been read since the start. */
  readonly isKnown: boolean;
  readonly bannedPubkeys: List<string>;
  readonly bannedEvents: List<string>;
  /** Authors that are accepted beside those of the configuration. */
  readonly allowedPubkeys: List<string>;
  /** Whether a kind is accepted, of those that were settled; this goes before the configuration. */
  readonly kinds: Pick<ReadonlyMap<number, boolean>, "get">;
}

type List<Item> = { readonly size: number; has(item: Item): boolean };

/** Refuses banned events, and all by banned authors, whoever sends them. As long as nobody knows who is banned, all. */
export function bans(moderation: Moderation): EventRule {
  return ({ id, pubkey }) => {
    if (!moderation.isKnown) throw new Rejection("error", "the relay is not ready to write; try again later");
    if (moderation.bannedPubkeys.has(pubkey)) {
      throw new Rejection("blocked", "this public key is banned here");
    }
    if (moderation.bannedEvents.has(id)) throw new Rejection("blocked", "this event is banned here");
  };
}

/** Asks the configuration's rule only of kinds that operators have not settled. */
export function settledKinds({ kinds }: Moderation, configured: EventRule): EventRule {
  return (event, client) => {
    const accepted = kinds.get(event.kind);
    if (accepted === undefined) return configured(event, client);
    if (!accepted) throw new Rejection("blocked", `kind ${event.kind} is not accepted here`);
  };
}

/**
 * Once operators have allowed any author, no others are accepted, unless the configuration has a rule of its own:
 * then they are accepted beside those that it accepts.
 */
export function allowedAuthors({ allowedPubkeys }: Moderation, configured?: EventRule): EventRule {
  return (event, client) => {
    if (allowedPubkeys.has(event.pubkey)) return;
    if (configured) return configured(event, client);
    if (allowedPubkeys.size > 0) {
      throw new Rejection("blocked", "this public key is not among the authors that this relay accepts");
    }
  };
}
