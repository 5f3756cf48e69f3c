import type { EncodedEvent, VerifiedEvent } from "../protocol/event.ts";

/** Checks BIP-340 signatures over event ids. */
export interface Verifier {
  /** How signatures are checked, for the start-up line: e.g. "libsecp256k1 (native), 1 thread". */
  readonly description: string;

  /** Answers the event as verified, or undefined when the signature does not match the public key. */
  verify(event: EncodedEvent): Promise<VerifiedEvent | undefined>;

  /** Signatures waiting for a thread, for the queue gauge. */
  readonly depth: number;

  /** Ends threads at once; what was not answered rejects, and so does what is asked later. */
  close(): void;
}

/** A verifier as it was opened. */
export interface OpenedVerifier extends Verifier {
  /** What is slower than it could be, and why, for the log at start. */
  readonly warnings: readonly string[];
}
