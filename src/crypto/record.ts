import type { NostrEvent } from "../protocol/event.ts";

/** What a signature check needs, end to end: public key, id (the signed message), signature. */
export const RECORD_BYTES = 128;

/** Where each part of a record begins. */
export const PUBKEY = 0;
export const ID = 32;
export const SIG = 64;

/** The records of events, in their order. */
export function records(
  events: readonly Pick<NostrEvent, "pubkey" | "id" | "sig">[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(events.length * RECORD_BYTES);
  // Joining first costs less than decoding three times: 0.1 to 0.2 µs a record on either runtime.
  events.forEach(({ pubkey, id, sig }, at) =>
    bytes.subarray(at * RECORD_BYTES).setFromHex(pubkey + id + sig)
  );
  return bytes;
}
