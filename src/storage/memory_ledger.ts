import { eventAddress, newestFirst, type NostrEvent, type VerifiedEvent } from "../protocol/event.ts";
import type { Ledger } from "./keep.ts";

/** Events in memory. */
export class MemoryLedger implements Ledger<VerifiedEvent> {
  readonly #ordered: VerifiedEvent[] = [];
  readonly #byId = new Map<string, VerifiedEvent>();
  readonly #byAddress = new Map<string, VerifiedEvent>();
  /** `target pubkey` → the `created_at` up to which events are refused. */
  readonly #deletedUntil = new Map<string, number>();

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

  deletedUntil(target: string, pubkey: string): number {
    return this.#deletedUntil.get(`${target} ${pubkey}`) ?? -1;
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

  refuse(target: string, pubkey: string, until: number): void {
    this.#deletedUntil.set(`${target} ${pubkey}`, Math.max(until, this.deletedUntil(target, pubkey)));
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
