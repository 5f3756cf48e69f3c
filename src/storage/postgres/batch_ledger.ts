import { eventAddress, type NostrEvent, type VerifiedEvent } from "../../protocol/event.ts";
import type { Kept, Ledger } from "../keep.ts";

/** An event of the database, or of the batch. */
export interface Entry extends Kept {
  /** As saved in this batch; undefined of what was stored before. */
  readonly offered?: VerifiedEvent;
}

/** Something that is refused from now on: see Ledger. */
export interface Refusal {
  readonly target: string;
  readonly pubkey: string;
  readonly until: number;
}

/** What the database holds that bears on a batch. */
export interface Known {
  readonly events: readonly NostrEvent[];
  readonly refusals: readonly Refusal[];
}

/** Takes the decisions of a batch, each as if those before it were stored, and says what they change. */
export class BatchLedger implements Ledger<Entry> {
  /** In the order of their arrival. */
  readonly inserted = new Set<VerifiedEvent>();
  readonly removed: NostrEvent[] = [];
  readonly refused = new Map<string, Refusal>();
  readonly #byId = new Map<string, Entry>();
  readonly #byAddress = new Map<string, Entry>();
  readonly #deletedUntil = new Map<string, number>();

  constructor({ events, refusals }: Known) {
    for (const event of events) this.#put({ event }, eventAddress(event));
    for (const { target, pubkey, until } of refusals) this.#deletedUntil.set(`${target} ${pubkey}`, until);
  }

  get changesNothing(): boolean {
    return this.inserted.size === 0 && this.removed.length === 0 && this.refused.size === 0;
  }

  withId(id: string): Entry | undefined {
    return this.#byId.get(id);
  }

  at(address: string): Entry | undefined {
    return this.#byAddress.get(address);
  }

  deletedUntil(target: string, pubkey: string): number {
    return this.#deletedUntil.get(`${target} ${pubkey}`) ?? -1;
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

  refuse(target: string, pubkey: string, until: number): void {
    const key = `${target} ${pubkey}`;
    if (this.deletedUntil(target, pubkey) >= until) return;
    this.#deletedUntil.set(key, until);
    this.refused.set(key, { target, pubkey, until });
  }

  #put(entry: Entry, address: string | undefined): void {
    this.#byId.set(entry.event.id, entry);
    if (address !== undefined) this.#byAddress.set(address, entry);
  }
}
