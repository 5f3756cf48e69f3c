import { readIds } from "../protocol/identities.ts";
import type { Filter } from "../protocol/filter.ts";
import type { StoredRecord } from "../storage/records.ts";
import type { Repository } from "../storage/repository.ts";
import { LIST, type Lists } from "./lists.ts";

/** Authors or ids looked up at once. */
const MOST_KEYS = 100;

/** Some authors or ids that were banned. */
interface Bans {
  readonly of: "authors" | "ids";
  readonly keys: readonly string[];
}

export interface EnforcementOptions {
  readonly repository: Repository;
  readonly lists: Lists;
  /** Aborts when the relay stops. */
  readonly signal: AbortSignal;
  /** Ends the connections of blocked addresses. */
  readonly cutOff: () => void;
  readonly removed: (count: number) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * Carries out what operators' lists demand of what is here already: what is banned is removed from the store, a
 * few hundred events at a time, and blocked addresses are cut off. What comes later is for the rules.
 */
export class Enforcement {
  readonly #due = new Set<Bans>();
  /** Carried out once; what was on its way into the store meanwhile is found by the second look. */
  readonly #doubtful = new Set<Bans>();
  #running: Promise<void> | undefined;

  constructor(readonly options: EnforcementOptions) {}

  enforce(news: readonly StoredRecord[]): void {
    const keysOf = (kind: string) => news.filter((record) => record.kind === kind).map(({ key }) => key);
    if (keysOf(LIST.blockedAddresses).length > 0) this.options.cutOff();
    for (const keys of chunks(keysOf(LIST.bannedPubkeys))) this.#due.add({ of: "authors", keys });
    for (const keys of chunks(keysOf(LIST.bannedEvents))) this.#due.add({ of: "ids", keys });
    void this.#go();
  }

  /** Looks once more for what was on its way, and tries again what has failed; called now and then. */
  async again(): Promise<void> {
    await this.#running;
    for (const bans of this.#doubtful) this.#due.add(bans);
    await this.#go();
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.#running;
  }

  #go(): Promise<void> {
    return this.#running ??= this.#run().finally(() => this.#running = undefined);
  }

  async #run(): Promise<void> {
    try {
      for (const bans of this.#due) {
        await this.#remove(bans);
        this.#due.delete(bans);
        if (!this.#doubtful.delete(bans)) this.#doubtful.add(bans);
      }
    } catch (error) {
      if (!this.options.signal.aborted) this.options.failed(error);
    }
  }

  async #remove({ of, keys }: Bans): Promise<void> {
    const { repository, lists, signal } = this.options;
    const banned = of === "authors" ? lists.bannedPubkeys : lists.bannedEvents;
    const filter: Filter = { [of]: keys.filter((key) => banned.has(key)) }; // some may have been lifted by now
    let count = 0;
    for await (const page of repository.identify([filter], { signal })) {
      count += await repository.remove(readIds(page));
    }
    if (count > 0) this.options.removed(count);
  }
}

function chunks(keys: readonly string[]): string[][] {
  const count = Math.ceil(keys.length / MOST_KEYS);
  return Array.from({ length: count }, (_, at) => keys.slice(at * MOST_KEYS, (at + 1) * MOST_KEYS));
}
