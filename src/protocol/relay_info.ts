import { DELETION, GIFT_WRAP } from "./kind.ts";

/** NIP-11's document, without the fields that this relay never has (`software`, fees). */
export interface RelayInfo {
  readonly name: string;
  readonly description?: string;
  readonly banner?: string;
  readonly icon?: string;
  readonly pubkey?: string;
  /** The relay's own public key. */
  readonly self?: string;
  readonly contact?: string;
  readonly supported_nips: readonly number[];
  readonly version: string;
  readonly terms_of_service?: string;
  readonly limitation: Limitation;
}

/** Only what the running configuration keeps. */
export interface Limitation {
  /** Bytes. */
  readonly max_message_length: number;
  /** Open at once on one connection. */
  readonly max_subscriptions: number;
  readonly max_subid_length: number;
  readonly max_limit: number;
  readonly max_event_tags: number;
  /** Unicode characters. */
  readonly max_content_length?: number;
  /** Leading zero bits of an id (NIP-13); single kinds may need more or less. */
  readonly min_pow_difficulty?: number;
  readonly auth_required: boolean;
  readonly payment_required: boolean;
  readonly restricted_writes: boolean;
  /** Seconds ahead of the relay's clock. */
  readonly created_at_upper_limit: number;
  readonly default_limit: number;
}

/** What the document is made of, named as in the configuration. */
export interface RelayFacts {
  readonly info: {
    readonly name: string;
    readonly description?: string;
    readonly banner?: string;
    readonly icon?: string;
    readonly pubkey?: string;
    readonly self?: string | undefined;
    readonly contact?: string;
    readonly terms_of_service?: string;
  };
  readonly limits: {
    readonly max_ws_message_bytes: number;
    readonly max_subscriptions: number;
    readonly max_subscription_id_length: number;
    readonly default_limit: number;
    readonly max_limit: number;
    readonly max_event_tags: number;
    readonly max_content_length?: number;
    readonly min_pow_difficulty: number;
    readonly min_pow_difficulty_by_kind?: Readonly<Record<string, number | undefined>>;
    readonly max_future_seconds: number;
    readonly event_kind_allowlist?: readonly number[];
    readonly event_kind_blacklist?: readonly number[];
  };
  /** Whether a kind is accepted, of those that operators have settled; goes before the lists. */
  readonly kinds?: Pick<ReadonlyMap<number, boolean>, "get">;
  readonly options: {
    readonly eose_hints: boolean;
  };
  readonly sync: {
    readonly enabled: boolean;
  };
  readonly search: {
    readonly enabled: boolean;
  };
  readonly management: {
    readonly enabled: boolean;
  };
  readonly verified_users: {
    readonly mode: string;
  };
  readonly discovery: {
    readonly enabled: boolean;
  };
  readonly nip05: {
    readonly names?: Readonly<Record<string, string | undefined>>;
  };
  readonly membership: {
    readonly enabled: boolean;
  };
  readonly authorization: {
    readonly pubkey_whitelist?: readonly string[];
    readonly nip42_auth: boolean;
    readonly private_kinds: readonly number[];
    readonly auth_required_to_read: boolean;
    readonly auth_required_to_write: boolean;
    readonly read_allowlist?: readonly string[];
    readonly write_allowlist?: readonly string[];
  };
}

/** What the relay tells of itself. A field without a value is left out of its JSON. */
export function relayInfo(facts: RelayFacts, version: string): RelayInfo {
  const { info, limits, verified_users, authorization } = facts;
  return {
    name: info.name,
    description: info.description,
    banner: info.banner,
    icon: info.icon,
    pubkey: info.pubkey,
    self: info.self,
    contact: info.contact,
    supported_nips: supportedNips(facts),
    version,
    terms_of_service: info.terms_of_service,
    limitation: {
      max_message_length: limits.max_ws_message_bytes,
      max_subscriptions: limits.max_subscriptions,
      max_subid_length: limits.max_subscription_id_length,
      max_limit: limits.max_limit,
      max_event_tags: limits.max_event_tags,
      max_content_length: limits.max_content_length,
      min_pow_difficulty: limits.min_pow_difficulty || undefined,
      // NIP-11: before a connection may do anything else. What is asked for one thing only is told when it is done.
      auth_required: readingTakesAuth(authorization) && writingTakesAuth(authorization),
      payment_required: false,
      // NIP-11: for rules that users are expected to know beforehand, not for heuristics against spam.
      restricted_writes: authorization.pubkey_whitelist !== undefined ||
        authorization.write_allowlist !== undefined ||
        limits.event_kind_allowlist !== undefined || asksForWork(limits) || verified_users.mode === "enabled",
      created_at_upper_limit: limits.max_future_seconds,
      default_limit: limits.default_limit,
    },
  };
}

function supportedNips(facts: RelayFacts): number[] {
  const { limits, options, authorization, search, sync, nip05, management, membership, discovery } = facts;
  const optional: [nip: number, isOn: boolean][] = [
    [5, nip05.names !== undefined],
    [9, takesKind(facts, DELETION)],
    [13, asksForWork(limits)],
    [17, takesGiftWraps(facts)],
    [42, authorization.nip42_auth],
    [43, membership.enabled],
    [50, search.enabled],
    [59, takesGiftWraps(facts)],
    [66, discovery.enabled],
    [67, options.eose_hints],
    [77, sync.enabled],
    [86, management.enabled],
    [98, management.enabled],
  ];
  const on = optional.filter(([, isOn]) => isOn).map(([nip]) => nip);
  return [...ALWAYS_ON, ...on].sort((a, b) => a - b);
}

const ALWAYS_ON: readonly number[] = [1, 11, 40, 45, 62, 70];

function asksForWork({ min_pow_difficulty, min_pow_difficulty_by_kind = {} }: RelayFacts["limits"]): boolean {
  return [min_pow_difficulty, ...Object.values(min_pow_difficulty_by_kind)].some((bits = 0) => bits > 0);
}

function takesKind({ limits, kinds }: RelayFacts, kind: number): boolean {
  const { event_kind_allowlist: allowed, event_kind_blacklist: denied = [] } = limits;
  return kinds?.get(kind) ?? ((allowed?.includes(kind) ?? true) && !denied.includes(kind));
}

/**
 * NIP-17, NIP-59: takes them, whose authors are keys that nobody knows, and serves them to their recipients, and to
 * nobody else. Members (NIP-43) may publish what is by others.
 */
function takesGiftWraps(facts: RelayFacts): boolean {
  const { authorization, membership, verified_users } = facts;
  const { nip42_auth, private_kinds, pubkey_whitelist } = authorization;
  const fromAnybody = verified_users.mode !== "enabled" &&
    (pubkey_whitelist === undefined || membership.enabled);
  return nip42_auth && private_kinds.includes(GIFT_WRAP) && fromAnybody && takesKind(facts, GIFT_WRAP);
}

const readingTakesAuth = ({ auth_required_to_read, read_allowlist }: RelayFacts["authorization"]): boolean =>
  auth_required_to_read || read_allowlist !== undefined;

const writingTakesAuth = (
  { auth_required_to_write, write_allowlist }: RelayFacts["authorization"],
): boolean => auth_required_to_write || write_allowlist !== undefined;
