import { Rejection } from "../protocol/reason.ts";
import { type Membership, mustBeMember } from "./membership.ts";
import type { Client } from "./rule.ts";

export interface AdmissionOptions {
  /** Any public key will do that has authenticated. */
  readonly authRequired: boolean;
  /** One of these must have authenticated; undefined when there is no such list. */
  readonly allowlist?: readonly string[] | undefined;
  /** A member must have authenticated (NIP-43); undefined where that is not asked for. */
  readonly members?: Membership | undefined;
}

/** May this client read, or write, at all? @throws {Rejection} when it may not. */
export type Admission = (client: Client) => void;

/**
 * NIP-42: `authorization.auth_required_to_read` and `read_allowlist`; the same for writing. Of the public keys
 * that have authenticated on a connection, one on the list is enough; whose events are written plays no part.
 */
export function admission(
  deed: "read" | "write",
  { authRequired, allowlist, members }: AdmissionOptions,
): Admission {
  const allowed = allowlist && new Set(allowlist);
  if (!authRequired && !allowed && !members) return () => {};
  return (client) => {
    const { pubkeys } = client;
    if (pubkeys.size === 0) {
      throw new Rejection("auth-required", `who wants to ${deed} here must authenticate`);
    }
    if (allowed?.isDisjointFrom(pubkeys)) {
      throw new Rejection("restricted", `no public key that you have authenticated may ${deed} here`);
    }
    if (members) mustBeMember(members, client, deed);
  };
}
