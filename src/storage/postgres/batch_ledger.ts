import { eventAddress, type NostrEvent, type VerifiedEvent } from "../../protocol/event.ts";
import type { Kept, Ledger, Refusal } from "../keep.ts";
import type { Vanished } from "../vanishing.ts";

/** An event of the database, or of the batch. */
export interface Entry extends Kept {
  /** As saved in this batch; undefined of what was stored before. */
  readonly offered?: VerifiedEvent;
}

/** What the database holds that bears on a batch. */
export interface Known {
  readonly events: readonly NostrEvent[];
  readonly refusals: readonly Refusal[];
  readonly vanished: readonly Vanished[];
}

/** Takes the decisions of a batch, each as if those before it were stored, and says what they change. */
export class BatchLedger implements Ledger<Entry> {
  /** In the order of their arrival. */
  readonly inserted = new Set<VerifiedEvent>();
  readonly removed: NostrEvent[] = [];
  readonly refused = new Map<string, Refusal>();
  readonly #byId = new Map<string, Entry>();
  readonly #byAddress = new Map<string, Entry>();
  /** Public keys that have asked to vanish in this batch, and the times up to which they are gone. */
  readonly leaving = new Map<string, number>();
  readonly #refusals = new Map<string, Refusal>();
  readonly #vanishedUntil = new Map<string, number>();

  constructor({ events, refusals, vanished }: Known) {
    for (const event of events) this.#put({ event }, eventAddress(event));
    for (const refusal of refusals) this.#refusals.set(keyOf(refusal), refusal);
    for (const { pubkey, until } of vanished) this.#vanishedUntil.set(pubkey, until);
  }

  get changesNothing(): boolean {
    return this.inserted.size + this.removed.length + this.refused.size + this.leaving.size === 0;
  }

  withId(id: string): Entry | undefined {
    return this.#byId.get(id);
  }

  at(address: string): Entry | undefined {
    return this.#byAddress.get(address);
  }

  refusal(target: string, pubkey: string): Refusal | undefined {
    return this.#refusals.get(keyOf({ target, pubkey }));
  }

  vanishedUntil(pubkey: string): number {
    return this.#vanishedUntil.get(pubkey) ?? -1;
  }

  insert(offered: VerifiedEvent, address: string | undefined): void {
    this.#put({ event: offered.event, offered }, address);
    this.inserted.add(offered);
  }

  remove({ event, offered }: Entry): void {
    this.#byId.delete(event.id);
    const address = eventAddress(event);
    if (address !== undefined) this.#byAddress.delete(address);
    if (offered) this.inserted.delete(offered);
    else this.removed.push(event);
  }

  refuse(refusal: Refusal): void {
    const key = keyOf(refusal), { until, askedAt } = this.#refusals.get(key) ?? { until: -1, askedAt: -1 };
    if (until >= refusal.until && askedAt >= refusal.askedAt) return;
    const latest = {
      ...refusal,
      until: Math.max(until, refusal.until),
      askedAt: Math.max(askedAt, refusal.askedAt),
    };
    this.#refusals.set(key, latest);
    this.refused.set(key, latest);
  }

  vanish(pubkey: string, until: number): void {
    if (this.vanishedUntil(pubkey) >= until) return;
    this.#vanishedUntil.set(pubkey, until);
    this.leaving.set(pubkey, until);
  }

  #put(entry: Entry, address: string | undefined): void {
    this.#byId.set(entry.event.id, entry);
    if (address !== undefined) this.#byAddress.set(address, entry);
  }
}

const keyOf = ({ target, pubkey }: Pick<Refusal, "target" | "pubkey">): string => `${target} ${pubkey}`;
