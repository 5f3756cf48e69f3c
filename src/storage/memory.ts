import { setImmediate } from "node:timers/promises";
import {
  eventAddress,
  expiresAt,
  newestFirst,
  type NostrEvent,
  type VerifiedEvent,
} from "../protocol/event.ts";
import { type Filter, type FilterOptions, matcher } from "../protocol/filter.ts";
import { DELETION } from "../protocol/kind.ts";
import { deletionTargets } from "./deletion.ts";
import { matchesNothing } from "./plan.ts";
import type { FindOptions, Repository, SaveOutcome } from "./repository.ts";

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
  readonly #ordered: VerifiedEvent[] = [];
  readonly #byId = new Map<string, VerifiedEvent>();
  readonly #byAddress = new Map<string, VerifiedEvent>();
  /** NIP-09: `target pubkey` → the `created_at` up to which events are refused. */
  readonly #deletions = new Map<string, number>();
  readonly #now: () => number;

  constructor(readonly options: MemoryOptions = {}) {
    this.#now = options.now ?? (() => Math.floor(Date.now() / 1000));
  }

  save(offered: VerifiedEvent): Promise<SaveOutcome> {
    return Promise.resolve(this.#save(offered));
  }

  has(id: string): Promise<boolean> {
    return Promise.resolve(this.#byId.has(id));
  }

  async *find(filters: readonly Filter[], { signal }: FindOptions): AsyncGenerator<string[], void, void> {
    const open = filters.map((filter) => ({ fits: this.#matcher(filter), left: filter.limit ?? Infinity }));
    for await (const stretch of this.#stretches(signal)) {
      let page: string[] = [];
      let size = 0;
      for (const { event, json } of stretch) {
        if (open.every(({ left }) => left === 0)) break;
        if (!this.#byId.has(event.id)) continue; // removed since the last page
        const takers = open.filter(({ fits, left }) => left > 0 && fits(event));
        for (const taker of takers) taker.left--;
        if (takers.length === 0) continue;
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
      if (open.every(({ left }) => left === 0)) return;
    }
  }

  async count(filters: readonly Filter[], { signal }: FindOptions): Promise<number> {
    const matchers = filters.map((filter) => this.#matcher(filter));
    let count = 0;
    for await (const stretch of this.#stretches(signal)) {
      for (const { event } of stretch) if (matchers.some((fits) => fits(event))) count++;
    }
    return count;
  }

  removeExpired(): Promise<number> {
    const expired = this.#ordered.filter(({ event }) => this.#isExpired(event));
    for (const { event } of expired) this.#remove(event);
    return Promise.resolve(expired.length);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #save(offered: VerifiedEvent): SaveOutcome {
    const { event } = offered;
    if (this.#byId.has(event.id)) return "duplicate";
    const address = eventAddress(event);
    if (this.#isDeleted(event, address)) return "deleted";
    if (address !== undefined) {
      const other = this.#byAddress.get(address);
      if (other && newestFirst(other.event, event) < 0) return "superseded";
      if (other) this.#remove(other.event);
      this.#byAddress.set(address, offered);
    }
    this.#byId.set(event.id, offered);
    this.#ordered.splice(this.#placeOf(event), 0, offered);
    if (event.kind === DELETION) this.#carryOut(event);
    return "stored";
  }

  #isDeleted({ id, pubkey, created_at, kind }: NostrEvent, address: string | undefined): boolean {
    if (kind === DELETION) return false; // NIP-09: deleting a deletion request has no effect
    const until = (target: string) => this.#deletions.get(`${target} ${pubkey}`) ?? -1;
    return until(id) >= created_at || (address !== undefined && until(address) >= created_at);
  }

  #carryOut(request: NostrEvent): void {
    for (const { target, until } of deletionTargets(request)) {
      const key = `${target} ${request.pubkey}`;
      this.#deletions.set(key, Math.max(until, this.#deletions.get(key) ?? 0));
      const named = (this.#byId.get(target) ?? this.#byAddress.get(target))?.event;
      const deletable = named && named.pubkey === request.pubkey && named.kind !== DELETION;
      if (deletable && named.created_at <= until) this.#remove(named);
    }
  }

  #remove(event: NostrEvent): void {
    this.#ordered.splice(this.#placeOf(event), 1);
    this.#byId.delete(event.id);
    const address = eventAddress(event);
    if (address !== undefined) this.#byAddress.delete(address);
  }

  /** Where the event is, or belongs, in the order of serving. */
  #placeOf(event: NostrEvent): number {
    let low = 0, high = this.#ordered.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (newestFirst(this.#ordered[middle]!.event, event) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** All events that have not expired. Goes on behind the last one seen, as others come and go meanwhile. */
  async *#stretches(signal: AbortSignal): AsyncGenerator<VerifiedEvent[], void, void> {
    let start = 0;
    while (true) {
      signal.throwIfAborted();
      const stretch = this.#ordered.slice(start, start + STRETCH);
      yield stretch.filter(({ event }) => !this.#isExpired(event));
      const last = stretch.at(-1);
      if (!last || stretch.length < STRETCH) return;
      await setImmediate();
      start = this.#placeOf(last.event);
      if (this.#ordered[start]?.event.id === last.event.id) start++;
    }
  }

  #isExpired(event: NostrEvent): boolean {
    return (expiresAt(event) ?? Infinity) <= this.#now();
  }

  #matcher(filter: Filter): (event: NostrEvent) => boolean {
    return matchesNothing(filter) ? () => false : matcher(filter, this.options);
  }
}
