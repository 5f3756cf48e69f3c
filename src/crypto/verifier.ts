import type { EncodedEvent, VerifiedEvent } from "../protocol/event.ts";

/** Checks BIP-340 signatures over event ids. */
export interface Verifier {
  /** How signatures are checked, for the start-up line: e.g. "libsecp256k1 on 1 thread", "noble in place". */
  readonly description: string;

  /** Answers the event as verified, or undefined when the signature does not match the public key. */
  verify(event: EncodedEvent): Promise<VerifiedEvent | undefined>;

  /** Signatures waiting for a thread, for the queue gauge. */
  readonly depth: number;

  close(): void;
}
