import type { VerifiedEvent } from "../protocol/event.ts";
import type { Filter } from "../protocol/filter.ts";
import { eose, eventFrame, eventFrameHead } from "../protocol/message.ts";

/** Takes a live event for a subscription that has had its EOSE. */
export type Deliver = (subscription: Subscription, json: string) => void;

/**
 * One REQ on one connection. It is live from its first moment: what is published during the stored query is
 * held, and sent after EOSE unless the query has sent it; so nothing is missed or repeated.
 */
export class Subscription {
  readonly #query = new AbortController();
  readonly #head: string;
  /** Ids that the stored query has sent. After EOSE only those that may still be published. */
  #sent = new Set<string>();
  /** Published during the stored query; undefined once live. */
  #held: VerifiedEvent[] | undefined = [];

  /**
   * @param deliver Called for each event once live.
   * @param holdMost Most events held during the stored query; one more fails it (see `overflowed`).
   */
  constructor(
    readonly id: string,
    readonly filters: readonly Filter[],
    readonly deliver: Deliver,
    readonly holdMost: number,
  ) {
    this.#head = eventFrameHead(id);
  }

  /** Aborts when the subscription closes; stops the stored query at its next page. */
  get signal(): AbortSignal {
    return this.#query.signal;
  }

  get closed(): boolean {
    return this.#query.signal.aborted;
  }

  /** More was published during the stored query than may be held: the subscription can't be complete. */
  get overflowed(): boolean {
    return this.#held !== undefined && this.#held.length > this.holdMost;
  }

  /** Offers a published event that passes the filters. */
  offer(event: VerifiedEvent): void {
    if (this.closed) return;
    if (!this.#held) {
      if (!this.#sent.delete(event.event.id)) this.deliver(this, event.json);
    } else if (!this.overflowed) this.#held.push(event);
  }

  /** Frames of a page of the stored query. */
  stored(page: readonly string[]): string[] {
    return page.map((json) => {
      this.#sent.add(idOf(json));
      return this.frame(json);
    });
  }

  /**
   * Ends the stored part: EOSE, then what was held.
   * @param mayCome Whether an event is stored but not yet published; such events, if sent, are remembered.
   */
  goLive(mayCome: (id: string) => boolean): string[] {
    const unsent = (this.#held ?? []).filter(({ event }) => !this.#sent.has(event.id));
    this.#held = undefined;
    this.#sent = new Set([...this.#sent].filter(mayCome));
    return [eose(this.id), ...unsent.map(({ json }) => this.frame(json))];
  }

  frame(json: string): string {
    return eventFrame(this.#head, json);
  }

  close(): void {
    this.#query.abort(CLOSED);
    this.#sent.clear();
    this.#held = undefined;
  }
}

/** Made once: an abort without a reason makes one with a stack, at a cost that every CLOSE would pay. */
const CLOSED = new Error("the subscription is closed");

/** Stored JSON begins `{"id":"` (see EncodedEvent), so the id need not be parsed. */
const idOf = (json: string): string => json.slice(7, 71);
