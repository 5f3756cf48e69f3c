import type { Config } from "./config/schema.ts";
import type { Rules } from "./handler/session.ts";
import { admission } from "./policy/admission.ts";
import { eventRules, vanishRules } from "./policy/event_rules.ts";
import { eventSize } from "./policy/event_size.ts";
import { filterRules } from "./policy/filter_rules.ts";
import { filterValues } from "./policy/filter_values.ts";
import type { Membership } from "./policy/membership.ts";
import type { Moderation } from "./policy/moderation.ts";
import { eventRate, subscriptionRate } from "./policy/rate.ts";
import { subscriptionId } from "./policy/subscription_id.ts";

/** What operators settle while the relay runs. */
export interface Settled {
  readonly lists: Moderation;
  readonly members: Membership | undefined;
}

/** Makes rules of settings, and of what operators settle later. `now` is Unix time in seconds. */
export function createRules(
  { info, limits, options, authorization, sync, search, membership }: Config,
  { lists: moderation, members }: Settled,
  now: () => number,
): Rules {
  const nip42 = authorization.nip42_auth;
  const { messages_per_sec, subscriptions_per_min } = limits;
  const milliseconds = () => performance.now();
  const readers = {
    authRequired: authorization.auth_required_to_read,
    allowlist: authorization.read_allowlist,
    members: membership.required_to_read ? members : undefined,
  };
  const asking = {
    readers,
    privateKinds: authorization.private_kinds,
    nip42,
    maxFilters: limits.max_filters,
    limitScrapers: limits.limit_scrapers,
  };
  const filter = { prefixes: options.prefix_search, andTags: options.and_tags };
  const oneTooMany = sync.max_events + 1;
  return {
    eventRate: messages_per_sec === undefined ? unlimited : eventRate(messages_per_sec, milliseconds),
    writer: admission("write", {
      authRequired: authorization.auth_required_to_write,
      allowlist: authorization.write_allowlist,
    }),
    eventSize: eventSize(limits.max_event_bytes),
    vanish: vanishRules({
      maxFutureSeconds: limits.max_future_seconds,
      nip42,
      relayUrl: info.relay_url,
      now,
    }),
    event: eventRules({
      moderation,
      members,
      maxFutureSeconds: limits.max_future_seconds,
      kindAllowlist: limits.event_kind_allowlist,
      kindBlacklist: limits.event_kind_blacklist,
      pubkeyWhitelist: authorization.pubkey_whitelist,
      minPowDifficulty: limits.min_pow_difficulty,
      minPowDifficultyByKind: limits.min_pow_difficulty_by_kind,
      maxEventTags: limits.max_event_tags,
      maxContentLength: limits.max_content_length,
      nip42,
      now,
    }),
    reader: admission("read", readers),
    request: filterRules({ ...asking, defaultLimit: limits.default_limit, maxLimit: limits.max_limit }),
    exchange: filterRules({ ...asking, defaultLimit: oneTooMany, maxLimit: oneTooMany }),
    sync: {
      enabled: sync.enabled,
      maxEvents: sync.max_events,
      maxExchanges: sync.max_exchanges,
      timeoutSeconds: sync.timeout_seconds,
      maxAnswerBytes: negentropyBytes(sync.max_message_bytes),
    },
    filterValues: filterValues(limits.max_filter_values),
    requestRate: () =>
      subscriptions_per_min === undefined ? unlimited : subscriptionRate(subscriptions_per_min, milliseconds),
    subscriptionId: subscriptionId(limits.max_subscription_id_length),
    filter,
    requestFilter: { ...filter, searchKinds: search.enabled ? search.kinds : undefined },
    maxSubscriptions: limits.max_subscriptions,
    maxCountEvents: limits.max_count_events,
    hold: { events: limits.broadcast_buffer, bytes: limits.max_pending_bytes },
    eoseHints: options.eose_hints,
    authentication: nip42,
  };
}

const unlimited = () => {};

/** A frame has two hex digits for a byte, and around them the verb and an id. */
const negentropyBytes = (frame: number): number => Math.floor((frame - 2_048) / 2);
