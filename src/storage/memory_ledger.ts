import { eventAddress, newestFirst, type NostrEvent, type VerifiedEvent } from "../protocol/event.ts";
import type { Ledger, Refusal } from "./keep.ts";
import type { Vanished, VanishedRegister } from "./vanishing.ts";

/** Events in memory. */
export class MemoryLedger implements Ledger<VerifiedEvent>, VanishedRegister {
  readonly #ordered: VerifiedEvent[] = [];
  readonly #byId = new Map<string, VerifiedEvent>();
  readonly #byAddress = new Map<string, VerifiedEvent>();
  /** By `target pubkey`. */
  readonly #refusals = new Map<string, Refusal>();
  /** By public key, the time up to which nothing is kept. */
  readonly #vanished = new Map<string, number>();
  readonly #leaving = new Set<string>();

  /** All events in the order of serving. */
  get ordered(): readonly VerifiedEvent[] {
    return this.#ordered;
  }

  withId(id: string): VerifiedEvent | undefined {
    return this.#byId.get(id);
  }

  at(address: string): VerifiedEvent | undefined {
    return this.#byAddress.get(address);
  }

  refusal(target: string, pubkey: string): Refusal | undefined {
    return this.#refusals.get(`${target} ${pubkey}`);
  }

  vanishedUntil(pubkey: string): number {
    return this.#vanished.get(pubkey) ?? -1;
  }

  insert(offered: VerifiedEvent, address: string | undefined): void {
    this.#byId.set(offered.event.id, offered);
    if (address !== undefined) this.#byAddress.set(address, offered);
    this.#ordered.splice(this.placeOf(offered.event), 0, offered);
  }

  remove({ event }: VerifiedEvent): void {
    this.#ordered.splice(this.placeOf(event), 1);
    this.#byId.delete(event.id);
    const address = eventAddress(event);
    if (address !== undefined) this.#byAddress.delete(address);
  }

  refuse({ target, pubkey, ...times }: Refusal): void {
    const { until, askedAt } = this.refusal(target, pubkey) ?? times;
    const latest = { until: Math.max(until, times.until), askedAt: Math.max(askedAt, times.askedAt) };
    this.#refusals.set(`${target} ${pubkey}`, { target, pubkey, ...latest });
  }

  vanish(pubkey: string, until: number): void {
    if (until <= this.vanishedUntil(pubkey)) return;
    this.#vanished.set(pubkey, until);
    this.#leaving.add(pubkey);
  }

  note(who: readonly Vanished[]): Promise<void> {
    for (const { pubkey, until } of who) this.vanish(pubkey, until);
    return Promise.resolve();
  }

  after(pubkey: string, most: number): Promise<Vanished[]> {
    const behind = [...this.#vanished.keys()].filter((each) => each > pubkey);
    return Promise.resolve(behind.sort().slice(0, most).map((each) => this.#note(each)));
  }

  leaving(most: number): Promise<Vanished[]> {
    return Promise.resolve([...this.#leaving].slice(0, most).map((each) => this.#note(each)));
  }

  forget(vanished: readonly Vanished[]): Promise<void> {
    for (const { pubkey, until } of vanished) {
      for (const [key, refusal] of this.#refusals) {
        if (refusal.pubkey === pubkey && refusal.askedAt <= until) this.#refusals.delete(key);
      }
      if (this.vanishedUntil(pubkey) === until) this.#leaving.delete(pubkey);
    }
    return Promise.resolve();
  }

  #note(pubkey: string): Vanished {
    return { pubkey, until: this.vanishedUntil(pubkey) };
  }

  /** Where the event is, or belongs, in the order of serving. */
  placeOf(event: NostrEvent): number {
    let low = 0, high = this.#ordered.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (newestFirst(this.#ordered[middle]!.event, event) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
