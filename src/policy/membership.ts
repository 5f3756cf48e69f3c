import { JOIN_REQUEST, LEAVE_REQUEST } from "../protocol/kind.ts";
import { Rejection } from "../protocol/reason.ts";
import type { Client, EventRule } from "./rule.ts";

/** Who is a member of the relay (NIP-43); that may change at any time. */
export interface Membership {
  has(pubkey: string): boolean;
}

/** Only members may publish: an event's author must be one, or who sends it. Anybody may ask to join. */
export function membersOnly(members: Membership): EventRule {
  return ({ pubkey, kind }, client) => {
    if (members.has(pubkey) || isRequest(kind)) return;
    mustBeMember(members, client, "write");
  };
}

/** Asks a rule of all but requests to join or leave, which the relay answers and nobody else ever sees. */
export function exceptRequests(rule: EventRule): EventRule {
  return (event, client) => {
    if (!isRequest(event.kind)) rule(event, client);
  };
}

const isRequest = (kind: number): boolean => kind === JOIN_REQUEST || kind === LEAVE_REQUEST;

/** @throws {Rejection} unless one of the public keys that have authenticated is a member's. */
export function mustBeMember(members: Membership, { pubkeys }: Client, deed: "read" | "write"): void {
  if (pubkeys.size === 0) {
    throw new Rejection("auth-required", `only members may ${deed} here; authenticate as one`);
  }
  for (const pubkey of pubkeys) if (members.has(pubkey)) return;
  throw new Rejection("restricted", `only members may ${deed} here; an invite code makes you one (NIP-43)`);
}
