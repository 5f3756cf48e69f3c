import { setImmediate } from "node:timers";
import { Channel } from "../flow/channel.ts";
import type { VerifiedEvent } from "../protocol/event.ts";
import type { FilterOptions } from "../protocol/filter.ts";
import { FilterIndex } from "./filter_index.ts";
import type { Coming, Subscription } from "./subscription.ts";

/** Milliseconds of delivering before sockets and timers get a turn. */
const TIME_SLICE = 5;

/** Brings published events to the subscriptions that want them, on this isolate, in the order of publication. */
export class Broadcast implements Coming {
  readonly #index: FilterIndex<Subscription>;
  readonly #queue: Channel<VerifiedEvent>;
  /** Events on their way from storage to here, and how many publishers carry each. */
  readonly #coming = new Map<string, number>();
  #pumping = false;

  /**
   * @param buffer `limits.broadcast_buffer`: most events that wait; publishers wait beyond it.
   * @param announced Whether an event will come from where nobody calls `expect`: other instances. Unset: none will.
   */
  constructor(
    buffer: number,
    options: FilterOptions = {},
    readonly announced?: (id: string) => boolean,
  ) {
    this.#index = new FilterIndex(options);
    this.#queue = new Channel(buffer);
  }

  /** Open subscriptions. */
  get subscriptions(): number {
    return this.#index.size;
  }

  /** Events that wait for delivery. */
  get depth(): number {
    return this.#queue.size;
  }

  open(subscription: Subscription): void {
    this.#index.add(subscription);
  }

  close(subscription: Subscription): void {
    this.#index.remove(subscription);
    subscription.close();
  }

  /**
   * Announces that an event is about to be stored and perhaps published. Between the two a query may already
   * find it, and must remember having sent it: see `mayCome`. Settle with `publish` or `withdraw`.
   */
  expect(id: string): void {
    this.#coming.set(id, (this.#coming.get(id) ?? 0) + 1);
  }

  /** The announced event will not be published: it was refused, or known. */
  withdraw(id: string): void {
    const carriers = (this.#coming.get(id) ?? 1) - 1;
    if (carriers === 0) this.#coming.delete(id);
    else this.#coming.set(id, carriers);
  }

  get nothingComes(): boolean {
    return this.#coming.size === 0 && !this.announced;
  }

  mayCome(id: string): boolean {
    // Even an empty map would hash each id.
    return this.#coming.size > 0 && this.#coming.has(id) || (this.announced?.(id) ?? false);
  }

  /** Delivers an announced event to every subscription that it passes; waits while the buffer is full. */
  async publish(event: VerifiedEvent, signal: AbortSignal): Promise<void> {
    await this.#queue.send(event, signal);
    if (!this.#pumping) this.#pump();
  }

  /** Publishes events in their order, which a query may have found already: see `announced`. */
  async pass(events: readonly VerifiedEvent[], signal: AbortSignal): Promise<void> {
    for (const event of events) {
      this.expect(event.event.id); // from here on it is no longer announced, but expected
      await this.publish(event, signal);
    }
  }

  #pump(): void {
    const until = performance.now() + TIME_SLICE;
    let events = this.#queue.take(16);
    for (; events.length > 0; events = this.#queue.take(16)) {
      for (const event of events) this.#deliver(event);
      if (performance.now() > until) break;
    }
    this.#pumping = this.#queue.size > 0;
    if (this.#pumping) setImmediate(() => this.#pump());
  }

  #deliver(event: VerifiedEvent): void {
    for (const subscription of this.#index.match(event.event)) subscription.offer(event);
    this.withdraw(event.event.id);
  }
}
