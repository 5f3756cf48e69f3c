import { setImmediate } from "node:timers/promises";
import { expiresAt, type NostrEvent, type VerifiedEvent } from "../protocol/event.ts";
import { type Filter, type FilterOptions, matcher } from "../protocol/filter.ts";
import { type Identities, packIdentities } from "../protocol/identities.ts";
import { VANISH } from "../protocol/kind.ts";
import { relevance, type Search } from "../protocol/search.ts";
import { type CountOptions, Looks } from "./count.ts";
import { keep } from "./keep.ts";
import { MemoryLedger } from "./memory_ledger.ts";
import { MemoryRecords } from "./memory_records.ts";
import { matchesNothing } from "./plan.ts";
import { rankedFirst } from "./ranked.ts";
import type { FindOptions, IdentifyOptions, Repository, SaveOutcome } from "./repository.ts";
import { type Vanished, Vanishing } from "./vanishing.ts";

/** Most events in a page. */
const PAGE = 100;

/** UTF-16 units of JSON from which on a page is full. */
const PAGE_SIZE = 64 * 1024;

/** Events looked at before others get a turn. */
const STRETCH = 5_000;

export interface MemoryOptions extends FilterOptions {
  /** The time in seconds, for NIP-40. Default: the system's. */
  readonly now?: () => number;
}

/**
 * Keeps events in one array in the order they are served, and looks through it. For tests, for trying
 * things out, and for hosts without a disk. The other engines must behave like this one.
 */
export class MemoryRepository implements Repository {
  readonly depth = { reads: 0, writes: 0 };
  readonly records = new MemoryRecords();
  readonly #ledger = new MemoryLedger();
  readonly #now: () => number;
  readonly #vanishing = new Vanishing(this, this.#ledger);

  constructor(readonly options: MemoryOptions = {}) {
    this.#now = options.now ?? (() => Math.floor(Date.now() / 1000));
  }

  async save(offered: VerifiedEvent): Promise<SaveOutcome> {
    const outcome = keep(this.#ledger, offered);
    if (offered.event.kind === VANISH) await this.removeVanished();
    return outcome;
  }

  has(id: string): Promise<boolean> {
    return Promise.resolve(this.#ledger.withId(id) !== undefined);
  }

  find(filters: readonly Filter[], options: FindOptions): AsyncGenerator<string[], void, void> {
    return rankedFirst(filters, options, (each, options) => {
      const [first] = each;
      return first?.search ? this.#search(first, first.search, options) : this.#find(each, options);
    });
  }

  async *#find(
    filters: readonly Filter[],
    options: FindOptions & IdentifyOptions,
  ): AsyncGenerator<string[], void, void> {
    const { signal, all } = options;
    let { onMore } = options;
    const open = filters.map((filter) => ({ fits: this.#matcher(filter), left: filter.limit ?? Infinity }));
    const isOver = () => !onMore && open.every(({ left }) => left === 0);
    for await (const stretch of this.#stretches(signal, all)) {
      let page: string[] = [];
      let size = 0;
      for (const { event, json } of stretch) {
        if (isOver()) break;
        if (!this.#ledger.withId(event.id)) continue; // removed since the last page
        const fitting = open.filter(({ fits, left }) => (left > 0 || onMore) && fits(event));
        const takers = fitting.filter(({ left }) => left > 0);
        for (const taker of takers) taker.left--;
        if (takers.length === 0) {
          if (fitting.length > 0) onMore = void onMore?.(); // called: nothing more to seek
          continue;
        }
        page.push(json);
        size += json.length;
        if (page.length === PAGE || size >= PAGE_SIZE) {
          yield page;
          signal.throwIfAborted();
          page = [];
          size = 0;
        }
      }
      if (page.length > 0) yield page;
      if (isOver()) return;
    }
  }

  async *#search(filter: Filter, search: Search, options: FindOptions): AsyncGenerator<string[], void, void> {
    const { signal, onMore } = options, { limit = Infinity } = filter;
    const fits = this.#matcher(filter);
    const found: { readonly json: string; readonly rank: number }[] = [];
    for await (const stretch of this.#stretches(signal)) {
      for (const { event, json } of stretch) {
        if (fits(event)) found.push({ json, rank: relevance(search, event) });
      }
    }
    found.sort((a, b) => b.rank - a.rank); // of equals, the newest was found first
    for (let at = 0; at < Math.min(limit, found.length); at += PAGE) {
      yield found.slice(at, Math.min(at + PAGE, limit)).map(({ json }) => json);
      signal.throwIfAborted();
    }
    if (found.length > limit) onMore?.();
  }

  async *identify(
    filters: readonly Filter[],
    options: IdentifyOptions,
  ): AsyncGenerator<Identities, void, void> {
    for await (const page of this.#find(filters, options)) {
      const events = page.map((json): NostrEvent => JSON.parse(json));
      yield packIdentities(events.map(({ id, created_at }) => ({ id, createdAt: created_at })));
    }
  }

  async count(filters: readonly Filter[], { signal, authors, most }: CountOptions): Promise<number> {
    const matchers = filters.map((filter) => this.#matcher(filter));
    const looks = new Looks(most);
    let count = 0;
    for await (const stretch of this.#stretches(signal)) {
      looks.add(stretch.length);
      for (const { event } of stretch) {
        if (!matchers.some((fits) => fits(event))) continue;
        count++;
        authors?.add(event.pubkey);
      }
    }
    return count;
  }

  remove(ids: readonly string[]): Promise<number> {
    const stored = [...new Set(ids)].flatMap((id) => this.#ledger.withId(id) ?? []);
    for (const entry of stored) this.#ledger.remove(entry);
    return Promise.resolve(stored.length);
  }

  removeExpired(): Promise<number> {
    const expired = this.#ledger.ordered.filter(({ event }) => this.#isExpired(event));
    for (const entry of expired) this.#ledger.remove(entry);
    return Promise.resolve(expired.length);
  }

  removeVanished(): Promise<void> {
    return this.#vanishing.run();
  }

  vanish(who: readonly Vanished[]): Promise<void> {
    return this.#vanishing.follow(who);
  }

  vanished(): AsyncGenerator<readonly Vanished[], void, void> {
    return this.#vanishing.everybody();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** All events that have not expired, or really all. Goes on behind the last one seen, as others come and go meanwhile. */
  async *#stretches(signal: AbortSignal, all = false): AsyncGenerator<VerifiedEvent[], void, void> {
    let start = 0;
    while (true) {
      signal.throwIfAborted();
      const stretch = this.#ledger.ordered.slice(start, start + STRETCH);
      yield stretch.filter(({ event }) => all || !this.#isExpired(event));
      const last = stretch.at(-1);
      if (!last || stretch.length < STRETCH) return;
      await setImmediate();
      start = this.#ledger.placeOf(last.event);
      if (this.#ledger.ordered[start]?.event.id === last.event.id) start++;
    }
  }

  #isExpired(event: NostrEvent): boolean {
    return (expiresAt(event) ?? Infinity) <= this.#now();
  }

  #matcher(filter: Filter): (event: NostrEvent) => boolean {
    return matchesNothing(filter) ? () => false : matcher(filter, this.options);
  }
}
