import { idOf, type VerifiedEvent } from "../protocol/event.ts";
import { type Filter, valueCount } from "../protocol/filter.ts";
import { eose, type EoseHint, eventFrame, eventFrameHead } from "../protocol/message.ts";

/** Takes the live events of subscriptions that have had their EOSE. */
export interface Recipient {
  deliver(subscription: Subscription, json: string): void;
}

/** Most that a subscription holds back during its stored query. */
export interface HoldLimits {
  readonly events: number;
  /** Of their JSON. */
  readonly bytes: number;
}

/**
 * One REQ on one connection. It is live from its first moment: what is published during the stored query is
 * held, and sent after EOSE unless the query has sent it; so nothing is missed or repeated.
 */
export class Subscription {
  /** How many values its filters name. */
  readonly values: number;
  readonly #head: string;
  #closed = false;
  #live = false;
  // Many subscriptions are open for long and need none of these, so each is made when it is first needed.
  #query: AbortController | undefined;
  /** Ids that the stored query has sent and that are still to be published. */
  #sent: Set<string> | undefined;
  /** Published during the stored query and not sent by it, by id. */
  #held: Map<string, VerifiedEvent> | undefined;
  #heldBytes = 0;

  /**
   * @param holdMost What may be held during the stored query; more fails it (see `overflowed`).
   */
  constructor(
    readonly id: string,
    readonly filters: readonly Filter[],
    readonly recipient: Recipient,
    readonly holdMost: HoldLimits,
  ) {
    this.#head = eventFrameHead(id);
    this.values = valueCount(filters);
  }

  /** Aborts when the subscription closes; stops the stored query at its next page. */
  get signal(): AbortSignal {
    this.#query ??= new AbortController();
    if (this.#closed) this.#query.abort(CLOSED);
    return this.#query.signal;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** More was published during the stored query than may be held: the subscription can't be complete. */
  get overflowed(): boolean {
    const { events, bytes } = this.holdMost;
    return this.#held !== undefined && (this.#held.size > events || this.#heldBytes > bytes);
  }

  /** Offers a published event that passes the filters. */
  offer(event: VerifiedEvent): void {
    const { event: { id }, json } = event;
    if (this.#closed || this.#sent?.delete(id)) return;
    if (this.#live) this.recipient.deliver(this, json);
    else if (!this.overflowed) {
      (this.#held ??= new Map()).set(id, event);
      this.#heldBytes += json.length;
    }
  }

  /**
   * Frames of a page of the stored query.
   * @param mayCome Whether an event is stored but not yet published; such events are remembered.
   */
  stored(page: readonly string[], mayCome: (id: string) => boolean): string[] {
    return page.map((json) => {
      const id = idOf(json);
      if (this.#held?.delete(id)) this.#heldBytes -= json.length;
      else if (mayCome(id)) (this.#sent ??= new Set()).add(id);
      return this.frame(json);
    });
  }

  /** Ends the stored part: EOSE, then what was held. */
  goLive(hint?: EoseHint): string[] {
    const held = [...this.#held?.values() ?? []];
    this.#held = this.#query = undefined; // the query has ended with its last page
    this.#live = true;
    return [eose(this.id, hint), ...held.map(({ json }) => this.frame(json))];
  }

  frame(json: string): string {
    return eventFrame(this.#head, json);
  }

  close(): void {
    this.#closed = true;
    this.#query?.abort(CLOSED);
    this.#sent = this.#held = undefined;
  }
}

/** Made once: an abort without a reason makes one with a stack, at a cost that every CLOSE would pay. */
const CLOSED = new Error("the subscription is closed");
