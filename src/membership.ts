import type { Config } from "./config/schema.ts";
import type { RelayKey } from "./crypto/relay_key.ts";
import { Announcements, type AnnouncementsOptions } from "./management/announcements.ts";
import type { Lists } from "./management/lists.ts";
import { Members } from "./management/members.ts";
import { Membership } from "./management/membership.ts";

export interface MembershipParts
  extends Pick<AnnouncementsOptions, "repository" | "publish" | "failed" | "now"> {
  readonly key: RelayKey;
  readonly lists: Lists;
  readonly operators: ReadonlySet<string>;
  /** Aborts when the relay stops. */
  readonly stopped: AbortSignal;
}

/** Joins what NIP-43 needs: who is a member, what is published of that, and what clients may ask. */
export function createMembership({ info, membership, authorization }: Config, parts: MembershipParts) {
  const { lists, key, operators, now, stopped } = parts;
  const mayInvite = (pubkey: string): boolean =>
    membership.inviters !== "nobody" && !lists.bannedPubkeys.has(pubkey) &&
    (operators.has(pubkey) || (membership.inviters === "members" && members.has(pubkey) &&
      members.invitedBy(pubkey) < membership.max_invited));
  const members = new Members({
    lists,
    configured: authorization.pubkey_whitelist ?? [],
    inviteSeconds: membership.invite_seconds,
    inviteUses: membership.invite_uses,
    maxMembers: membership.max_members,
    mayInvite,
    relayName: () => info.relay_url ?? lists.info.name ?? info.name,
    now,
  });
  const announcements = new Announcements({
    ...parts,
    signal: stopped,
    members: () => members.all,
    roles: () => lists.roles,
  });
  return {
    members,
    announcements,
    membership: new Membership({ key, members, announcements, mayInvite, now }),
  };
}
