import type { VerifiedEvent } from "../protocol/event.ts";

/**
 * Joins the instances that share a store: what is stored or sent through one of them becomes live on all.
 *
 * PostgreSQL's own is LISTEN/NOTIFY. Another one, NATS or Redis say, has this to offer and need not be
 * dependable: stored events are numbered in the order of their commits (`seq`), so a message that says how far they go
 * is enough, and one that got lost is made up for by the next, or by asking the store now and then. It would be
 * sent after the commit; PostgreSQL sends it with the commit.
 */
export interface Bus {
  /**
   * Gives the receiver, each event once, what this and all other instances store from now on, in the order of
   * their commits, and what others send; until the store is closed. Resolves when the bus hears, or after the
   * first attempt has failed; it goes on trying then. Called once.
   */
  receive(receiver: Receiver): Promise<void>;

  /**
   * Sends an ephemeral event to the other instances. Resolves when it is on its way.
   * @throws {StorageError} when it may not have reached them.
   */
  send(event: VerifiedEvent): Promise<void>;

  /** Whether an event that a query has found is still to be given to the receiver. */
  mayCome(id: string): boolean;

  readonly state: BusState;
}

/** For the gauges. */
export interface BusState {
  /** Whether it hears of others at this moment. */
  readonly listening: boolean;
  /** Stored events, or the numbers of such, not yet given to the receiver. */
  readonly behind: number;
  /** Events read because others stored or sent them, since the start. */
  readonly received: number;
}

/** This instance, as the bus sees it. */
export interface Receiver {
  /** Whether any subscription is open. What is stored while none is may be left out: a later query will find it. */
  wanted(): boolean;

  /** Takes events, in their order; waits while its buffer is full. Rejects when it will take no more. */
  deliver(events: readonly VerifiedEvent[]): Promise<void>;

  /** Told, when they change and now and then, which version the records have (see Records). */
  recordsAre(version: number): void;

  /** Told once of each time of trouble. */
  failed(error: unknown): void;
}
