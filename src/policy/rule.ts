import type { NostrEvent } from "../protocol/event.ts";
import type { Filter } from "../protocol/filter.ts";

/** What a rule may know of who is asking. */
export interface Client {
  /** The address that limits count by: of the socket, or of the hop that a trusted proxy names. */
  readonly address: string;
  /** The host that it asked for, perhaps with a port; undefined when it did not ask over a socket. */
  readonly host?: string | undefined;
  /** Public keys that have authenticated on this connection (NIP-42: any number of them); others may join them. */
  readonly pubkeys: ReadonlySet<string>;
}

/**
 * May this client publish this event? Returns when it may.
 * @throws {Rejection} when it may not.
 */
export type EventRule = (event: NostrEvent, client: Client) => void;

/**
 * May this client ask this? Returns the filters as they will be run, e.g. with limits clamped.
 * @throws {Rejection} when it may not.
 */
export type FilterRule = (filters: readonly Filter[], client: Client) => readonly Filter[];
