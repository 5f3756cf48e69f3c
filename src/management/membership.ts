import type { RelayKey } from "../crypto/relay_key.ts";
import type { Client } from "../policy/rule.ts";
import type { NostrEvent } from "../protocol/event.ts";
import type { Filter } from "../protocol/filter.ts";
import { INVITE, JOIN_REQUEST, LEAVE_REQUEST } from "../protocol/kind.ts";
import { Rejection } from "../protocol/reason.ts";
import type { Announcements } from "./announcements.ts";
import type { Members, Verdict } from "./members.ts";

/** NIP-43: a request's created_at must be now, plus or minus a few minutes; in seconds. */
const WINDOW_SECONDS = 300;

export interface MembershipOptions {
  readonly key: RelayKey;
  readonly members: Members;
  readonly announcements: Announcements;
  /** Whether who has this public key gets an invite code on asking. */
  readonly mayInvite: (pubkey: string) => boolean;
  /** Unix time in seconds. */
  readonly now: () => number;
}

/** Answers what clients ask about membership (NIP-43): to join, to leave, and for invite codes. */
export class Membership {
  constructor(readonly options: MembershipOptions) {}

  /**
   * Answers a join or leave request, which others never see; undefined for any other event.
   * @throws {Rejection}
   */
  answer(event: NostrEvent): Promise<Verdict> | undefined {
    if (event.kind === JOIN_REQUEST || event.kind === LEAVE_REQUEST) return this.#answer(event);
  }

  /**
   * In whose name an invite code is to be made for a REQ; undefined when none is asked for.
   * @throws {Rejection} when nothing else is asked for, and this client may have none.
   */
  inviter(filters: readonly Filter[], { pubkeys }: Client): string | undefined {
    const { key, mayInvite } = this.options;
    const asks = ({ kinds, authors, limit }: Filter) =>
      kinds?.includes(INVITE) && (authors?.includes(key.pubkey) ?? true) && limit !== 0;
    if (!filters.some(asks)) return undefined;
    const inviter = [...pubkeys].find(mayInvite);
    if (inviter !== undefined || !filters.every(({ kinds }) => kinds?.every((kind) => kind === INVITE))) {
      return inviter;
    }
    if (pubkeys.size === 0) throw new Rejection("auth-required", "who wants to invite must authenticate");
    throw new Rejection("restricted", "you may not invite others, or no more");
  }

  /** An event with a code that is made for this request; as JSON. */
  async invitation(inviter: string): Promise<string> {
    const { key, members, now } = this.options;
    const claim = await members.invite(inviter);
    return key.sign({ kind: INVITE, created_at: now(), tags: [["-"], ["claim", claim]], content: "" }).json;
  }

  async #answer(request: NostrEvent): Promise<Verdict> {
    const { members, announcements, now } = this.options;
    if (Math.abs(now() - request.created_at) > WINDOW_SECONDS) {
      throw new Rejection("invalid", `created_at must be the present, at most ${WINDOW_SECONDS} s off`);
    }
    if (!request.tags.some(([name]) => name === "-")) {
      throw new Rejection("invalid", 'a request about membership has a "-" tag');
    }
    const verdict = await (request.kind === JOIN_REQUEST ? members.join(request) : members.leave(request));
    const isNews = !verdict[1].startsWith("duplicate"); // strangers may say that they leave as often as they like
    if (isNews) await announcements.update();
    return verdict;
  }
}
