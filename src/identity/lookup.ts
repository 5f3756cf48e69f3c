import { Deadline } from "../flow/deadline.ts";
import { Semaphore } from "../flow/semaphore.ts";
import { type Identifier, namedIn, namesPath } from "../protocol/nip05.ts";
import { isPublic } from "./public_address.ts";
import type { Web } from "./web.ts";

/**
 * What a domain says of an identifier: that it belongs to the public key; that it does not; or nothing, when it
 * could not be asked or gave no sensible answer.
 */
export type Verdict = "confirmed" | "denied" | "unknown";

/** Lookups under way at once. */
const MOST_AT_ONCE = 16;

/** Milliseconds for all of a lookup: name, connection and answer. */
const PATIENCE = 5_000;

/** Addresses of a domain that are tried: of two families, one may be out of reach from here. */
const MOST_ADDRESSES = 4;

/** A document may have all names of a domain. */
const MOST_BYTES = 1024 * 1024;

export interface LookupOptions {
  readonly web: Web;
  /** Aborts when the relay stops. */
  readonly stopped: AbortSignal;
  /** Milliseconds. Default 5,000. */
  readonly patience?: number;
}

/** Asks domains whose identifiers are (NIP-05). */
export class Lookup {
  readonly #turns = new Semaphore(MOST_AT_ONCE);

  constructor(readonly options: LookupOptions) {}

  /** @throws the reason of the stop; nothing else. */
  async ask(identifier: Identifier, pubkey: string): Promise<Verdict> {
    const { stopped, patience = PATIENCE } = this.options;
    await this.#turns.acquire(stopped);
    using deadline = new Deadline(patience, () => new Error("the domain took too long"), stopped);
    try {
      const document = await this.#fetch(identifier, deadline.signal);
      const named = document === undefined ? null : namedIn(document, identifier.local);
      return named === null ? "unknown" : named === pubkey ? "confirmed" : "denied";
    } catch {
      stopped.throwIfAborted();
      return "unknown";
    } finally {
      this.#turns.release();
    }
  }

  /**
   * Every address of the domain must be public, and the one that was checked is connected to: else a domain could
   * lead the relay to its operator's own network. "Fetchers MUST ignore any HTTP redirects."
   */
  async #fetch(identifier: Identifier, signal: AbortSignal): Promise<string | undefined> {
    const { web } = this.options;
    const addresses = await web.resolve(identifier.domain, signal);
    signal.throwIfAborted();
    if (!addresses.every(isPublic)) return undefined;
    for (const address of addresses.slice(0, MOST_ADDRESSES)) {
      const target = { domain: identifier.domain, address, path: namesPath(identifier) };
      const answer = await web.get(target, MOST_BYTES, signal).catch(() => undefined);
      signal.throwIfAborted();
      if (answer) return answer.status === 200 ? answer.body : undefined;
    }
  }
}
