import type { NostrEvent } from "../protocol/event.ts";
import { isHex64 } from "../protocol/hex.ts";
import { kindClass } from "../protocol/kind.ts";

/** One thing that a deletion request names, to be deleted now and refused later. */
export interface DeletionTarget {
  /** An event's id, or an address `kind:pubkey:d`. */
  readonly target: string;
  /** Only events up to this `created_at`, inclusive. */
  readonly until: number;
}

/**
 * What a deletion request (NIP-09) may delete. An `e` tag names one event whatever its time; whether it has
 * the same author shows only once the event is there. An `a` tag names all versions up to the request's
 * time, and counts only when it carries the request's own public key.
 */
export function deletionTargets(request: NostrEvent): DeletionTarget[] {
  const targets = new Map<string, DeletionTarget>();
  for (const [name, target] of request.tags) {
    if (name === "e" && isHex64(target)) targets.set(target, { target, until: Number.MAX_SAFE_INTEGER });
    if (name === "a" && target !== undefined && isOwnAddress(target, request.pubkey)) {
      targets.set(target, { target, until: request.created_at });
    }
  }
  return [...targets.values()];
}

function isOwnAddress(target: string, pubkey: string): boolean {
  const [kind = "", owner, ...identifier] = target.split(":");
  if (!/^\d{1,5}$/.test(kind) || owner !== pubkey) return false;
  const keeps = kindClass(Number(kind));
  return keeps === "addressable" && identifier.length > 0 ||
    keeps === "replaceable" && identifier.length === 1 && identifier[0] === "";
}
