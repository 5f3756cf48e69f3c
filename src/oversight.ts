import type { Config } from "./config/schema.ts";
import type { Verifier } from "./crypto/verifier.ts";
import { createManagement, type Management } from "./management/api.ts";
import { Enforcement } from "./management/enforcement.ts";
import { HttpAuth } from "./management/http_auth.ts";
import { Lists } from "./management/lists.ts";
import { createMethods } from "./management/methods.ts";
import { Rates } from "./management/rates.ts";
import { RecordBook } from "./management/record_book.ts";
import { SpentTokens } from "./management/spent_tokens.ts";
import { reportedEvents } from "./management/reports.ts";
import { logger } from "./observe/logging.ts";
import { readKey } from "./relay_key_file.ts";
import { createMembership } from "./membership.ts";
import type { RelayKey } from "./crypto/relay_key.ts";
import type { Announcements } from "./management/announcements.ts";
import type { Members } from "./management/members.ts";
import type { Membership } from "./management/membership.ts";
import type { NostrEvent, VerifiedEvent } from "./protocol/event.ts";
import type { RelayFacts } from "./protocol/relay_info.ts";
import { isLoopback, partyOf } from "./runtime/client_address.ts";
import type { Repository } from "./storage/repository.ts";

export interface OversightParts {
  readonly repository: Repository;
  /** Ends the connections of blocked addresses. */
  readonly cutOff: () => void;
  /** Stores an event of the relay's own and delivers it. */
  readonly publish: (event: VerifiedEvent) => Promise<unknown>;
  /** Aborts when the relay stops. */
  readonly stopped: AbortSignal;
  /** Unix time in seconds. */
  readonly now: () => number;
}

/** UTF-16 units of parameters that are logged. */
const MOST_LOGGED = 500;

/** What operators settle while the relay runs (NIP-86): it outlasts restarts, and holds for all instances. */
export class Oversight {
  readonly lists: Lists;
  readonly #book: RecordBook;
  readonly #enforcement: Enforcement;
  /** The relay's own; undefined where it has none. */
  readonly key: RelayKey | undefined;
  /** NIP-43; these are undefined where the relay has no members. */
  readonly members: Members | undefined;
  readonly membership: Membership | undefined;
  readonly #announcements: Announcements | undefined;

  constructor(readonly config: Config, readonly parts: OversightParts) {
    const log = logger("management");
    this.#book = new RecordBook(parts.repository.records, {
      shared: parts.repository.bus !== undefined,
      onNews: (news) => this.#enforcement.enforce(news),
      onFailure: (error) => log.error("could not read the operators' lists: {error}", { error }),
    });
    this.lists = new Lists(this.#book);
    this.#enforcement = new Enforcement({
      ...parts,
      lists: this.lists,
      signal: parts.stopped,
      removed: (count) => log.info("removed {count} banned events", { count }),
      failed: (error) => log.error("could not remove banned events yet: {error}", { error }),
    });
    this.key = readKey(config.info);
    if (!config.membership.enabled || !this.key) return;
    ({ members: this.members, membership: this.membership, announcements: this.#announcements } =
      createMembership(config, {
        ...parts,
        key: this.key,
        lists: this.lists,
        operators: this.#operators,
        failed: (error) => log.error("could not publish who is a member: {error}", { error }),
      }));
  }

  get #operators(): ReadonlySet<string> {
    const { management, info } = this.config;
    return new Set([...management.pubkeys ?? [], ...info.pubkey === undefined ? [] : [info.pubkey]]);
  }

  /** All that is remembered beside events. */
  get book(): RecordBook {
    return this.#book;
  }

  /** Learns what was settled before. A server that is away is heard of when it is back. @throws {StorageError} */
  async open(): Promise<void> {
    const { problem, bus } = this.parts.repository;
    if (!bus) await this.#book.open();
    else if (problem === undefined) await this.#book.follow(0);
    if (this.lists.isKnown) await this.#announcements?.update();
  }

  /** Why nobody may write yet; undefined when all was learnt. */
  get problem(): string | undefined {
    return this.lists.isKnown ? undefined : "what operators have settled is not known yet";
  }

  /** The store's records have this version. */
  follow(version: number): void {
    void this.#book.follow(version);
  }

  /** Looks once more for what was banned while it was on its way, or could not be published; called now and then. */
  async sweep(): Promise<void> {
    await this.#enforcement.again();
    if (!this.#announcements) return;
    const isFresh = await this.#book.open().then(() => true, () => false); // what is outdated must not be published
    if (isFresh) await this.#announcements.update();
  }

  /** Resolves when nothing is being removed any more. */
  settled(): Promise<void> {
    return this.#enforcement.settled();
  }

  bans({ id, pubkey }: NostrEvent): boolean {
    return this.lists.bannedPubkeys.has(pubkey) || this.lists.bannedEvents.has(id);
  }

  isBlocked(party: string): boolean {
    return this.lists.blockedAddresses.has(party);
  }

  /** What NIP-11 tells of, as it is now. */
  get facts(): RelayFacts {
    const { config, lists } = this;
    const { authorization, membership } = config;
    const isRestricted = membership.enabled || lists.allowedPubkeys.size > 0;
    return {
      ...config,
      info: { ...config.info, ...lists.info, self: this.key?.pubkey },
      kinds: lists.kinds,
      authorization: {
        ...authorization,
        pubkey_whitelist: authorization.pubkey_whitelist ?? (isRestricted ? [] : undefined),
        auth_required_to_read: authorization.auth_required_to_read || membership.required_to_read,
      },
    };
  }

  /** Takes operators' calls; undefined when `[management]` is off. */
  calls(verifier: Verifier): Management | undefined {
    const { management, info, authorization, limits } = this.config;
    if (!management.enabled) return undefined;
    const { repository, stopped, now } = this.parts;
    const log = logger("management");
    if (info.relay_url === undefined) {
      log.warn("info.relay_url is unset: calls are taken on this machine alone, by an address of loopback");
    }
    return createManagement({
      auth: new HttpAuth({
        verifier,
        tokens: new SpentTokens(this.#book, now),
        relayUrl: info.relay_url,
        now,
      }),
      operators: this.#operators,
      rates: new Rates(() => performance.now(), partyOf),
      isLocal: isLoopback,
      methods: createMethods({
        lists: this.lists,
        pubkeyWhitelist: authorization.pubkey_whitelist ?? [],
        kindAllowlist: limits.event_kind_allowlist ?? [],
        kindBlacklist: limits.event_kind_blacklist ?? [],
        partyOf,
        members: this.members,
        changed: async () => await this.#announcements?.update(),
        reported: () => reportedEvents(repository, this.lists, stopped),
      }),
      audit: ({ params, ...entry }) =>
        log.info("{operator} called {method}: {outcome}", {
          ...entry,
          method: entry.method.slice(0, 50),
          params: JSON.stringify(params).slice(0, MOST_LOGGED),
        }),
      failed: (error) => log.error("a call failed: {error}", { error }),
    });
  }
}
