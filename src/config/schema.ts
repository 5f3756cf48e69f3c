import { boolean, keyed, list, numbered, oneOf, type Shape, table, whole } from "./shape.ts";
import * as formats from "./formats.ts";

/** One setting: what it accepts and what it is when nobody sets it. */
export interface Key<Value> {
  readonly shape: Shape<unknown>;
  readonly default: Value;
  /** Never printed: not in messages, not by `config check`. */
  readonly secret: boolean;
}

function key<Value>(shape: Shape<Value>, byDefault: Value): Key<Value> {
  return { shape, default: byDefault, secret: false };
}

function unset<Value>(shape: Shape<Value>, { secret = false } = {}): Key<Value | undefined> {
  return { shape, default: undefined, secret };
}

/** How urgent a line in the log is, least first. */
const LEVELS = ["trace", "debug", "info", "warning", "error", "fatal"] as const;

/** The names under which the folders of src/, and the relay itself, log. */
export const ROOMS = [
  "cli",
  "config",
  "connection",
  "crypto",
  "flow",
  "handler",
  "identity",
  "management",
  "observe",
  "policy",
  "protocol",
  "relay",
  "runtime",
  "storage",
  "subscription",
  "sync",
] as const;

/** NIP-77: with more, the sums of their ids would not be exact; see sync/record_set.ts. */
const MOST_RECORDS = 2_000_000;

/** Direct messages, gift wraps and ephemeral ones: NIP-04, NIP-59. */
const PRIVATE_KINDS = [4, 1_059, 21_059];

/** Whose content is meant to be read: profiles, notes, threads, comments, highlights, articles, listings, wikis, communities. */
const SEARCHED_KINDS = [0, 1, 11, 1_111, 9_802, 30_023, 30_402, 30_818, 34_550];

/** Addresses from which a proxy on the same machine, host or private network connects. */
const PRIVATE_NETWORKS = [
  "127.0.0.0/8",
  "::1/128",
  "10.0.0.0/8",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "fc00::/7",
];

/**
 * Every setting, named as in config.toml, where each is explained. Anything else in a file or in a
 * `NOSTR__` variable is an error.
 */
export const schema = {
  info: {
    relay_url: unset(formats.relayUrl),
    name: key(formats.text, "Longneck"),
    description: unset(formats.text),
    pubkey: unset(formats.pubkey),
    contact: unset(formats.text),
    icon: unset(formats.webUrl),
    banner: unset(formats.webUrl),
    favicon: unset(formats.path),
    relay_page: unset(formats.path),
    terms_of_service: unset(formats.webUrl),
    secret_key: unset(formats.secretKey, { secret: true }),
    secret_key_file: unset(formats.path),
  },
  network: {
    address: key(formats.address, "0.0.0.0"),
    port: key(formats.port, 8080),
    tcp: key(boolean, true),
    unix_socket: unset(formats.path),
    unix_socket_mode: key(formats.fileMode, "660"),
    path: key(formats.endpoint, "/"),
    remote_ip_header: unset(formats.headerName),
    trusted_proxies: key(list(formats.network), PRIVATE_NETWORKS),
    ping_interval_seconds: key(formats.timer, 300),
    websocket: key(oneOf(["native", "ws"]), "native"),
    compression: key(boolean, false),
  },
  database: {
    engine: key(oneOf(["sqlite", "postgres", "memory"]), "sqlite"),
    data_directory: key(formats.path, "./data"),
    connection: unset(formats.connection, { secret: true }),
    connection_write: unset(formats.server, { secret: true }),
    pool_size: key(whole("connections", 1, 1_000), 20),
    statement_timeout_seconds: key(whole("seconds", 0, formats.LONGEST_TIMER_SECONDS), 30),
    expiration_sweep_seconds: key(formats.timer, 60),
  },
  limits: {
    max_ws_message_bytes: key(whole("bytes", 1), 512_000),
    max_event_bytes: key(whole("bytes", 1), 65_536),
    max_subscriptions: key(whole("subscriptions", 1), 32),
    max_subscription_id_length: key(whole("characters", 1), 256),
    max_filters: key(whole("filters", 1), 20),
    max_filter_values: key(whole("values", 1), 50_000),
    default_limit: key(whole("events", 1), 500),
    max_limit: key(whole("events", 1), 5_000),
    max_count_events: key(whole("events", 1), 1_000_000),
    max_future_seconds: key(whole("seconds", 0), 900),
    max_conn_idle_seconds: key(formats.timer, 1_200),
    max_send_queue: key(whole("messages", 1), 1_024),
    max_pending_bytes: key(whole("bytes", 1), 33_554_432),
    broadcast_buffer: key(whole("events", 1), 16_384),
    event_persist_buffer: key(whole("events", 1), 4_096),
    max_connections: key(whole("connections", 1), 20_000),
    max_connections_per_ip: key(whole("connections", 0), 64),
    max_event_tags: key(whole("tags", 1), 2_000),
    max_content_length: unset(whole("characters", 1)),
    min_pow_difficulty: key(formats.difficulty, 0),
    min_pow_difficulty_by_kind: unset(numbered(formats.kind, formats.difficulty)),
    messages_per_sec: unset(whole("messages", 1)),
    subscriptions_per_min: unset(whole("subscriptions", 1)),
    event_kind_blacklist: unset(list(formats.kind)),
    event_kind_allowlist: unset(list(formats.kind)),
    limit_scrapers: key(boolean, false),
  },
  options: {
    prefix_search: key(boolean, false),
    and_tags: key(boolean, true),
    eose_hints: key(boolean, true),
  },
  sync: {
    enabled: key(boolean, true),
    max_events: key(whole("events", 1, MOST_RECORDS), 1_000_000),
    max_events_held: key(whole("events", 1), 2_000_000),
    max_exchanges: key(whole("exchanges", 1, 64), 4),
    timeout_seconds: key(formats.timer, 60),
    max_message_bytes: key(whole("bytes", 16_384), 524_288),
    interval_seconds: key(formats.timer, 600),
    mirrors: unset(list(formats.mirror)),
  },
  search: {
    enabled: key(boolean, false),
    kinds: key(list(formats.kind), SEARCHED_KINDS),
  },
  authorization: {
    pubkey_whitelist: unset(list(formats.pubkey)),
    nip42_auth: key(boolean, true),
    private_kinds: key(list(formats.kind), PRIVATE_KINDS),
    auth_required_to_read: key(boolean, false),
    auth_required_to_write: key(boolean, false),
    read_allowlist: unset(list(formats.pubkey)),
    write_allowlist: unset(list(formats.pubkey)),
  },
  management: {
    enabled: key(boolean, false),
    pubkeys: unset(list(formats.pubkey)),
  },
  membership: {
    enabled: key(boolean, false),
    required_to_read: key(boolean, false),
    inviters: key(oneOf(["operators", "members", "nobody"]), "members"),
    invite_uses: key(whole("members", 1, 1_000_000), 1),
    invite_seconds: key(whole("seconds", 1, 315_360_000), 604_800),
    max_invited: key(whole("members", 1, 1_000_000), 50),
    max_members: key(whole("members", 1, 1_000_000), 5_000),
  },
  nip05: {
    names: unset(keyed(formats.localPart, formats.pubkey)),
    relays: unset(keyed(formats.localPart, list(formats.relayUrl))),
  },
  verified_users: {
    mode: key(oneOf(["disabled", "passive", "enabled"]), "disabled"),
    domain_whitelist: unset(list(formats.domain)),
    domain_blacklist: unset(list(formats.domain)),
    verify_expiration_seconds: key(whole("seconds", 1), 604_800),
    verify_update_frequency_seconds: key(whole("seconds", 1), 86_400),
    max_consecutive_failures: key(whole("failures", 1), 20),
  },
  discovery: {
    enabled: key(boolean, false),
    interval_seconds: key(whole("seconds", 60), 86_400),
    relay_type: unset(formats.relayType),
    topics: unset(list(formats.text)),
    geohash: unset(formats.geohash),
  },
  logging: {
    level: key(oneOf(LEVELS), "info"),
    format: key(oneOf(["text", "json"]), "text"),
    levels: key(table(ROOMS, oneOf(LEVELS)), {}),
    folder_path: unset(formats.path),
    file_prefix: unset(formats.fileName),
  },
  metrics: {
    enabled: key(boolean, true),
    address: unset(formats.address),
    port: unset(formats.port),
  },
  performance: {
    verifier: key(oneOf(["auto", "native", "noble"]), "auto"),
    verifier_threads: unset(whole("threads", 0, 256)),
    reader_threads: key(whole("threads", 1, 64), 1),
    event_cache_mib: unset(whole("MiB", 1, 65_536)),
  },
};

type Schema = typeof schema;

/** The settings of a relay: every key is there; one that is unset by default may be undefined. */
export type Config = {
  readonly [Section in keyof Schema]: {
    readonly [Name in keyof Schema[Section]]: Schema[Section][Name] extends Key<infer Value> ? Value : never;
  };
};
