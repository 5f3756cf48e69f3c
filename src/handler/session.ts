import type { Verifier } from "../crypto/verifier.ts";
import type { Semaphore } from "../flow/semaphore.ts";
import type { Admission } from "../policy/admission.ts";
import type { Client, EventRule, FilterRule } from "../policy/rule.ts";
import type { NostrEvent } from "../protocol/event.ts";
import type { Filter, FilterOptions } from "../protocol/filter.ts";
import type { EoseHint } from "../protocol/message.ts";
import type { Prefix, Reason } from "../protocol/reason.ts";
import type { StoredTexts } from "../protocol/utf8_texts.ts";
import type { Repository, SaveOutcome } from "../storage/repository.ts";
import type { SyncPool } from "../sync/pool.ts";
import type { Broadcast } from "../subscription/broadcast.ts";
import type { HoldLimits, Subscription } from "../subscription/subscription.ts";

/** What all connections share: the rooms that a message passes, joined in `src/relay.ts`. */
export interface Services {
  readonly repository: Repository;
  readonly verifier: Verifier;
  readonly broadcast: Broadcast;
  readonly rules: Rules;
  readonly observer: Observer;
  /** Says which authors may write by their identifiers (NIP-05); undefined where that plays no part. */
  readonly identities?: Identities | undefined;
  /** What exchanges (NIP-77) hold and share. */
  readonly sync: SyncPool;
  /** NIP-43; undefined where the relay has no members. */
  readonly membership?: Membership | undefined;
  /** Permits for events between arrival and answer: `limits.event_persist_buffer`. */
  readonly intake: Semaphore;
  /** Aborts when the relay stops at once; until then accepted events go their way to the end. */
  readonly stopped: AbortSignal;
  /** Unix time in seconds. */
  readonly now: () => number;
}

/** NIP-43: answers what clients ask about their membership, and invites others in a member's name. */
export interface Membership {
  /** Answers a join or leave request, which nobody else sees; undefined for any other event. */
  answer(event: NostrEvent): Promise<readonly [accepted: boolean, reason: Reason]> | undefined;
  /** In whose name a REQ's invitation is made; undefined when none is asked for. @throws {Rejection} */
  inviter(filters: readonly Filter[], client: Client): string | undefined;
  /** An event with a new invite code, as JSON. */
  invitation(inviter: string): Promise<string>;
}

export interface Rules {
  /** May this client publish at all? Asked before an event costs anything. */
  readonly writer: Admission;
  /** `limits.messages_per_sec`, of all clients together. */
  readonly eventRate: () => void;
  /** On the UTF-8 length of the event as sent, before anything else is looked at. */
  readonly eventSize: (bytes: number) => void;
  readonly event: EventRule;
  /** Of a request to vanish (NIP-62), which is followed even if `event` refuses it. */
  readonly vanish: EventRule;
  /** May this client read at all? Asked again with all that is sent: who was a member may be one no more. */
  readonly reader: Admission;
  /** Of a REQ's or COUNT's filters; gives them with their limits settled. */
  readonly request: FilterRule;
  /** Of a NEG-OPEN's filter: the same, but the limit is only there to find out that there is too much. */
  readonly exchange: FilterRule;
  readonly sync: SyncRules;
  /** On the values that filters name, and how many open subscriptions name already. */
  readonly filterValues: (filters: readonly Filter[], open?: number) => void;
  readonly subscriptionId: (id: string) => void;
  readonly filter: FilterOptions;
  /** The same of a REQ, which may search (NIP-50); nothing is counted or compared by that. */
  readonly requestFilter: FilterOptions;
  /** Makes a connection's `limits.subscriptions_per_min`; calling that takes a token or rejects. */
  readonly requestRate: () => () => void;
  /** `limits.max_subscriptions` of a connection; as many of its counts run at once. */
  readonly maxSubscriptions: number;
  /** Events that a COUNT may look at. */
  readonly maxCountEvents: number;
  /** What a subscription may hold back during its stored query. */
  readonly hold: HoldLimits;
  /** `options.eose_hints` (NIP-67). */
  readonly eoseHints: boolean;
  /** `authorization.nip42_auth`. */
  readonly authentication: boolean;
}

/** NIP-77, `[sync]`. */
export interface SyncRules {
  readonly enabled: boolean;
  /** Records that an exchange may hold. */
  readonly maxEvents: number;
  /** Exchanges that a connection may have open. */
  readonly maxExchanges: number;
  /** Within which a client must go on with an exchange. */
  readonly timeoutSeconds: number;
  /** Of a Negentropy message, before it is written in hex. */
  readonly maxAnswerBytes: number;
}

export interface Identities {
  /** May its author publish this? May take some seconds, to ask a domain. @throws {Rejection} */
  admit(event: NostrEvent): Promise<void>;
}

/** What handlers report for metrics and the log. */
export interface Observer {
  /** An event came back from storage, after so many seconds. */
  saved(outcome: SaveOutcome, seconds: number): void;
  rejected(prefix: Prefix): void;
  /** A REQ's stored part or a COUNT was answered, after so many seconds, for so many filters. */
  queried(seconds: number, filters: number): void;
  /** A query ended early because its subscription or connection did. */
  queryAborted(reason: "closed"): void;
  /** An unexpected failure, for the operator. */
  failed(task: string, error: unknown): void;
}

/** One connection, as the handlers of the verbs see it. */
export interface Session {
  readonly services: Services;
  readonly client: Client;
  /**
   * Aborts when the connection ends. To be asked for anew with each message: another conversation has another, and what
   * keeps one must keep the conversation, too.
   */
  readonly signal: AbortSignal;
  /** NIP-42: the challenge sent on connect. */
  readonly challenge: string;
  /** The relay's URL, or the host that the client asked for. */
  readonly relayUrl: string;
  readonly subscriptions: ReadonlyMap<string, Subscription>;
  /** Whether a REQ has not had its EOSE yet. */
  readonly waiting: boolean;
  /** Permits for counts that run: `maxSubscriptions` of them. */
  readonly counting: Semaphore;
  authenticate(pubkey: string): void;
  /** Takes a token of `limits.subscriptions_per_min`. @throws {Rejection} `rate-limited` */
  spendRequest(): void;
  /** Opens a live subscription, in place of one with the same id. */
  open(id: string, filters: Subscription["filters"]): Subscription;
  close(id: string): void;
  /** Closes every subscription. */
  closeAll(): void;
  /** Permits for stored queries that run at once on this connection. */
  readonly turns: Semaphore;
  /** Whether much may be found for it at once: it has taken all that was, and few clients leave theirs. */
  readonly ample: boolean;
  /** Whether pages in UTF-8 leave as they are. */
  readonly takesUtf8: boolean;
  /** Queues a page of a stored query, or what ended it; waits while the client is slow. */
  results(result: QueryResult): Promise<void>;
}

/** What a stored query sends: pages, the last of them with its end, or the reason of its failure. */
export type QueryResult =
  & { readonly subscription: Subscription }
  & (
    | { readonly page: StoredTexts; readonly end?: QueryEnd | undefined }
    | { readonly failure: string }
  );

export interface QueryEnd {
  /** Undefined where `options.eose_hints` is off. */
  readonly hint: EoseHint | undefined;
}
