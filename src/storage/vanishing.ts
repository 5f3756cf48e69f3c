import { Buffer } from "node:buffer";
import { Batcher } from "../flow/batcher.ts";
import type { Filter } from "../protocol/filter.ts";
import { ID_BYTES, type Identities } from "../protocol/identities.ts";
import { GIFT_WRAP, VANISH } from "../protocol/kind.ts";
import type { Repository } from "./repository.ts";

/** Somebody who has asked to vanish (NIP-62), and the time up to which all of theirs must go. */
export interface Vanished {
  readonly pubkey: string;
  readonly until: number;
}

/** Where an engine notes who has vanished. */
export interface VanishedRegister {
  /** Notes them in one commit; of an earlier note of the same the later time stays. */
  note(who: readonly Vanished[]): Promise<void>;
  /** No more than so many, in the order of their keys, from behind this one on. */
  after(pubkey: string, most: number): Promise<readonly Vanished[]>;
  /** Some of those of whom something may be left, no more than so many; none when nothing is. */
  leaving(most: number): Promise<readonly Vanished[]>;
  /**
   * All their events are gone: lets go of what else there is of them, but for the fact that they have vanished.
   * @param traces Whether events of theirs were there, so that the engine's files may hold some of their text yet.
   */
  forget(vanished: readonly Vanished[], options: { readonly traces: boolean }): Promise<void>;
}

/** Most whose events are looked for together: strangers without any may come by thousands. */
const MOST_TOGETHER = 32;

/** Most who are noted, or told of, at once. */
const MOST_NOTED = 1_000;

/**
 * Removes what those have left behind who have asked to vanish. They are noted first, with their request in the same
 * commit, and nothing more of it is accepted; so this can take its time, be broken off, and go on after a restart.
 */
export class Vanishing {
  /** One run at a time, for all who have come while the last went on. */
  readonly #runs = new Batcher<undefined, void>(
    (all) => this.#run().then(() => new Array(all.length)),
    Infinity,
  );

  readonly #notes = new Batcher<Vanished, void>(
    (all) => this.register.note(all).then(() => new Array(all.length)),
    MOST_NOTED,
  );

  constructor(
    readonly events: Pick<Repository, "identify" | "remove">,
    readonly register: VanishedRegister,
  ) {}

  /** Notes them, and resolves when nothing is left of them. @throws {StorageError} */
  async follow(who: readonly Vanished[]): Promise<void> {
    await Promise.all(who.map((each) => this.#notes.ask(each)));
    await this.run();
  }

  /** Everybody who is noted. */
  async *everybody(): AsyncGenerator<readonly Vanished[], void, void> {
    for (let last = "";;) {
      const some = await this.register.after(last, MOST_NOTED);
      if (some.length === 0) return;
      yield some;
      last = some.at(-1)!.pubkey;
    }
  }

  /** Resolves when nothing is left of anybody. @throws {StorageError} when the engine fails or is closed. */
  run(): Promise<void> {
    return this.#runs.ask(undefined);
  }

  async #run(): Promise<void> {
    while (true) {
      const some = await this.register.leaving(MOST_TOGETHER);
      if (some.length === 0) return;
      const removed = await this.#removeAll(some);
      await this.register.forget(some, { traces: removed > 0 });
    }
  }

  async #removeAll(vanished: readonly Vanished[]): Promise<number> {
    const theirs = vanished.map(({ pubkey, until }): Filter & { until: number } => ({
      authors: [pubkey],
      until,
    }));
    const toThem = vanished.map(({ pubkey, until }): Filter => (
      { kinds: [GIFT_WRAP], tags: [{ name: "p", values: [pubkey] }], until }
    ));
    const newest = theirs.map((each) => ({ ...each, kinds: [VANISH], since: each.until }));
    const requests = new Set<string>();
    for await (const page of this.#identify(newest)) {
      for (const id of page) requests.add(id);
    }
    let removed = 0;
    for await (const page of this.#identify([...theirs, ...toThem])) {
      removed += await this.events.remove(page.filter((id) => !requests.has(id)));
    }
    return removed;
  }

  async *#identify(filters: Filter[]): AsyncGenerator<string[], void, void> {
    for await (const { ids } of this.events.identify(filters, { signal: NEVER, all: true })) yield hexOf(ids);
  }
}

/** An engine that closes ends it soon enough. */
const NEVER = new AbortController().signal;

function hexOf(ids: Identities["ids"]): string[] {
  const digits = Buffer.from(ids.buffer, ids.byteOffset, ids.byteLength).toString("hex"), each = 2 * ID_BYTES;
  return Array.from({ length: digits.length / each }, (_, n) => digits.slice(n * each, (n + 1) * each));
}
