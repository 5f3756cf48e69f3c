import type { Moderation } from "../policy/moderation.ts";
import type { RecordChange } from "../storage/records.ts";
import type { RecordBook } from "./record_book.ts";

/** Why something is on a list; empty when the operator gave no reason. */
export interface Entry {
  readonly reason: string;
  /** Of a member (NIP-43): the public key of who has invited them; undefined of whom operators have allowed. */
  readonly by?: string;
  /** Of a member (NIP-43): ids of roles. */
  readonly roles?: readonly string[];
}

/** What NIP-43 tells of a role; all of it is for display. */
export interface Role {
  readonly label?: string | undefined;
  readonly description?: string | undefined;
  /** A hue, 0 to 360. */
  readonly color?: number | undefined;
  readonly order?: number | undefined;
}

/** An invite code (NIP-43). */
export interface Invite {
  /** The public key of who has asked for it. */
  readonly by: string;
  /** Unix time in seconds. */
  readonly until: number;
  /** How many may still join with it. */
  readonly uses: number;
}

/** The kinds of record that operators' lists are made of; they are in databases: never change one. */
export const LIST = {
  bannedPubkeys: "banned-pubkey",
  allowedPubkeys: "allowed-pubkey",
  bannedEvents: "banned-event",
  /** Of which nothing more needs to be decided, whoever reports them. */
  allowedEvents: "allowed-event",
  /** By whom limits count an address for: an IPv6 one is blocked with its /64. */
  blockedAddresses: "blocked-address",
  kinds: "kind",
  info: "info",
  roles: "role",
  invites: "invite",
} as const;

/** What operators may give the relay in place of the configuration's `[info]`. */
export const CHANGEABLE = ["name", "description", "icon"] as const;

/** What operators have settled by calls (NIP-86), in the present state. */
export class Lists implements Moderation {
  readonly bannedPubkeys: ReadonlyMap<string, Entry>;
  readonly allowedPubkeys: ReadonlyMap<string, Entry>;
  readonly bannedEvents: ReadonlyMap<string, Entry>;
  readonly allowedEvents: ReadonlyMap<string, Entry>;
  readonly blockedAddresses: ReadonlyMap<string, Entry & { readonly ip: string }>;
  /** By the number of the kind. */
  readonly settledKinds: ReadonlyMap<string, boolean>;
  readonly roles: ReadonlyMap<string, Role>;
  /** By their codes. */
  readonly invites: ReadonlyMap<string, Invite>;
  readonly #info: ReadonlyMap<string, string>;

  constructor(readonly book: RecordBook) {
    this.bannedPubkeys = book.of(LIST.bannedPubkeys);
    this.allowedPubkeys = book.of(LIST.allowedPubkeys);
    this.bannedEvents = book.of(LIST.bannedEvents);
    this.allowedEvents = book.of(LIST.allowedEvents);
    this.blockedAddresses = book.of(LIST.blockedAddresses);
    this.settledKinds = book.of(LIST.kinds);
    this.roles = book.of(LIST.roles);
    this.invites = book.of(LIST.invites);
    this.#info = book.of(LIST.info);
  }

  get isKnown(): boolean {
    return this.book.isKnown;
  }

  readonly kinds = { get: (kind: number): boolean | undefined => this.settledKinds.get(String(kind)) };

  /** What was changed of `[info]`. */
  get info(): { readonly [Name in typeof CHANGEABLE[number]]?: string } {
    return Object.fromEntries(this.#info);
  }
}

export const put = (kind: string, key: string, value: unknown): RecordChange => ({
  kind,
  key,
  value: JSON.stringify(value),
});

export const gone = (kind: string, key: string): RecordChange => ({ kind, key, value: undefined });
