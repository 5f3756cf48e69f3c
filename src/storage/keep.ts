import { eventAddress, newestFirst, type NostrEvent, type VerifiedEvent } from "../protocol/event.ts";
import { DELETION } from "../protocol/kind.ts";
import { deletionTargets } from "./deletion.ts";
import type { SaveOutcome } from "./repository.ts";

/** An event that a ledger holds. */
export interface Kept {
  readonly event: NostrEvent;
}

/** What an engine holds, as far as it decides on what becomes of an event. */
export interface Ledger<Entry extends Kept> {
  withId(id: string): Entry | undefined;
  /** The version of a replaceable or addressable event: see `eventAddress`. */
  at(address: string): Entry | undefined;
  /** Up to which `created_at` the author has had this id or address deleted; −1 when never. */
  deletedUntil(target: string, pubkey: string): number;
  insert(event: VerifiedEvent, address: string | undefined): void;
  remove(entry: Entry): void;
  /** Refuses from now on what `deletedUntil` is to tell of. A later time stays. */
  refuse(target: string, pubkey: string, until: number): void;
}

/** Keeps an event, or doesn't: NIP-01's replaceable and addressable events, NIP-09's deletion requests. */
export function keep<Entry extends Kept>(ledger: Ledger<Entry>, offered: VerifiedEvent): SaveOutcome {
  const { event } = offered;
  if (ledger.withId(event.id)) return "duplicate";
  const address = eventAddress(event);
  if (isDeleted(ledger, event, address)) return "deleted";
  const other = address === undefined ? undefined : ledger.at(address);
  if (other && newestFirst(other.event, event) < 0) return "superseded";
  if (other) ledger.remove(other);
  ledger.insert(offered, address);
  if (event.kind === DELETION) carryOut(ledger, event);
  return "stored";
}

function isDeleted<Entry extends Kept>(
  ledger: Ledger<Entry>,
  { id, pubkey, created_at, kind }: NostrEvent,
  address: string | undefined,
): boolean {
  if (kind === DELETION) return false; // NIP-09: deleting a deletion request has no effect
  return ledger.deletedUntil(id, pubkey) >= created_at ||
    (address !== undefined && ledger.deletedUntil(address, pubkey) >= created_at);
}

function carryOut<Entry extends Kept>(ledger: Ledger<Entry>, request: NostrEvent): void {
  for (const { target, until } of deletionTargets(request)) {
    ledger.refuse(target, request.pubkey, until);
    const named = target.includes(":") ? ledger.at(target) : ledger.withId(target);
    if (!named || named.event.pubkey !== request.pubkey || named.event.kind === DELETION) continue;
    if (named.event.created_at <= until) ledger.remove(named);
  }
}
