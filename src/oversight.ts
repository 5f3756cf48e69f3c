import type { Config } from "./config/schema.ts";
import type { Verifier } from "./crypto/verifier.ts";
import { createManagement, type Management } from "./management/api.ts";
import { Enforcement } from "./management/enforcement.ts";
import { HttpAuth } from "./management/http_auth.ts";
import { Lists } from "./management/lists.ts";
import { createMethods } from "./management/methods.ts";
import { Rates } from "./management/rates.ts";
import { RecordBook } from "./management/record_book.ts";
import { reportedEvents } from "./management/reports.ts";
import { logger } from "./observe/logging.ts";
import type { NostrEvent } from "./protocol/event.ts";
import type { RelayFacts } from "./protocol/relay_info.ts";
import { partyOf } from "./runtime/client_address.ts";
import type { Repository } from "./storage/repository.ts";

export interface OversightParts {
  readonly repository: Repository;
  /** Ends the connections of blocked addresses. */
  readonly cutOff: () => void;
  /** Aborts when the relay stops. */
  readonly stopped: AbortSignal;
}

/** UTF-16 units of parameters that are logged. */
const MOST_LOGGED = 500;

/** What operators settle while the relay runs (NIP-86): it outlasts restarts, and holds for all instances. */
export class Oversight {
  readonly lists: Lists;
  readonly #book: RecordBook;
  readonly #enforcement: Enforcement;

  constructor(readonly config: Config, readonly parts: OversightParts) {
    const log = logger("management");
    this.#book = new RecordBook(parts.repository.records, {
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
  }

  /** Learns what was settled before. A server that is away is heard of when it is back. @throws {StorageError} */
  async open(): Promise<void> {
    const { problem, bus } = this.parts.repository;
    if (!bus) await this.#book.open();
    else if (problem === undefined) await this.#book.follow(0);
  }

  /** The store's records have this version. */
  follow(version: number): void {
    void this.#book.follow(version);
  }

  /** Looks once more for what was banned while it was on its way; called now and then. */
  sweep(): Promise<void> {
    return this.#enforcement.again();
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
    const { authorization } = config;
    const pubkey_whitelist = authorization.pubkey_whitelist ??
      (lists.allowedPubkeys.size > 0 ? [] : undefined);
    return {
      ...config,
      info: { ...config.info, ...lists.info },
      authorization: { ...authorization, pubkey_whitelist },
    };
  }

  /** Takes operators' calls; undefined when `[management]` is off. */
  calls(verifier: Verifier, now: () => number): Management | undefined {
    const { management, info, authorization, limits } = this.config;
    if (!management.enabled) return undefined;
    const operators = [...management.pubkeys ?? [], ...info.pubkey === undefined ? [] : [info.pubkey]];
    const { repository, stopped } = this.parts;
    const log = logger("management");
    return createManagement({
      auth: new HttpAuth({ verifier, relayUrl: info.relay_url, now }),
      operators: new Set(operators),
      rates: new Rates(() => performance.now()),
      methods: createMethods({
        lists: this.lists,
        pubkeyWhitelist: authorization.pubkey_whitelist ?? [],
        kindAllowlist: limits.event_kind_allowlist ?? [],
        kindBlacklist: limits.event_kind_blacklist ?? [],
        partyOf,
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
