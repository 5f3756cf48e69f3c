import { type EncodedEvent, expiresAt, readEvent, type VerifiedEvent } from "../protocol/event.ts";
import { kindClass } from "../protocol/kind.ts";
import { Rejection } from "../protocol/reason.ts";

export interface Taking {
  readonly verifier: { verify(event: EncodedEvent): Promise<VerifiedEvent | undefined> };
  has(id: string): Promise<boolean>;
  save(event: VerifiedEvent): Promise<string>;
  /** Unix time in seconds. */
  readonly now: () => number;
}

/**
 * Takes an event of a relay that is trusted in nothing: its id and signature must be right. Answers what became of
 * it: what `save` says, `duplicate`, or `invalid`, `expired` (NIP-40) or `ephemeral`, which is not kept.
 */
export async function takeVerified(given: unknown, { verifier, has, save, now }: Taking): Promise<string> {
  try {
    const encoded = readEvent(given);
    if (kindClass(encoded.event.kind) === "ephemeral") return "ephemeral";
    if ((expiresAt(encoded.event) ?? Infinity) <= now()) return "expired";
    if (await has(encoded.event.id)) return "duplicate";
    const event = await verifier.verify(encoded);
    return event ? await save(event) : "invalid";
  } catch (error) {
    if (error instanceof Rejection) return error.prefix;
    throw error;
  }
}
