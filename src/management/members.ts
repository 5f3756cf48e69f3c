import { randomBytes } from "node:crypto";
import { type NostrEvent, tagValue } from "../protocol/event.ts";
import { type Reason, Rejection } from "../protocol/reason.ts";
import type { RecordChange } from "../storage/records.ts";
import { type Entry, gone, type Invite, LIST, type Lists, put } from "./lists.ts";

/** Codes of one inviter that are good at once; beyond it, the oldest is good no more. */
const MAX_INVITES = 20;

export interface MembersOptions {
  readonly lists: Lists;
  /** `authorization.pubkey_whitelist`: members that nobody can remove. */
  readonly configured: readonly string[];
  readonly inviteSeconds: number;
  readonly inviteUses: number;
  /** Nobody joins any more when there are so many. */
  readonly maxMembers: number;
  /** Whether who has this public key may invite others: codes are good for as long as their maker may. */
  readonly mayInvite: (pubkey: string) => boolean;
  /** For the welcome. */
  readonly relayName: () => string;
  /** Unix time in seconds. */
  readonly now: () => number;
}

/** The verdict of OK. */
export type Verdict = readonly [accepted: true, reason: Reason];

/** Who is a member (NIP-43): whoever the configuration or operators allow, or came with an invite code, and is not banned. */
export class Members {
  readonly #configured: ReadonlySet<string>;

  constructor(readonly options: MembersOptions) {
    this.#configured = new Set(options.configured);
  }

  has(pubkey: string): boolean {
    const { allowedPubkeys, bannedPubkeys } = this.options.lists;
    return (this.#configured.has(pubkey) || allowedPubkeys.has(pubkey)) && !bannedPubkeys.has(pubkey);
  }

  /** All, with their roles, in the order of their keys. */
  get all(): Map<string, readonly string[]> {
    const { allowedPubkeys, bannedPubkeys } = this.options.lists;
    const all = new Map<string, readonly string[]>();
    for (const pubkey of this.#configured) all.set(pubkey, []);
    for (const [pubkey, { roles = [] }] of allowedPubkeys) all.set(pubkey, roles);
    for (const pubkey of bannedPubkeys.keys()) all.delete(pubkey);
    return new Map([...all].sort(([a], [b]) => a < b ? -1 : 1));
  }

  /** How many members somebody has invited. */
  invitedBy(pubkey: string): number {
    return [...this.options.lists.allowedPubkeys.values()].filter(({ by }) => by === pubkey).length;
  }

  /** A join request. @throws {Rejection} */
  async join(request: NostrEvent): Promise<Verdict> {
    const { lists, now, relayName, mayInvite, maxMembers } = this.options;
    const { pubkey } = request;
    const code = tagValue(request, "claim");
    if (code === undefined) {
      throw new Rejection("invalid", "a join request has a claim tag with an invite code");
    }
    let wasMember = false;
    await lists.book.change(() => {
      wasMember = this.has(pubkey);
      if (wasMember) return [];
      const invite = lists.invites.get(code);
      if (!invite || !mayInvite(invite.by)) {
        throw new Rejection("restricted", "that is an invalid invite code");
      }
      if (invite.until <= now()) throw new Rejection("restricted", "that invite code is expired");
      if (this.all.size >= maxMembers) {
        throw new Rejection(
          "restricted",
          `this relay has its ${maxMembers} members; nobody can join any more`,
        );
      }
      const left = invite.uses - 1;
      const entry: Entry = { reason: `invited by ${invite.by}`, by: invite.by };
      return [
        put(LIST.allowedPubkeys, pubkey, entry),
        left > 0 ? put(LIST.invites, code, { ...invite, uses: left }) : gone(LIST.invites, code),
      ];
    });
    if (wasMember) return [true, "duplicate: you are already a member of this relay"];
    return [true, `info: welcome to ${relayName()}`];
  }

  /** A leave request. @throws {Rejection} */
  async leave({ pubkey }: NostrEvent): Promise<Verdict> {
    const { lists } = this.options;
    if (this.#configured.has(pubkey)) {
      throw new Rejection("restricted", "the operator's configuration lists you; ask the operator");
    }
    if (!this.has(pubkey)) return [true, "duplicate: you are no member of this relay"];
    await lists.book.change(() => [gone(LIST.allowedPubkeys, pubkey)]);
    return [true, "info: you are no member of this relay any more"];
  }

  /** Makes an invite code in somebody's name. */
  async invite(by: string): Promise<string> {
    const { lists, inviteSeconds, inviteUses, now } = this.options;
    const code = randomBytes(16).toString("base64url");
    const invite: Invite = { by, until: now() + inviteSeconds, uses: inviteUses };
    await lists.book.change(() => [...this.#surplus(by), put(LIST.invites, code, invite)]);
    return code;
  }

  /** Codes that have expired, and those of an inviter's that must make room for another. */
  #surplus(by: string): RecordChange[] {
    const { lists, now } = this.options;
    const isExpired = ({ until }: Invite) => until <= now();
    const all = [...lists.invites];
    const own = all.filter(([, invite]) => invite.by === by && !isExpired(invite))
      .sort(([, a], [, b]) => b.until - a.until);
    const surplus = own.slice(MAX_INVITES - 1);
    return [...all.filter(([, invite]) => isExpired(invite)), ...surplus].map(([code]) =>
      gone(LIST.invites, code)
    );
  }
}
