import type { VerifiedEvent } from "../protocol/event.ts";
import { type Filter, valueCount } from "../protocol/filter.ts";
import { eose, type EoseHint, eventFrame, eventFrameHead, type Frame } from "../protocol/message.ts";
import { idAt, type StoredTexts, Utf8Texts } from "../protocol/utf8_texts.ts";

/** Takes the live events of subscriptions that have had their EOSE. */
export interface Recipient {
  deliver(subscription: Subscription, json: string): void;
}

/** Which events are on their way from storage to subscriptions. */
export interface Coming {
  /** Whether there is none, so that nobody need ask `mayCome`. */
  readonly nothingComes: boolean;
  /** Whether an event that a query may have found is still to be published. */
  mayCome(id: string): boolean;
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
  #filters: readonly Filter[];
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
    filters: readonly Filter[],
    readonly recipient: Recipient,
    readonly holdMost: HoldLimits,
  ) {
    this.#head = eventFrameHead(id);
    this.#filters = filters;
    this.values = valueCount(filters);
  }

  /** None once it is closed. */
  get filters(): readonly Filter[] {
    return this.#filters;
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

  /** Whether it has had its EOSE. */
  get live(): boolean {
    return this.#live;
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
   * @param coming Events that are still to be published; those of the page are remembered.
   */
  stored(page: StoredTexts, coming: Coming): Frame[] {
    if (this.#held || !coming.nothingComes) {
      for (let at = 0; at < page.length; at++) this.#noteSent(idAt(page, at), coming);
    }
    return page instanceof Utf8Texts
      ? [{ head: this.#head, events: page }]
      : page.map((json) => this.frame(json));
  }

  #noteSent(id: string, coming: Coming): void {
    const held = this.#held?.get(id);
    if (held) {
      this.#held!.delete(id);
      this.#heldBytes -= held.json.length;
    } else if (coming.mayCome(id)) (this.#sent ??= new Set()).add(id);
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

  /**
   * Lets go of what is large. On V8 a map in which much comes and goes keeps what has gone, as each table that it has
   * outgrown refers to the next: once one of them has grown old, those that follow stay until a full collection.
   */
  close(): void {
    this.#closed = true;
    this.#filters = [];
    this.#query?.abort(CLOSED);
    this.#sent = this.#held = undefined;
  }
}

/** Made once: an abort without a reason makes one with a stack, at a cost that every CLOSE would pay. */
const CLOSED = new Error("the subscription is closed");
