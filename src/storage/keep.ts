import { eventAddress, newestFirst, type NostrEvent, type VerifiedEvent } from "../protocol/event.ts";
import { DELETION, VANISH } from "../protocol/kind.ts";
import { deletionTargets } from "./deletion.ts";
import { owners } from "./owners.ts";
import type { SaveOutcome } from "./repository.ts";

/** An event that a ledger holds. */
export interface Kept {
  readonly event: NostrEvent;
}

/** Something that a public key has had deleted: an id, or an address. */
export interface Refusal {
  readonly target: string;
  readonly pubkey: string;
  /** Up to which `created_at` it is refused. */
  readonly until: number;
  /** When that was asked for last, by the request's `created_at`. */
  readonly askedAt: number;
}

/** What an engine holds, as far as it decides on what becomes of an event. */
export interface Ledger<Entry extends Kept> {
  withId(id: string): Entry | undefined;
  /** The version of a replaceable or addressable event: see `eventAddress`. */
  at(address: string): Entry | undefined;
  refusal(target: string, pubkey: string): Refusal | undefined;
  /** Up to which `created_at` nothing of this public key is kept; −1 when it has never asked to vanish. */
  vanishedUntil(pubkey: string): number;
  insert(event: VerifiedEvent, address: string | undefined): void;
  remove(entry: Entry): void;
  /** Refuses from now on. Of an earlier refusal of the same the later times stay. */
  refuse(refusal: Refusal): void;
  /** Keeps nothing more of this public key from now on, and notes that what is held has to go: see Vanishing. */
  vanish(pubkey: string, until: number): void;
}

/**
 * Keeps an event, or doesn't: NIP-01's replaceable and addressable events, NIP-09's deletion requests, NIP-62's requests
 * to vanish. Of these only such come here as are meant for this relay (see policy/vanish.ts), and the newest is kept.
 */
export function keep<Entry extends Kept>(ledger: Ledger<Entry>, offered: VerifiedEvent): SaveOutcome {
  const { event } = offered;
  const mine = owners(event);
  if (hasVanished(ledger, event, mine)) return "vanished"; // though it may still be there, about to go
  if (event.kind === VANISH && ledger.vanishedUntil(event.pubkey) > event.created_at) return "superseded"; // likewise
  if (ledger.withId(event.id)) return "duplicate";
  const address = eventAddress(event);
  if (isDeleted(ledger, event, mine, address)) return "deleted";
  const other = address === undefined ? undefined : ledger.at(address);
  if (other && newestFirst(other.event, event) < 0) return "superseded";
  if (other) ledger.remove(other);
  ledger.insert(offered, address);
  if (event.kind === DELETION) carryOut(ledger, event);
  if (event.kind === VANISH) ledger.vanish(event.pubkey, event.created_at);
  return "stored";
}

function hasVanished<Entry extends Kept>(
  ledger: Ledger<Entry>,
  { kind, created_at }: NostrEvent,
  owners: readonly string[],
): boolean {
  return kind !== VANISH && owners.some((pubkey) => ledger.vanishedUntil(pubkey) >= created_at);
}

function isDeleted<Entry extends Kept>(
  ledger: Ledger<Entry>,
  { id, pubkey, created_at, kind }: NostrEvent,
  owners: readonly string[],
  address: string | undefined,
): boolean {
  if (isBeyondDeletion(kind)) return false;
  const refuses = (target: string, pubkey: string) => {
    const refusal = ledger.refusal(target, pubkey);
    // A request to vanish takes the deletion requests before it along.
    return refusal && refusal.until >= created_at && refusal.askedAt > ledger.vanishedUntil(pubkey);
  };
  return owners.some((owner) => refuses(id, owner)) || (address !== undefined && refuses(address, pubkey)!);
}

function carryOut<Entry extends Kept>(ledger: Ledger<Entry>, request: NostrEvent): void {
  const { pubkey, created_at: askedAt } = request;
  for (const { target, until } of deletionTargets(request)) {
    ledger.refuse({ target, pubkey, until, askedAt });
    const named = target.includes(":") ? ledger.at(target) : ledger.withId(target);
    if (!named || !owners(named.event).includes(pubkey) || isBeyondDeletion(named.event.kind)) continue;
    if (named.event.created_at <= until) ledger.remove(named);
  }
}

/** NIP-09, NIP-62: deleting a deletion request has no effect, nor deleting a request to vanish. */
const isBeyondDeletion = (kind: number): boolean => kind === DELETION || kind === VANISH;
