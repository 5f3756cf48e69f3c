import type { NostrEvent } from "../protocol/event.ts";
import { PROFILE } from "../protocol/kind.ts";
import { domainOf, type Identifier, identifierOf, identifierText, namesPath } from "../protocol/nip05.ts";
import { Rejection } from "../protocol/reason.ts";
import type { RecordChange } from "../storage/records.ts";
import { DomainRates } from "./domain_rates.ts";
import { leastUseful } from "./least_useful.ts";
import type { Lookup, Verdict } from "./lookup.ts";
import { Places } from "./places.ts";

/** The kind of these records; it is in databases: never change it. */
const RECORD = "verified-user";

/** Users remembered: who owns a domain can confirm any number, and all are in memory. */
const MOST_USERS = 100_000;

/** The part of them that goes at once when there are too many: to find whom takes a look at all. */
const PART_LET_GO = 0.01;

/** Users checked again in one go. */
const MOST_RECHECKED = 20;

/** What is remembered of a user; times in seconds. */
export interface VerifiedUser {
  readonly identifier: string;
  /** created_at of the profile that gave it. */
  readonly createdAt: number;
  readonly verifiedAt: number;
  /** When the domain was last asked, whatever it said. */
  readonly checkedAt: number;
  /** How often in a row it has said nothing. */
  readonly failures: number;
}

/** Where users are remembered, for all instances. */
interface Book {
  readonly isKnown: boolean;
  of<Value>(kind: string): ReadonlyMap<string, Value>;
  change(decide: () => readonly RecordChange[]): Promise<void>;
}

export interface VerifiedUsersOptions {
  /** `enabled` refuses what others write; `passive` only finds out. */
  readonly mode: "passive" | "enabled";
  /** The only domains that count; goes before the blacklist. */
  readonly domainWhitelist?: readonly string[] | undefined;
  readonly domainBlacklist?: readonly string[] | undefined;
  /** Seconds for which a verification is good. */
  readonly expiration: number;
  /** Seconds after which a domain is asked again. */
  readonly updateFrequency: number;
  /** After so many failures in a row a user is forgotten. */
  readonly maxConsecutiveFailures: number;
  /** Default 100,000. */
  readonly mostUsers?: number;
  readonly book: Book;
  readonly lookup: Pick<Lookup, "ask">;
  /** Unix time in seconds. */
  readonly now: () => number;
  /** Told what could not be remembered. */
  readonly failed: (error: unknown) => void;
}

/** Authors whose identifier (NIP-05) their domain confirms. */
export class VerifiedUsers {
  readonly #users: ReadonlyMap<string, VerifiedUser>;
  readonly #candidates: DomainRates;
  /** By itself, so that strangers cannot keep users from being confirmed. */
  readonly #rechecks: DomainRates;
  readonly #tasks = new Set<Promise<void>>();
  readonly #places = new Places();
  #rechecking = false;

  constructor(readonly options: VerifiedUsersOptions) {
    this.#users = options.book.of(RECORD);
    const milliseconds = () => options.now() * 1000;
    this.#candidates = new DomainRates(milliseconds);
    this.#rechecks = new DomainRates(milliseconds);
  }

  /** Users whose verification is good now. */
  get size(): number {
    return [...this.#users.values()].filter((user) => this.#isGood(user)).length;
  }

  /**
   * May this author publish this? A profile that may prove it waits for the domain's word. Of a user who changes
   * identifiers the old one stays good until it expires.
   * @throws {Rejection}
   */
  async admit(event: NostrEvent): Promise<void> {
    const { mode, book } = this.options;
    const mustBeGood = mode === "enabled";
    if (mustBeGood && !book.isKnown) {
      throw new Rejection("error", "the relay does not know yet who is verified; try again later");
    }
    const user = this.#users.get(event.pubkey);
    const isGood = user !== undefined && this.#isGood(user);
    const candidate = this.#candidate(event, user, isGood);
    if (!mustBeGood || isGood) {
      if (candidate) this.#run(this.#verify(event, candidate).catch(ignoreRejection));
      return;
    }
    if (candidate) return await this.#verify(event, candidate);
    throw new Rejection(
      "blocked",
      "only authors may write here whose NIP-05 identifier is verified; publish a profile (kind 0) with a nip05 " +
        "that your domain confirms and this relay accepts",
    );
  }

  /** Asks domains once more whose word is old, the oldest first; called now and then. */
  async recheck(): Promise<void> {
    if (this.#rechecking || !this.options.book.isKnown) return;
    this.#rechecking = true;
    try {
      const { now, updateFrequency } = this.options;
      const due = [...this.#users].filter(([, { checkedAt }]) => checkedAt + updateFrequency <= now());
      due.sort(([, a], [, b]) => a.checkedAt - b.checkedAt);
      for (const [pubkey, user] of due.slice(0, MOST_RECHECKED)) await this.#check(pubkey, user);
    } catch (error) {
      this.options.failed(error);
    } finally {
      this.#rechecking = false;
    }
  }

  /** Goes on with `recheck` in the background. */
  startRecheck(): void {
    this.#run(this.recheck());
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#tasks);
  }

  /** What a profile would newly prove; older ones than what is known are somebody's replay. */
  #candidate(event: NostrEvent, user: VerifiedUser | undefined, isGood: boolean): Identifier | undefined {
    if (event.kind !== PROFILE || (user && event.created_at < user.createdAt)) return undefined;
    const identifier = identifierOf(event);
    if (!identifier || !this.#isAllowed(identifier.domain)) return undefined;
    return isGood && user?.identifier === identifierText(identifier) ? undefined : identifier;
  }

  async #verify({ pubkey, created_at }: NostrEvent, identifier: Identifier): Promise<void> {
    const { domain } = identifier, text = identifierText(identifier);
    const verdict = await this.#ask(identifier, pubkey);
    if (verdict !== "confirmed") {
      const what = verdict === "denied" ? "does not lead to this public key" : "could not be looked up";
      const path = namesPath(identifier);
      throw new Rejection(
        "blocked",
        `${text} ${what}; let https://${domain}${path} name it, then publish the profile again`,
      );
    }
    const now = this.options.now();
    await this.#remember(pubkey, {
      identifier: text,
      createdAt: created_at,
      verifiedAt: now,
      checkedAt: now,
      failures: 0,
    });
  }

  /** Asks a domain in a stranger's name. */
  async #ask(identifier: Identifier, pubkey: string): Promise<Verdict> {
    const { domain } = identifier;
    using place = this.#places.take(domain);
    if (!place || !this.#candidates.take(domain)) {
      throw new Rejection("rate-limited", `${domain} is being asked of others just now; try again later`);
    }
    return await this.options.lookup.ask(identifier, pubkey);
  }

  async #check(pubkey: string, user: VerifiedUser): Promise<void> {
    const { now, lookup, maxConsecutiveFailures } = this.options;
    const [local, domain] = user.identifier.split("@") as [string, string];
    const isAllowed = this.#isAllowed(domain);
    if (isAllowed && !this.#rechecks.take(domain)) return; // its turn comes
    const verdict = isAllowed ? await lookup.ask({ local, domain }, pubkey) : "unknown";
    if (this.#users.get(pubkey) !== user) return; // meanwhile it has been verified anew
    const checked = { ...user, checkedAt: now() };
    if (verdict === "confirmed") {
      return await this.#remember(pubkey, { ...checked, verifiedAt: now(), failures: 0 });
    }
    const failures = user.failures + 1;
    const isOver = verdict === "denied" || failures >= maxConsecutiveFailures;
    await this.#remember(pubkey, isOver ? undefined : { ...checked, failures });
  }

  #remember(key: string, user: VerifiedUser | undefined): Promise<void> {
    return this.options.book.change(() => [
      ...(user && !this.#users.has(key) ? this.#surplus() : []),
      { kind: RECORD, key, value: user && JSON.stringify(user) },
    ]);
  }

  /** Those who must make room for another. */
  #surplus(): RecordChange[] {
    const { mostUsers = MOST_USERS } = this.options;
    if (this.#users.size < mostUsers) return [];
    const most = Math.ceil(mostUsers * PART_LET_GO);
    return leastUseful(this.#users, { isGood: (user) => this.#isGood(user), most })
      .map((key) => ({ kind: RECORD, key, value: undefined }));
  }

  #isGood({ identifier, verifiedAt }: VerifiedUser): boolean {
    const { expiration, now } = this.options;
    return verifiedAt + expiration > now() && this.#isAllowed(domainOf(identifier));
  }

  #isAllowed(domain: string): boolean {
    const { domainWhitelist, domainBlacklist = [] } = this.options;
    return domainWhitelist ? domainWhitelist.includes(domain) : !domainBlacklist.includes(domain);
  }

  #run(task: Promise<void>): void {
    const settled = task.catch(this.options.failed).finally(() => this.#tasks.delete(settled));
    this.#tasks.add(settled);
  }
}

/** Of a profile that nobody waits for. */
function ignoreRejection(error: unknown): void {
  if (!(error instanceof Rejection)) throw error;
}
