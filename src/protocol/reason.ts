/**
 * The machine-readable prefixes of `OK`, `CLOSED` and `NEG-ERR`: NIP-01's list, NIP-42's two, and
 * `unsupported` from NIP-01's examples, and `closed` from NIP-77.
 */
export type Prefix =
  | "auth-required"
  | "blocked"
  | "closed"
  | "duplicate"
  | "error"
  | "invalid"
  | "mute"
  | "pow"
  | "rate-limited"
  | "restricted"
  | "unsupported";

/** A prefix and one sentence, as clients read it; `info` (NIP-43) is no reason to refuse anything. */
export type Reason = `${Prefix | "info"}: ${string}`;

/**
 * Why the relay refuses what a client sent. Thrown by parsers and rules, caught in one place by the
 * handler of the verb, which turns it into `OK false`, `CLOSED` or `NOTICE`.
 */
export class Rejection extends Error {
  override readonly name = "Rejection";

  constructor(readonly prefix: Prefix, readonly sentence: string) {
    super(sentence);
  }

  get reason(): Reason {
    return `${this.prefix}: ${this.sentence}`;
  }
}
