import { Buffer } from "node:buffer";
import { Semaphore } from "../flow/semaphore.ts";
import type { Filter } from "../protocol/filter.ts";
import { ID_BYTES, type Identities } from "../protocol/identities.ts";
import { GIFT_WRAP, VANISH } from "../protocol/kind.ts";
import type { Repository } from "./repository.ts";

/** Somebody who has asked to vanish (NIP-62), and the time up to which all of theirs must go. */
export interface Vanished {
  readonly pubkey: string;
  readonly until: number;
}

/** What an engine gives for it, beside what everybody may ask of it. */
export interface VanishingStore extends Pick<Repository, "identify" | "remove"> {
  /** One of those of whom something may be left; undefined when there is nobody. */
  nextVanished(): Promise<Vanished | undefined>;
  /** All their events are gone: lets go of what else there is of them, but for the fact that they have vanished. */
  forget(vanished: Vanished): Promise<void>;
}

/**
 * Removes what those have left behind who have asked to vanish. The ledger has noted them with their request, in the
 * same commit, and accepts nothing more of it; so this can take its time, be broken off, and go on after a restart.
 */
export class Vanishing {
  readonly #turn = new Semaphore(1);

  constructor(readonly store: VanishingStore) {}

  /** Resolves when nothing is left of anybody. @throws {StorageError} when the engine fails or is closed. */
  async run(): Promise<void> {
    await this.#turn.acquire(NEVER);
    try {
      for (let next = await this.store.nextVanished(); next; next = await this.store.nextVanished()) {
        await this.#removeAll(next);
        await this.store.forget(next);
      }
    } finally {
      this.#turn.release();
    }
  }

  async #removeAll({ pubkey, until }: Vanished): Promise<void> {
    const theirs: Filter = { authors: [pubkey], until };
    const toThem: Filter = { kinds: [GIFT_WRAP], tags: [{ name: "p", values: [pubkey] }], until };
    const requests = new Set<string>();
    for await (const page of this.#identify({ ...theirs, kinds: [VANISH] })) {
      for (const id of page) requests.add(id);
    }
    for await (const page of this.#identify(theirs, toThem)) {
      await this.store.remove(page.filter((id) => !requests.has(id)));
    }
  }

  async *#identify(...filters: Filter[]): AsyncGenerator<string[], void, void> {
    for await (const { ids } of this.store.identify(filters, { signal: NEVER, all: true })) yield hexOf(ids);
  }
}

/** An engine that closes ends it soon enough. */
const NEVER = new AbortController().signal;

function hexOf(ids: Identities["ids"]): string[] {
  const digits = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength).toString("hex"), each = 2 * ID_BYTES;
  return Array.from({ length: digits.length / each }, (_, n) => digits.slice(n * each, (n + 1) * each));
}
